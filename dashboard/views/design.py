"""Cygnet's design: Panel's widgets in our palette, light and dark, in a page, a notebook cell and Voila alike."""

from typing import Any, ClassVar

import param
from bokeh.document import Document
from bokeh.model import Model
from bokeh.models import InlineStyleSheet
from panel.custom import ReactiveESM
from panel.reactive import ReactiveHTML
from panel.theme.base import DefaultTheme, Design, Inherit, Theme
from panel.viewable import Viewable

from dashboard.resources import resource

THEME = resource("assets/theme.css").read_text(encoding="utf-8")
WIDGETS = resource("assets/widgets.css").read_text(encoding="utf-8")
_STYLE = f"{THEME}\n{WIDGETS}"

_SET_ONCE = (
    frozenset(Viewable.param) - {"visible", "css_classes", "styles", "stylesheets"}
    | {"align_content", "align_items", "flex_direction", "flex_wrap", "gap", "justify_content", "scroll"}
    | {"button_style", "description", "description_delay", "icon", "icon_size", "variant"}
)
"""What no view of ours changes of a component that is shown, such as its sizes."""


class CygnetTheme(DefaultTheme):
    """The one theme: `light-dark()` in the stylesheet does both modes, so there is no second."""


class Cygnet(Design):
    """For `pn.extension(design=Cygnet)`, or `with pn.config.set(design=Cygnet)` around the building of a view."""

    theme = param.ClassSelector(class_=Theme, constant=True)

    modifiers: ClassVar[dict[type[Viewable], dict[str, Any]]] = {Viewable: {"stylesheets": [Inherit, _STYLE]}}

    _themes: ClassVar[dict[str, type[Theme]]] = {"default": CygnetTheme, "dark": CygnetTheme}

    @classmethod
    def _patch_modifiers(cls, doc: Document | None, modifiers: dict[str, Any], cache: dict[str, Any] | None) -> None:
        """Send the stylesheet once per document and refer to it, not 10 kB with every widget."""
        super()._patch_modifiers(doc, modifiers, cache)
        if cache is None or cache is cls._cache or "stylesheets" not in modifiers:
            return  # no document of its own (a notebook cell): a model shared between documents would be refused
        shared = cache.setdefault(_STYLE, InlineStyleSheet(css=_STYLE))
        modifiers["stylesheets"] = [shared if sheet == _STYLE else sheet for sheet in modifiers["stylesheets"]]

    def _apply_hooks(self, viewable: Viewable, root: Model, changed: Viewable, old_models: Any = None) -> None:
        """Style what has been put on a page, and let go of what is kept for changes that are never made."""
        super()._apply_hooks(viewable, root, changed, old_models)
        for component in changed.select():
            watchers = component.param.watchers
            if not _SET_ONCE.isdisjoint(watchers):
                component.param.watchers = {name: watchers[name] for name in watchers if name not in _SET_ONCE}
            if isinstance(component, ReactiveESM | ReactiveHTML):
                # Copies of all their parameters, made because Panel has looked at each.
                component._param__private.params.clear()

"""A text input with suggestions: what is typed counts, a suggestion only helps."""

from typing import Any, ClassVar

import param

from dashboard.resources import resource
from dashboard.views.component import Component
from dashboard.views.design import THEME


class Combobox(Component):
    """Text input whose suggestions Python gives while a person types."""

    label = param.String(default="")
    placeholder = param.String(default="")
    value = param.String(default="", doc="What is typed, from the first key stroke on.")
    options = param.List(
        default=[],
        doc="""
        Suggestions: dicts of ``value``, ``detail`` (muted, behind it), and ``more`` when others follow once this one
        is taken, as names follow a scope.""",
    )
    disabled = param.Boolean(default=False)
    focus = param.Integer(default=0, doc="Counted up to put the cursor here.")

    _esm = resource("assets/combobox.js")
    _stylesheets: ClassVar[list[str]] = [THEME, resource("assets/combobox.css").read_text(encoding="utf-8")]

    def __init__(self, **params: Any) -> None:
        params.setdefault("sizing_mode", "stretch_width")
        super().__init__(**params)

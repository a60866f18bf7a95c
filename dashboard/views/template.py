"""The served page's frame: header with health and identity, navigation, main; nothing in it comes from another host."""

from base64 import b64encode
from functools import cache
from types import SimpleNamespace
from typing import Any

import jinja2
import panel as pn
import param
from bokeh.document import Document
from panel.template.base import _env
from panel.viewable import Viewable

from dashboard.resources import resource
from dashboard.views.address import Address
from dashboard.views.appearance import COLOURS, Appearance
from dashboard.views.design import THEME, Cygnet
from dashboard.views.nav import Nav


class Template(pn.Template):
    """A page of Cygnet for a browser.

    Parameters
    ----------
    main
        The page's content, as wide as it can be.
    nav
        The list of pages.
    appearance
        The switch between light and dark.
    health
        What the header says of the backends.
    identity
        Who is looking, and at which schedd.
    address
        The browser's address, both ways.
    """

    design = param.ClassSelector(class_=pn.theme.Design, default=Cygnet, is_instance=False, instantiate=False)
    title = param.String(default="Cygnet", doc="What the browser's tab says.")

    def __init__(
        self,
        main: Viewable,
        nav: Nav,
        appearance: Appearance,
        health: Viewable,
        identity: Viewable,
        address: Address,
        **params: Any,
    ) -> None:
        items = {
            "main": main,
            "nav": nav,
            "appearance": appearance,
            "health": health,
            "identity": identity,
            "address": address,
        }
        super().__init__(template=_page(), items=items, **params)
        for name, value in _variables().items():
            self.add_variable(name, value)

    def __repr__(self) -> str:
        # Panel writes it down anew with every item: with all that is in them that would cost each session 0.2 s.
        return f"{type(self).__name__}()"

    def _build_layout(self) -> list[Any]:
        """Nothing of what Panel has a template show in a notebook: five components in every session."""
        return [SimpleNamespace(object="")]

    def _init_doc(self, *args: Any, **params: Any) -> Document:
        document = super()._init_doc(*args, **params)
        document.title = self.title
        document.config.notify_connection_status = False  # the page has a line of its own for that
        return document


@cache
def _page() -> jinja2.Template:
    """The page, compiled once for all sessions."""
    page: jinja2.Template = _env.from_string(resource("assets/cygnet.html").read_text(encoding="utf-8"))
    return page


@cache
def _variables() -> dict[str, str]:
    """What stands in it for all sessions."""
    logo = b64encode(resource("assets/logo.svg").read_bytes()).decode()
    return {
        "colours": COLOURS,
        "theme_css": THEME,
        "page_css": resource("assets/page.css").read_text(encoding="utf-8"),
        "logo": f"data:image/svg+xml;base64,{logo}",
    }

"""The served page's frame: header with health and identity, navigation, main; nothing in it comes from another host."""

from base64 import b64encode
from typing import Any

import panel as pn
import param
from bokeh.document import Document
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
        super().__init__(template=resource("assets/cygnet.html").read_text(encoding="utf-8"), items=items, **params)
        self.add_variable("colours", COLOURS)
        self.add_variable("theme_css", THEME)
        self.add_variable("page_css", resource("assets/page.css").read_text(encoding="utf-8"))
        logo = b64encode(resource("assets/logo.svg").read_bytes()).decode()
        self.add_variable("logo", f"data:image/svg+xml;base64,{logo}")

    def __repr__(self) -> str:
        # Panel writes it down anew with every item: with all that is in them that would cost each session 0.2 s.
        return f"{type(self).__name__}()"

    def _init_doc(self, *args: Any, **params: Any) -> Document:
        document = super()._init_doc(*args, **params)
        document.title = self.title
        document.config.notify_connection_status = False  # the page has a line of its own for that
        return document

"""The pages, as a list of links that follow without a reload."""

from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

import param

from dashboard.resources import resource
from dashboard.views.component import Component
from dashboard.views.design import THEME


class Item(NamedTuple):
    """One page: its key in the address (`?page=jobs`), its label, and a small count behind it (or nothing)."""

    key: str
    label: str
    badge: str = ""


class Nav(Component):
    """List of pages. The browser sets `current`; whoever owns the page changes the address by it."""

    items = param.List(default=[], doc="Dicts of `Item`; use `show` to set them.")
    current = param.String(default="", doc="Key of the page shown. Set by the browser: check it.")

    _esm = resource("assets/nav.js")
    _stylesheets: ClassVar[list[str]] = [THEME, resource("assets/nav.css").read_text(encoding="utf-8")]

    def __init__(self, items: Iterable[Item] = (), **params: Any) -> None:
        params.setdefault("sizing_mode", "stretch_width")
        super().__init__(items=[item._asdict() for item in items], **params)

    def show(self, items: Iterable[Item]) -> None:
        """Show these pages (with new badges); equal ones are not sent."""
        self.put(items=[item._asdict() for item in items])

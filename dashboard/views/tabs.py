"""Titles of tabs that can change while the tab is open."""

from typing import Any, ClassVar

import param

from dashboard.resources import resource
from dashboard.views.component import Component
from dashboard.views.design import THEME


class TabBar(Component):
    """Row of titles, one of them current; whoever owns it shows what belongs to it.

    Panel's own tabs draw what they hold anew when a title changes, which breaks plots.
    """

    titles = param.List(default=[], doc="Pairs of a title and a detail behind it, such as a count.")
    current = param.Integer(default=0, bounds=(0, None), doc="Place of the tab shown. Set by the browser: check it.")
    caption = param.String(default="", doc="Name of the row for screen readers.")

    _esm = resource("assets/tabs.js")
    _stylesheets: ClassVar[list[str]] = [THEME, resource("assets/tabs.css").read_text(encoding="utf-8")]

    def __init__(self, **params: Any) -> None:
        params = {"sizing_mode": "stretch_width", "margin": 0, **params}
        super().__init__(**params)

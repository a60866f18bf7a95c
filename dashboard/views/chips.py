"""Counts by state, each a button that filters by it."""

from collections.abc import Mapping
from typing import Any, ClassVar

import param

from dashboard.domain.units import count
from dashboard.resources import resource
from dashboard.views.component import Component
from dashboard.views.design import THEME

ALWAYS = ("running", "idle", "held", "done", "failed")
ORDER = ("running", "transferring", "idle", "held", "uploading", "suspended", "done", "failed", "removed")


class Chips(Component):
    """Row of states with their counts; the pressed one is the filter."""

    items = param.List(default=[], doc="Dicts of key, label and count; use `show` to set them.")
    pressed = param.String(default="", doc="State filtered by, or empty. Set by the browser: check it.")
    caption = param.String(default="Jobs by state", doc="Name of the group for screen readers.")

    _esm = resource("assets/chips.js")
    _stylesheets: ClassVar[list[str]] = [THEME, resource("assets/chips.css").read_text(encoding="utf-8")]

    def __init__(self, **params: Any) -> None:
        params.setdefault("margin", 0)
        super().__init__(**params)

    def show(self, counts: Mapping[str, int]) -> None:
        """Show the usual states and all others that occur."""
        items = [
            {"key": state, "label": state.capitalize(), "count": count(counts.get(state, 0))}
            for state in ORDER
            if state in ALWAYS or counts.get(state) or state == self.pressed
        ]
        self.put(items=items)

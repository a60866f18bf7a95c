"""Parts below each other."""

from typing import ClassVar

from bokeh.model import Model
from bokeh.models import Column
from panel.io.resources import CDN_DIST
from panel.layout.base import ListPanel

from dashboard.views.component import Quick


class Stack(Quick, ListPanel):
    """Lays out as `pn.Column`, which scrolls to its newest part, and weighs twice as much for that."""

    _bokeh_model: ClassVar[type[Model]] = Column
    _direction: ClassVar[str] = "vertical"
    _stylesheets: ClassVar[list[str]] = [f"{CDN_DIST}css/listpanel.css"]

"""A plot with its heading; drawn after the page, then fed with data instead of drawn anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pandas as pd
import panel as pn
from panel.viewable import Viewer

from dashboard.views import marks


class LivePlot(Viewer):
    """Heading, a sentence that says what is seen, and the plot.

    Parameters
    ----------
    title
        What is shown.
    name
        Module below `dashboard.plots` and the function of the same name in it: ``frame, dark`` → element. It is
        imported in a thread when the first data comes, since HoloViews takes a second.
    """

    def __init__(self, title: str, name: str, height: int = 200) -> None:
        super().__init__()
        self._title = title
        self._name = name
        self._height = height
        self._frame: pd.DataFrame | None = None
        self._dark: bool | None = None
        self._send: Callable[[pd.DataFrame], None] | None = None
        self._loading = False
        self._heading = pn.pane.HTML(marks.heading(title), margin=0, sizing_mode="stretch_width")
        self._place = pn.Column(height=height, sizing_mode="stretch_width", margin=0)
        self._layout = pn.Column(
            self._heading,
            self._place,
            margin=0,
            sizing_mode="stretch_width",
            styles={"flex": "1 1 300px", "min-width": "0"},
        )

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def show(self, frame: pd.DataFrame, sentence: str, dark: bool) -> None:
        """Show this data, with a sentence under the title."""
        self._heading.object = marks.heading(self._title, sentence)
        redraw = dark != self._dark
        self._frame, self._dark = frame, dark
        if self._send is not None and not redraw:
            self._send(frame)
        elif not self._loading:
            self._loading = True
            pn.state.execute(self._draw)

    async def _draw(self) -> None:
        try:
            draw = getattr(await asyncio.to_thread(import_module, f"dashboard.plots.{self._name}"), self._name)
            holoviews: Any = await asyncio.to_thread(import_module, "holoviews")
        finally:
            self._loading = False
        pipe = holoviews.streams.Pipe(data=self._frame)
        dark = bool(self._dark)
        element = holoviews.DynamicMap(lambda data: draw(data, dark), streams=[pipe])
        self._send = pipe.send
        self._place[:] = [
            pn.pane.HoloViews(
                element, height=self._height, sizing_mode="stretch_width", margin=0, backend="bokeh", linked_axes=False
            )
        ]

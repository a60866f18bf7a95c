"""A plot with its heading; drawn after the page, then fed with data instead of drawn anew."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import cache
from importlib import import_module
from types import ModuleType

import pandas as pd
import panel as pn
from panel.viewable import Viewer

from dashboard.views import marks

EVERY = 5.0
"""Seconds between two drawings of the same thing: each costs the event loop some 20 ms."""


@cache
def _holoviews() -> Future[ModuleType]:
    """HoloViews with its Bokeh plots: importing it takes a second, so that happens in a thread."""
    imported: Future[ModuleType] = Future()

    def run() -> None:
        try:
            import_module("holoviews.plotting.bokeh")
            imported.set_result(import_module("holoviews"))
        except ImportError as error:
            imported.set_exception(error)

    threading.Thread(target=run, name="cygnet-holoviews", daemon=True).start()
    return imported


class LivePlot(Viewer):
    """Heading, a sentence that says what is seen, and the plot.

    Parameters
    ----------
    title
        What is shown.
    name
        Module below `dashboard.plots` and the function of the same name in it: ``frame, dark`` → element.
    height
        Of the plot without its heading, in pixels.
    """

    def __init__(self, title: str, name: str, height: int = 200) -> None:
        super().__init__()
        _holoviews()
        self._title = title
        self._name = name
        self._height = height
        self._frame: pd.DataFrame | None = None
        self._subject: object = self  # of nothing yet, so that the first one is drawn at once
        self._dark = False
        self._send: Callable[[pd.DataFrame], None] | None = None
        self._drawing = False
        self._waiting = False
        self._drawn = -EVERY
        self._heading = pn.pane.HTML(marks.heading(title), margin=0, sizing_mode="stretch_width")
        self._place = pn.Column(height=height, sizing_mode="stretch_width", margin=0)
        self._layout = pn.Column(self._heading, self._place, margin=0, sizing_mode="stretch_width")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def show(self, frame: pd.DataFrame, sentence: str, dark: bool | None, subject: object = None) -> None:
        """Show this data of a subject, with a sentence under the title; another subject is shown at once.

        As long as it is not known whether the page is dark nothing is drawn: while the browser builds a plot, another
        in its place can get lost.
        """
        self._heading.object = marks.heading(self._title, sentence)
        if dark is None:
            return
        same = (dark, subject) == (self._dark, self._subject)
        if same and self._frame is not None and frame.equals(self._frame):
            return
        self._frame, self._waiting = frame, True
        if dark != self._dark:
            self._send = None
        if not same:
            self._dark, self._subject, self._drawn = dark, subject, -EVERY
            self.update()

    def update(self) -> bool:
        """Draw the data that waits, when it is time to; whether it was drawn."""
        if self._frame is None or not self._waiting or self._drawing or time.monotonic() - self._drawn < EVERY:
            return False
        if self._send is not None:
            self._done()
            self._send(self._frame)
        elif _holoviews().done():
            self._drawing = True
            pn.state.execute(self._draw, schedule=True)
        else:
            return False
        return True

    def _draw(self) -> None:
        self._drawing = False
        holoviews = _holoviews().result()
        draw = getattr(import_module(f"dashboard.plots.{self._name}"), self._name)
        dark = self._dark
        pipe = holoviews.streams.Pipe(data=self._frame)
        element = holoviews.DynamicMap(lambda data: draw(data, dark), streams=[pipe])
        self._send = pipe.send
        self._done()
        self._place[:] = [
            pn.pane.HoloViews(element, height=self._height, sizing_mode="stretch_width", margin=0, linked_axes=False)
        ]

    def _done(self) -> None:
        self._waiting, self._drawn = False, time.monotonic()


def update_one(plots: Iterable[LivePlot]) -> None:
    """Draw one of the plots that wait: the event loop has other things to do before the next."""
    any(plot.update() for plot in plots)

"""A plot with its heading; drawn after the page, then fed with numbers instead of drawn anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from importlib import import_module
from typing import Any, NamedTuple

import panel as pn
from bokeh.document import Document
from bokeh.model import Model
from panel.io.document import unlocked
from panel.io.notebook import push
from panel.io.state import state
from panel.viewable import Viewer

from dashboard.models.session import Session
from dashboard.plots.picture import Picture, feed, same
from dashboard.views import marks

EVERY = 5.0
"""Seconds between two drawings of the same thing, at least."""


class Finding(NamedTuple):
    """What a plot is to show: the data that its module makes a picture of, and a sentence that says what is seen."""

    data: Any
    sentence: str


@cache
def _draughtsman() -> ThreadPoolExecutor:
    """The thread that counts and draws for all plots, one after the other: HoloViews may not draw in two at once."""
    thread = ThreadPoolExecutor(1, "plots")
    thread.submit(import_module, "holoviews.plotting.bokeh")  # which takes a second
    return thread


class _Wanted(NamedTuple):
    version: int
    dark: bool | None
    subject: object


class _Figure(pn.pane.Bokeh):
    """A drawn figure that can be fed; another document that shows it, too, gets one of its own."""

    def __init__(self, figure: Any, picture: Picture, draw: Callable[[Picture], Any]) -> None:
        super().__init__(figure, height=figure.height, sizing_mode="stretch_width", margin=0)
        self.figure = figure
        self._picture = picture
        self._draw = draw

    def _get_model(
        self, doc: Document, root: Model | None = None, parent: Model | None = None, comm: Any = None
    ) -> Model:
        if self.figure.document not in (None, doc):
            self.figure = self.object = self._draw(self._picture)
        return super()._get_model(doc, root, parent, comm)

    def feed(self, picture: Picture) -> None:
        """Show another picture."""
        if same(picture, self._picture):
            return
        for ref, (figure, _) in list(self._models.items()):
            _, _, doc, comm = state._views[ref]
            with unlocked():
                feed(figure, picture, self._picture)
            if comm:
                push(doc, comm)
        self._picture = picture


class LivePlot(Viewer):
    """Heading, a sentence that says what is seen, and the plot.

    Parameters
    ----------
    session
        Whose plot.
    title
        What is shown.
    name
        Module below `dashboard.plots`: its ``picture`` makes a `Picture` of data, its ``draw`` an element of that.
    height
        Of the plot without its heading, in pixels.
    """

    def __init__(self, session: Session, title: str, name: str, height: int = 200) -> None:
        super().__init__()
        _draughtsman()
        self._session = session
        self._title = title
        self._name = name
        self._find: Callable[[], Finding] | None = None
        self._wanted = self._shown = _Wanted(-1, None, None)
        self._figure: _Figure | None = None
        self._drawing = False
        self._drawn = -EVERY
        self._heading = pn.pane.HTML(marks.heading(title), margin=0, sizing_mode="stretch_width")
        self._place = pn.Column(height=height, sizing_mode="stretch_width", margin=0)
        self._layout = pn.Column(self._heading, self._place, margin=0, sizing_mode="stretch_width")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    @property
    def drawn(self) -> bool:
        """Whether there is a figure, be it not yet of what is to be seen now."""
        return self._figure is not None

    def show(self, find: Callable[[], Finding], version: int, subject: object = None) -> None:
        """Show what is found of a subject, for which a thread looks; another subject or appearance is shown at once.

        As long as it is not known whether the page is dark nothing is drawn: while the browser builds a plot, another
        in its place can get lost.

        Parameters
        ----------
        version
            Of what is looked at: as long as it is the same, nothing is done.
        """
        self._find, self._wanted = find, _Wanted(version, self._session.dark, subject)
        self.update()

    def update(self) -> None:
        """Draw what waits to be drawn, when it is time to."""
        if self._find is None or self._wanted.dark is None or self._drawing or self._wanted == self._shown:
            return
        if self._wanted[1:] != self._shown[1:] or time.monotonic() - self._drawn >= EVERY:
            self._drawing = True
            pn.state.execute(partial(self._draw, self._find, self._wanted))
        else:
            self._session.remind(self._drawn + EVERY)

    async def _draw(self, find: Callable[[], Finding], wanted: _Wanted) -> None:
        anew = self._figure is None or wanted.dark != self._shown.dark
        loop = asyncio.get_running_loop()
        try:
            sentence, picture, figure = await loop.run_in_executor(
                _draughtsman(), _made, self._name, find, bool(wanted.dark), anew
            )
        finally:
            self._drawing = False
        if wanted[1:] != self._wanted[1:]:
            self.update()  # something else is to be seen by now
            return
        self._shown, self._drawn = wanted, time.monotonic()
        if self._wanted == wanted:
            self._find = None  # what it looks at is let go
        else:
            self._session.remind(self._drawn + EVERY)
        self._heading.object = marks.heading(self._title, sentence)
        if self._figure is None or figure is not None:
            self._figure = _Figure(figure, picture, partial(_drawn, self._name, dark=bool(wanted.dark)))
            self._place[:] = [self._figure]
        else:
            self._figure.feed(picture)


def _made(name: str, find: Callable[[], Finding], dark: bool, anew: bool) -> tuple[str, Picture, Any]:
    """Sentence, picture and, when it is to be drawn anew, the figure."""
    data, sentence = find()
    picture: Picture = import_module(f"dashboard.plots.{name}").picture(data)
    return sentence, picture, _drawn(name, picture, dark) if anew else None


def _drawn(name: str, picture: Picture, dark: bool) -> Any:
    """The figure of a picture."""
    element = import_module(f"dashboard.plots.{name}").draw(picture, dark)
    # HoloViews would take the document at work just now, which in this thread is anybody's.
    renderer = import_module("holoviews").renderer("bokeh").instance(mode="server")
    return renderer.get_plot(element, doc=Document()).state

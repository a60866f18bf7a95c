"""A plot with its heading; drawn after the page, then fed with numbers instead of drawn anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

import panel as pn
from bokeh.document import Document
from bokeh.model import Model
from panel.io.document import unlocked
from panel.io.notebook import push
from panel.io.state import state
from panel.reactive import Reactive
from panel.viewable import Viewer

from dashboard.models.session import Session
from dashboard.plots.draughtsman import Kind, draughtsman
from dashboard.plots.picture import Picture, feed, same
from dashboard.views import marks
from dashboard.views.stack import Stack
from dashboard.views.words import Words
from dashboard.views.workshop import change

EVERY = 5.0
"""Seconds between two drawings of the same thing, at least."""


class Finding(NamedTuple):
    """What a plot is to show: the data that its module makes a picture of, and a sentence that says what is seen."""

    data: Any
    sentence: str


class _Wanted(NamedTuple):
    version: int
    dark: bool | None
    subject: object


class _Figure(Reactive):
    """A drawn figure that can be fed; another document that shows it, too, gets one of its own."""

    def __init__(self, figure: Any, picture: Picture, kind: Kind) -> None:
        super().__init__(height=figure.height, sizing_mode="stretch_width", margin=0)
        self.figure = figure
        self.kind = kind
        self._picture = picture

    def _get_model(
        self, doc: Document, root: Model | None = None, parent: Model | None = None, comm: Any = None
    ) -> Model:
        del comm  # nothing comes back from the browser
        if self.figure.document not in (None, doc):
            self.figure = draughtsman().figure(self.kind, self._picture)
        self.figure.update(**self._get_properties(doc))
        self._models[(root or self.figure).ref["id"]] = (self.figure, parent)
        return self.figure

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
        draughtsman()
        self._session = session
        self._title = title
        self._name = name
        self._find: Callable[[], Finding] | None = None
        self._wanted = self._shown = _Wanted(-1, None, None)
        self._figure: _Figure | None = None
        self._drawing = False
        self._drawn = -EVERY
        self._heading = Words(marks.heading(title), margin=0, sizing_mode="stretch_width")
        self._place = Stack(height=height, sizing_mode="stretch_width", margin=0)
        self._layout = Stack(self._heading, self._place, margin=0, sizing_mode="stretch_width")

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
        shown = self._figure.kind if self._figure else None
        loop = asyncio.get_running_loop()
        try:
            sentence, picture, kind, figure = await loop.run_in_executor(
                draughtsman().thread, _made, self._name, find, bool(wanted.dark), shown
            )
            if wanted[1:] == self._wanted[1:]:
                await change(self._put(wanted, marks.heading(self._title, sentence), picture, kind, figure))
        finally:
            self._drawing = False
        if wanted[1:] != self._wanted[1:]:
            self.update()  # something else is to be seen by now
        elif self._wanted == wanted:
            self._find = None  # what it looks at is let go
        else:
            self._session.remind(self._drawn + EVERY)

    def _put(self, wanted: _Wanted, heading: str, picture: Picture, kind: Kind, figure: Any) -> Iterator[None]:
        """Show what was drawn."""
        self._shown, self._drawn = wanted, time.monotonic()
        self._heading.object = heading
        if self._figure is None or figure is not None:
            self._figure = _Figure(figure, picture, kind)
            self._place[:] = [self._figure]
        else:
            self._figure.feed(picture)
        yield


def _made(name: str, find: Callable[[], Finding], dark: bool, shown: Kind | None) -> tuple[str, Picture, Kind, Any]:
    """Sentence, picture, its kind and, when another one is shown, the figure."""
    data, sentence = find()
    picture: Picture = import_module(f"dashboard.plots.{name}").picture(data)
    kind = Kind(name, dark, picture.clock)
    return sentence, picture, kind, draughtsman().figure(kind, picture) if kind != shown else None

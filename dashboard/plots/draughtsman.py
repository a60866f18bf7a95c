"""Draws the plots of all sessions: HoloViews draws each kind once, and every figure is a copy of that."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from bokeh.core.serialization import Deserializer, Serializer
from bokeh.document import Document
from bokeh.util.serialization import make_id

from dashboard.plots.picture import Picture, feed


class Kind(NamedTuple):
    """Figures of the same kind differ in their numbers only.

    ``name`` is a module below `dashboard.plots`, whose ``draw`` makes an element of a picture; ``clock`` says that the
    x axis tells times.
    """

    name: str
    dark: bool
    clock: bool


class Draughtsman:
    """One for all, since HoloViews may not draw in two threads at once: what is to draw is done in its ``thread``."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, "plots")
        self.thread.submit(import_module, "holoviews.plotting.bokeh")  # which takes a second
        self._drawings: dict[Kind, _Drawing] = {}

    def figure(self, kind: Kind, picture: Picture) -> Any:
        """A figure of its own; in another thread than `thread` only of a kind that was drawn before."""
        if kind not in self._drawings:
            self._drawings[kind] = _Drawing(_drawn(kind, picture))
        figure = self._drawings[kind].copied()
        feed(figure, picture)
        return figure


@cache
def draughtsman() -> Draughtsman:
    """The one."""
    return Draughtsman()


class _Drawing:
    """A figure without numbers, as text; a copy of it takes a fraction of what drawing takes."""

    def __init__(self, figure: Any) -> None:
        for glyphs in figure.renderers:
            glyphs.data_source.data = {}
        self._text = json.dumps(Serializer(deferred=False).encode(figure))
        self._ids = re.compile("|".join(f'"{re.escape(model.id)}"' for model in figure.references()))

    def copied(self) -> Any:
        """A copy whose models have ids of their own: a document can have several."""
        ids: dict[str, str] = {}
        text = self._ids.sub(lambda found: ids.setdefault(found[0], f'"{make_id()}"'), self._text)
        return Deserializer().decode(json.loads(text))


def _drawn(kind: Kind, picture: Picture) -> Any:
    """The figure that HoloViews makes of a picture."""
    element = import_module(f"dashboard.plots.{kind.name}").draw(picture, kind.dark)
    # HoloViews would take the document at work just now, which in this thread is anybody's.
    renderer = import_module("holoviews").renderer("bokeh").instance(mode="server")
    return renderer.get_plot(element, doc=Document()).state

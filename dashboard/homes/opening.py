"""Pages are made beside the event loop, so that whoever opens one keeps no other waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Any
from weakref import WeakSet

from bokeh.application.handlers import FunctionHandler
from bokeh.document import Document
from panel.io.application import Application
from panel.io.state import set_curdoc, state

from dashboard.views.template import Template
from dashboard.views.workshop import make

Begin = Callable[[], tuple[Template, Iterator[None]]]
"""Makes the frame of a page, and the steps that fill it."""


def prepare() -> None:
    """Have Panel begin what it begins once for all sessions; to be called on the event loop before a page is made."""
    # Else it begins in the context of the first session, which would never be let go.
    Context().run(state._schedule_busy_cleanup)


class Opening(Application):
    """Gives each browser a page that is whole, made in the thread of `views.workshop`; nothing is sent before.

    Parameters
    ----------
    begin
        Called for each page, with its document current.
    """

    def __init__(self, begin: Begin) -> None:
        super().__init__(FunctionHandler(self._frame))
        self._begin = begin
        self._begun: dict[Document, Template] = {}
        self._whole: WeakSet[Document] = WeakSet()

    async def on_session_created(self, session_context: Any) -> None:
        """Make the page; Bokeh waits for it, where it would not for `initialize_document`."""
        await super().on_session_created(session_context)
        prepare()
        document = session_context._document
        with set_curdoc(document):
            # Panel makes all addresses writable while it makes or hears of one: never in two threads at once.
            _ = state.location
            await make(document, self._steps(document))

    def initialize_document(self, doc: Document) -> None:
        """Nothing is left to do, unless the page could not be made: half of it is given to nobody."""
        if doc not in self._whole:
            raise RuntimeError("The page could not be made; the error told before says why.")

    def _steps(self, document: Document) -> Iterator[None]:
        self._begun[document], steps = self._begin()
        yield
        super().initialize_document(document)
        yield from steps
        self._whole.add(document)

    def _frame(self, doc: Document) -> None:
        template = self._begun.pop(doc)
        template.server_doc(doc, title=template.title)

"""Pages are made in steps, so that whoever opens one keeps no other waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from bokeh.application.handlers import FunctionHandler
from bokeh.document import Document
from panel.io.application import Application
from panel.io.state import set_curdoc

from dashboard.views.template import Template

Begin = Callable[[], tuple[Template, Iterator[None]]]
"""Makes the frame of a page, and the steps that fill it."""


class Opening(Application):
    """Gives each browser a page that is whole: the event loop goes on between the steps, and nothing is sent before.

    Parameters
    ----------
    begin
        Called for each page, with its document current.
    """

    def __init__(self, begin: Begin) -> None:
        super().__init__(FunctionHandler(self._frame))
        self._begin = begin
        self._begun: dict[Document, Template] = {}

    async def on_session_created(self, session_context: Any) -> None:
        """Make the page; Bokeh waits for it, where it would not for `initialize_document`."""
        await super().on_session_created(session_context)
        document = session_context._document
        with set_curdoc(document):
            self._begun[document], steps = self._begin()
            await asyncio.sleep(0)
            super().initialize_document(document)
            for _ in steps:
                await asyncio.sleep(0)
        await asyncio.sleep(0)

    def initialize_document(self, doc: Document) -> None:
        """Nothing is left to do, unless the page could not be made: then its error is the answer."""
        if not doc.roots:
            super().initialize_document(doc)

    def _frame(self, doc: Document) -> None:
        template = self._begun.pop(doc)
        template.server_doc(doc, title=template.title)

"""Where pages are made: a thread beside the event loop, so that who opens one keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, partial
from typing import Any

import panel as pn
from bokeh.document import Document
from bokeh.document.events import DocumentPatchedEvent
from panel.io import document as writing
from panel.io.model import monkeypatch_events
from panel.io.state import state

BESIDE = not hasattr(type(state), "_on_loop_thread")
"""Whether documents are changed in the thread: from 1.10 on Panel does not put off what others change meanwhile."""


@cache
def _thread() -> tuple[ThreadPoolExecutor, int]:
    """One for all, with its id: Panel keeps settings that two pages made at once would confuse."""
    thread = ThreadPoolExecutor(1, "pages")
    return thread, thread.submit(threading.get_ident).result()


def idle(document: Document) -> bool:
    """Whether nothing is being made in a document just now; asked by its event loop."""
    return bool(state._thread_id_.get(document) == threading.get_ident())


async def make(document: Document, steps: Iterator[None]) -> None:
    """Fill a document that no browser has been given yet, and that nobody else knows.

    Raises
    ------
    Exception
        Whatever a step raises.
    """
    if not BESIDE:
        await _here(steps)
        return
    # Who listens to events is called with a stack of documents that all threads share: nobody hears of them yet.
    with pn.io.hold(document, policy="collect"):
        await _beside(document, partial(_done, steps))


async def change(steps: Iterator[None]) -> None:
    """Change the current document, which is locked meanwhile; its browser gets all of it in one message.

    Without a session (in notebooks) the steps are done on this event loop, which goes on between them. Whoever holds
    the lock already would wait for ever.

    Raises
    ------
    Exception
        Whatever a step raises; what was changed before is sent.
    """
    document = state.curdoc
    session = _session(document)
    if session is None:
        await _here(steps)
    else:
        await session.with_document_locked(_changed, document, session, steps)


def _session(document: Document | None) -> Any:
    """Through which a document is served and may be changed in the thread; None in notebooks."""
    return document.session_context.session if BESIDE and document and document.session_context else None


def soon(steps: Iterator[None]) -> None:
    """Have the current document changed as soon as nobody has it locked; without a session at once. See `change`."""
    if _session(state.curdoc) is None:
        _done(steps)
    else:
        pn.state.execute(partial(change, steps))


def _done(steps: Iterator[None]) -> None:
    for _ in steps:
        pass


async def _here(steps: Iterator[None]) -> None:
    for _ in steps:
        await asyncio.sleep(0)


async def _changed(document: Document, session: Any, steps: Iterator[None]) -> None:
    message: Any = None

    def work() -> None:
        nonlocal message
        try:
            _done(steps)
        finally:
            message = _message(document, session)

    # What Panel has written but not sent goes first: a message may name models that an earlier one brings.
    while document in writing._WRITE_BLOCK:  # noqa: ASYNC110  it tells nobody when it has sent
        await asyncio.sleep(0.01)
    # Nothing but callbacks is left when the hold ends: these are for the event loop.
    with pn.io.hold(document):
        try:
            await _beside(document, work)
        finally:
            if message is not None:
                for connection in list(session._subscribed_connections):  # without those whose browser has gone
                    await connection._socket.send_message(message)


async def _beside(document: Document, work: Callable[[], object]) -> None:
    """Work in the thread, which owns the document meanwhile: Panel puts off what others change in it."""
    thread, owner = _thread()
    state._thread_id_[document] = owner
    try:
        await asyncio.get_running_loop().run_in_executor(thread, partial(copy_context().run, work))
    finally:
        state._thread_id_[document] = threading.get_ident()


def _message(document: Document, session: Any) -> Any:
    """What has changed, if anything, as one message for all: of two, the second would name models it does not bring."""
    held = document.callbacks._held_events
    events = list(held)
    held[: len(events)] = [event for event in events if not isinstance(event, DocumentPatchedEvent)]
    patches = [event for event in events if isinstance(event, DocumentPatchedEvent)]
    connection = next(iter(session._subscribed_connections), None)
    if not patches or connection is None:
        return None
    monkeypatch_events(patches)
    message = connection.protocol.create("PATCH-DOC", patches)
    _ = message.content_json  # written here and kept: on the event loop it would take long
    return message

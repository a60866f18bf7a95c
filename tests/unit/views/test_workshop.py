"""What is made in the workshop keeps no event loop waiting, and comes to the browser whole."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import panel as pn
import pytest
from bokeh.document import Document
from bokeh.protocol import Protocol
from bokeh.server.session import ServerSession
from panel.io import document as writing
from panel.io.state import set_curdoc, state
from tornado.httpclient import AsyncHTTPClient

from dashboard.views.words import Words
from dashboard.views.workshop import BESIDE, change, idle, soon

beside = pytest.mark.skipif(not BESIDE, reason="this version of Panel allows no thread but the event loop's")


class Socket:
    """Stands for the websocket of a browser: keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def send_message(self, message: Any) -> None:
        self.sent.append(message)


class Connection:
    """A browser that is connected."""

    def __init__(self) -> None:
        self.protocol = Protocol()
        self._socket = Socket()
        self.told = asyncio.Event()
        """Something has come from the event loop."""

    async def send_patch_document(self, event: Any) -> None:
        self._socket.sent.append(self.protocol.create("PATCH-DOC", [event]))
        self.told.set()

    @property
    def texts(self) -> list[str]:
        return [message.content_json for message in self._socket.sent]


class Served:
    """A page in a browser: a column with one sentence."""

    def __init__(self, server: Any, session: ServerSession, column: pn.Column) -> None:
        self.server, self.session, self.column = server, session, column
        self.document: Document = session.document
        self.connection = Connection()
        session.subscribe(self.connection)

    async def change(self, steps: Iterator[None]) -> None:
        with set_curdoc(self.document):
            await change(steps)


def write(connection: Connection, events: Any = None, msg: Any = None) -> list[Any]:
    connection._socket.sent.append(msg or connection.protocol.create("PATCH-DOC", events))
    return []


@pytest.fixture
async def page(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    monkeypatch.setitem(writing.extra_socket_handlers, Socket, write)
    columns: list[pn.Column] = []

    def make() -> pn.Column:
        columns.append(pn.Column(Words("first")))
        return columns[0]

    server = pn.io.server.get_server({"/": make}, port=0, address="127.0.0.1", start=False, show=False)
    server.start()
    await AsyncHTTPClient().fetch(f"http://127.0.0.1:{server.port}/", request_timeout=60)
    (session,) = server.get_sessions("/")
    with set_curdoc(session.document):
        state._on_load(session.document)
    yield Served(server, session, columns[0])
    server.stop()


class Step:
    """A step that goes on when the event loop says so: on the event loop it would never."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._go = threading.Event()
        self._loop = asyncio.get_running_loop()
        self.begun = asyncio.Event()

    def __call__(self) -> Iterator[None]:
        self._loop.call_soon_threadsafe(self.begun.set)
        assert self._go.wait(20), "the event loop is kept waiting"
        self._work()
        yield

    def go(self) -> None:
        self._go.set()


@beside
async def test_the_event_loop_goes_on_and_the_document_is_locked(page: Served) -> None:
    order: list[str] = []
    step = Step(lambda: order.append("changed"))
    changing = asyncio.create_task(page.change(step()))
    await step.begun.wait()
    assert not idle(page.document)
    other = asyncio.ensure_future(page.session.with_document_locked(lambda: order.append("other")))
    await asyncio.sleep(0)
    assert order == []
    step.go()
    await changing
    await other
    assert order == ["changed", "other"]
    assert idle(page.document)


@beside
async def test_all_that_is_changed_comes_in_one_message_written_beside(page: Served) -> None:
    def steps() -> Iterator[None]:
        page.column[0].object = "changed"
        yield
        page.column.extend([Words("second"), Words("third")])
        yield

    other = Connection()
    page.session.subscribe(other)  # the same page once more: it must be told of new models, too
    await page.change(steps())
    (message,) = page.connection._socket.sent
    assert message._content_json
    assert all(text in message.content_json for text in ("changed", "second", "third"))
    assert page.document.callbacks.hold_value is None
    assert other._socket.sent == [message]
    with set_curdoc(page.document):
        page.column[0].object = "of the event loop again"
    assert "of the event loop again" in page.connection.texts[-1]


@beside
async def test_what_others_change_meanwhile_comes_afterwards(page: Served) -> None:
    step = Step(lambda: page.column.append(Words("made")))
    changing = asyncio.create_task(page.change(step()))
    await step.begun.wait()
    with set_curdoc(page.document):
        page.column[0].object = "by another"
    step.go()
    await changing
    async with asyncio.timeout(20):
        await page.connection.told.wait()
    made, other = page.connection.texts
    assert "made" in made
    assert "by another" in other


@beside
async def test_what_is_asked_for_in_a_step_runs_on_the_event_loop(page: Served) -> None:
    ran: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def run() -> None:
        ran.set_result(threading.get_ident())

    def steps() -> Iterator[None]:
        pn.state.execute(run)
        yield

    await page.change(steps())
    async with asyncio.timeout(20):
        assert await ran == threading.get_ident()


@beside
async def test_a_step_that_fails_is_told_and_leaves_nothing_locked(page: Served) -> None:
    def steps() -> Iterator[None]:
        page.column.append(Words("before"))
        yield
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await page.change(steps())
    assert "before" in page.connection.texts[0]
    assert page.document.callbacks.hold_value is None
    assert idle(page.document)
    await page.session.with_document_locked(lambda: None)


@beside
async def test_a_page_that_is_closed_meanwhile_waits_for_its_end(page: Served) -> None:
    step = Step(lambda: page.column.append(Words("late")))
    changing = asyncio.create_task(page.change(step()))
    await step.begun.wait()
    page.session.unsubscribe(page.connection)
    (context,) = page.server._tornado.applications.values()
    closing = asyncio.ensure_future(context._discard_session(page.session, lambda _: True))
    await asyncio.sleep(0)
    assert not page.session.destroyed
    step.go()
    await changing
    await closing
    assert page.session.destroyed
    await page.change(step())  # for nobody: no error, and nobody waits
    soon(iter(()))


async def test_without_a_session_the_steps_are_done_here() -> None:
    threads = []

    def steps() -> Iterator[None]:
        threads.append(threading.get_ident())
        yield

    await change(steps())
    soon(steps())
    assert threads == [threading.get_ident()] * 2

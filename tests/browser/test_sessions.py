"""What a session costs, and that nothing of it lives on."""

import asyncio
import gc
import logging
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Literal

import panel as pn
import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

import dashboard
from dashboard.homes import served
from dashboard.homes.leaving import heed
from dashboard.homes.opening import Opening
from dashboard.models.session import Session
from dashboard.sandbox import Sandbox
from dashboard.sandbox.pool import Pool
from dashboard.workspace import Workspace, registry
from tests.awaiting import awaited
from tests.integration.test_faults import stopped, worst_lag

_BEFORE_DRAWN: tuple[Literal["commit", "domcontentloaded", "load"], ...] = ("commit", "domcontentloaded", "load")


class Server:
    """The served home in this process, so that its objects can be counted.

    Parameters
    ----------
    lifetime
        Seconds for which a session without a browser is kept, if the browser did not say that it leaves.
    """

    def __init__(self, workspace: Workspace, lifetime: int) -> None:
        self.sessions: weakref.WeakSet[Session] = weakref.WeakSet()
        self.address = ""
        self._workspace = workspace
        self._lifetime = lifetime
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        gc.collect()
        gc.freeze()  # as `serve` does
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(30)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        options: dict[str, Any] = {
            "check_unused_sessions_milliseconds": 300,
            "unused_session_lifetime_milliseconds": self._lifetime * 1000,
        }
        self._server = server = pn.io.server.get_server(
            {"/": Opening(lambda: served.begin(self._workspace))},
            port=0,
            address="127.0.0.1",
            start=False,
            show=False,
            **options,
        )
        heed(server)
        self.address = f"http://127.0.0.1:{server.port}/"
        server.start()
        self._loop.call_soon(self._ready.set)
        self._loop.run_forever()
        server.stop()

    @property
    def count(self) -> int:
        """How many sessions there are."""
        return len(self._server.get_sessions())

    def worst_lag(self, seconds: float) -> float:
        """As `worst_lag`, of the server's event loop."""
        return asyncio.run_coroutine_threadsafe(worst_lag(seconds), self._loop).result()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        gc.unfreeze()


@pytest.fixture
def server(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> Iterator[Server]:
    # As `serve` does; the records of its events, which pytest keeps, would keep the models and so the session.
    caplog.set_level(logging.ERROR, "panel")
    with dashboard.connect(sandbox.settings_file("alice")) as workspace:
        workspace.jobs.frame()
        server = Server(workspace, getattr(request, "param", 3))

        def recorded(*args: Any, **params: Any) -> Session:
            session = Session(*args, **params)
            server.sessions.add(session)
            return session

        monkeypatch.setattr(served, "Session", recorded)
        yield server
        server.stop()


def open_page(browser: Browser, address: str, watch: Callable[[WebSocket], None] = lambda _: None) -> Page:
    page = browser.new_page()
    page.on("websocket", watch)
    page.goto(address)
    expect(page.get_by_text("HTCondor ok")).to_be_visible(timeout=30_000)
    return page


def test_two_sessions_share_one_poller_and_leave_nothing(browser: Browser, server: Server) -> None:
    before = registry.in_use()
    pages = [open_page(browser, f"{server.address}?page=jobs")]
    threads = {thread.name for thread in threading.enumerate() if thread.name.startswith("cygnet-")}
    pages.append(open_page(browser, f"{server.address}?page=data"))
    for page in pages:
        for name in ("Overview", "Jobs", "Submit", "Data"):
            page.get_by_role("navigation").get_by_role("link", name=name).click()
            page.locator(f"[aria-current=page]:has-text('{name}')").wait_for()
    awaited(lambda: len(server.sessions) == 2, "two sessions and no more")
    assert registry.in_use() == before
    assert {thread.name for thread in threading.enumerate() if thread.name.startswith("cygnet-")} == threads
    for page in pages:
        page.close()
    for wait in _BEFORE_DRAWN:  # and who does not wait for the page
        page = browser.new_page()
        page.goto(server.address, wait_until=wait)
        page.close()

    def gone() -> bool:
        for handler in logging.getLogger().handlers:
            # pytest keeps what was logged of closed connections, with tracebacks that hold the sessions.
            getattr(handler, "records", []).clear()
        gc.collect()
        return not server.sessions

    awaited(gone, "the sessions' end", 30)


@pytest.mark.parametrize("server", [600], indirect=True)
def test_pages_that_are_left_closed_or_loaded_anew_end_at_once(browser: Browser, server: Server) -> None:
    context = browser.new_context()
    left, closed, anew = (context.new_page() for _ in range(3))
    for page in (left, closed, anew):
        page.goto(f"{server.address}?page=jobs")
        expect(page.get_by_text("HTCondor ok")).to_be_visible(timeout=30_000)
    assert server.count == 3
    anew.reload()
    expect(anew.get_by_text("HTCondor ok")).to_be_visible(timeout=30_000)
    awaited(lambda: server.count == 3, "the end of what was loaded anew", 20)
    closed.close()
    awaited(lambda: server.count == 2, "the end of what was closed", 20)
    left.goto("about:blank")
    awaited(lambda: server.count == 1, "the end of what was left", 20)
    context.close()


def test_a_quiet_page_receives_little(browser: Browser, server: Server) -> None:
    received: list[int] = []
    page = open_page(
        browser,
        f"{server.address}?page=jobs",
        lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))),
    )
    page.wait_for_timeout(5000)  # the plots are drawn
    received.clear()
    page.wait_for_timeout(10_000)
    page.close()
    assert sum(received) / 10 < 10_000, f"{sum(received) / 10:.0f} bytes a second"


def test_a_silent_schedd_delays_no_session(browser: Browser, server: Server, pool: Pool) -> None:
    page = open_page(browser, f"{server.address}?page=jobs")
    page.wait_for_timeout(5000)  # the plots are drawn
    with stopped(pool.pids()["schedd"]):
        lag = server.worst_lag(12)
        expect(page.get_by_text("HTCondor not answering")).to_be_visible()
    page.close()
    assert lag < 0.1

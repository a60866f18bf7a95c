"""A page is made beside the event loop, and given away whole."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import panel as pn
import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from dashboard.homes import served
from dashboard.homes.opening import Opening
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.template import Template
from dashboard.views.workshop import BESIDE, idle
from dashboard.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    settings = Settings(HTCondorSettings(enabled=False), RucioSettings(enabled=False), tmp_path)
    with Workspace(settings) as workspace:
        yield workspace


async def opened(application: Callable[[], Template] | Opening) -> Counter[str]:
    """The models of the page that a browser is given: how many there are of each kind."""
    server = pn.io.server.get_server({"/": application}, port=0, address="127.0.0.1", start=False, show=False)
    server.start()
    try:
        await AsyncHTTPClient().fetch(f"http://127.0.0.1:{server.port}/?page=jobs", request_timeout=60)
        (session,) = server.get_sessions("/")
        return Counter(type(model).__name__ for model in session.document.models)
    finally:
        server.stop()


async def test_the_page_is_the_same_as_one_made_at_once(workspace: Workspace) -> None:
    in_steps = await opened(Opening(lambda: served.begin(workspace)))
    assert in_steps["Table1"] + in_steps["Table"] > 0
    assert in_steps == await opened(lambda: served.page(workspace))


@pytest.mark.skipif(not BESIDE, reason="this version of Panel allows no thread but the event loop's")
async def test_the_event_loop_goes_on_meanwhile(workspace: Workspace) -> None:
    loop, turned = asyncio.get_running_loop(), threading.Event()

    def begin() -> tuple[Template, Iterator[None]]:
        loop.call_soon_threadsafe(turned.set)
        assert turned.wait(20), "the event loop is kept waiting"
        return served.begin(workspace)

    assert await opened(Opening(begin))


async def test_pages_opened_at_once_are_all_whole(workspace: Workspace) -> None:
    server = pn.io.server.get_server(
        {"/": Opening(lambda: served.begin(workspace))}, port=0, address="127.0.0.1", start=False, show=False
    )
    server.start()
    try:
        fetch = AsyncHTTPClient(force_instance=True, max_clients=10).fetch
        await asyncio.gather(
            *(fetch(f"http://127.0.0.1:{server.port}/?page=submit", request_timeout=60) for _ in range(10))
        )
        sessions = server.get_sessions("/")
        assert len(sessions) == 10
        assert len({len(session.document.models) for session in sessions}) == 1
        assert all(idle(session.document) for session in sessions)
    finally:
        server.stop()


async def test_half_a_page_is_given_to_nobody(workspace: Workspace) -> None:
    def begin() -> tuple[Template, Iterator[None]]:
        template, _ = served.begin(workspace)

        def steps() -> Iterator[None]:
            yield
            raise RuntimeError("no content")

        return template, steps()

    with pytest.raises(HTTPClientError):
        await opened(Opening(begin))


async def test_a_page_that_cannot_be_made_is_an_error() -> None:
    def begin() -> tuple[Template, Iterator[None]]:
        raise RuntimeError("no page")

    with pytest.raises(HTTPClientError):
        await opened(Opening(begin))

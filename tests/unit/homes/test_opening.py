"""A page is made in steps, and given away whole."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import panel as pn
import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from dashboard.homes import served
from dashboard.homes.opening import Opening
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.template import Template
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


async def test_the_event_loop_goes_on_meanwhile(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = 0
    whole = Opening.on_session_created

    async def other() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def made(opening: Opening, context: Any) -> None:
        beside = asyncio.create_task(other())
        await whole(opening, context)
        beside.cancel()

    monkeypatch.setattr(Opening, "on_session_created", made)
    await opened(Opening(lambda: served.begin(workspace)))
    assert turns > 8


async def test_a_page_that_cannot_be_made_is_an_error() -> None:
    def begin() -> tuple[Template, Iterator[None]]:
        raise RuntimeError("no page")

    application = Opening(begin)
    with pytest.raises(HTTPClientError):
        await opened(application)
    assert not application._begun

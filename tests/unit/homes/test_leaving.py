"""A page that was left ends at once, one whose connection was lost does not."""

import asyncio
import re

import panel as pn
import pytest
from bokeh.server.session import ServerSession
from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import websocket_connect

from dashboard.homes.leaving import GOING_AWAY, heed
from tests.awaiting import awaited


async def closed(code: int | None) -> ServerSession:
    """The session of a page that was opened, and whose connection was closed with a code."""
    server = pn.io.server.get_server({"/": lambda: pn.pane.Str("page")}, port=0, start=False, show=False)
    heed(server)
    server.start()
    try:
        address = f"localhost:{server.port}/"
        page = await AsyncHTTPClient().fetch(f"http://{address}")
        token = re.search(r'"token":"([^"]+)"', page.body.decode())
        assert token
        socket = await websocket_connect(f"ws://{address}ws", subprotocols=["bokeh", token[1]])
        await socket.read_message()
        (session,) = server.get_sessions("/")
        assert session.connection_count == 1
        socket.close(code)
        await asyncio.to_thread(awaited, lambda: session.connection_count == 0, "the end of the connection")
        return session
    finally:
        server.stop()


@pytest.mark.parametrize(("code", "ends"), [(GOING_AWAY, True), (1011, False), (None, False)])
async def test_who_says_that_they_leave_is_not_waited_for(code: int | None, ends: bool) -> None:
    session = await closed(code)
    assert session.expiration_requested is ends

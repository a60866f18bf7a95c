"""Browser sessions without a browser: each speaks Bokeh's protocol over a WebSocket as the page's script does.

``python -m tests.benchmarks.visitors ADDRESS`` answers each line it reads with one line of JSON. Not
`bokeh.client.pull_session`: that needs a thread and a copy of the whole document for every session, which would measure
the client.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from typing import Any

from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import websocket_connect

from dashboard.homes.leaving import GOING_AWAY
from tests.benchmarks.answers import answer

_TOKEN = re.compile(r'"token":"([^"]+)"')
_DARK = re.compile(r'"name":"Appearance\d*","id":"(p\d+)"')
_MARK = re.compile(r'"name":"Mark\d*","id":"(p\d+)"')
_HELD = re.compile(r'\["key","held"\],\["label","Held"\],\["count","([\d,]+)"\]')


class Visitor:
    """One session on the Jobs page."""

    def __init__(self) -> None:
        self.held: list[tuple[float, int]] = []
        self.received = 0
        self.ready = asyncio.Event()

    async def visit(self, address: str) -> None:
        """Open the page, and listen until `leave`."""
        answer = await AsyncHTTPClient().fetch(f"{address}?page=jobs", request_timeout=120)
        token = _TOKEN.search(answer.body.decode())
        assert token
        self._socket = await websocket_connect(
            f"ws{address.removeprefix('http')}ws", subprotocols=["bokeh", token[1]], max_message_size=2**26
        )
        self._listening = asyncio.create_task(self._listen())
        ready = asyncio.create_task(self.ready.wait())
        await asyncio.wait([ready, self._listening], return_when=asyncio.FIRST_COMPLETED)
        if not self.ready.is_set():
            raise ConnectionError("the server closed the connection")

    def leave(self) -> None:
        """Close the page, as a browser does."""
        self._listening.cancel()
        self._socket.close(GOING_AWAY)

    def _send(self, kind: str, content: dict[str, Any]) -> None:
        for part in ({"msgid": f"{time.time_ns():X}", "msgtype": kind}, {}, content):
            self._socket.write_message(json.dumps(part))

    async def _listen(self) -> None:
        while (frame := await self._socket.read_message()) is not None:
            self.received += len(frame)
            if isinstance(frame, bytes):
                continue
            if '"msgtype": "ACK"' in frame:
                self._send("PULL-DOC-REQ", {})
            if not self.ready.is_set() and frame.startswith('{"doc"'):
                self._drawn(frame)
            if held := _HELD.search(frame):
                self.held.append((time.monotonic(), int(held[1].replace(",", ""))))

    def _drawn(self, document: str) -> None:
        """Say what a browser says when it has drawn the page."""
        event = {"type": "event", "name": "document_ready", "values": {"type": "map"}}
        self._send("PATCH-DOC", {"events": [{"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event}]})
        for pattern, attribute, value in ((_DARK, "dark", False), (_MARK, "drawn", True)):
            part = pattern.search(document)
            assert part
            change = {"kind": "ModelChanged", "model": {"id": part[1]}, "attr": attribute, "new": value}
            self._send("PATCH-DOC", {"events": [change]})
        self.ready.set()


class Visitors:
    """What is asked of them; every public method is a command."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._here: list[Visitor] = []

    async def come(self, number: str) -> int:
        """So many more, a few at a time; how many there are."""
        gate = asyncio.Semaphore(4)

        async def one() -> Visitor:
            async with gate:
                visitor = Visitor()
                await visitor.visit(self._address)
                return visitor

        self._here += await asyncio.gather(*(one() for _ in range(int(number))))
        return len(self._here)

    async def told(self) -> list[dict[str, Any]]:
        """What each has received since this was last asked: bytes, and when which number of held jobs."""
        answer = [{"received": visitor.received, "held": visitor.held} for visitor in self._here]
        for visitor in self._here:
            visitor.received, visitor.held = 0, []
        return answer

    async def go(self) -> int:
        """All leave."""
        for visitor in self._here:
            visitor.leave()
        self._here = []
        return 0

    async def pass_by(self, number: str) -> int:
        """So many come and leave again."""
        for _ in range(int(number) // 4):
            here = [Visitor() for _ in range(4)]
            await asyncio.gather(*(visitor.visit(self._address) for visitor in here))
            await asyncio.sleep(0.1)  # as long as a hasty person looks
            for visitor in here:
                visitor.leave()
        return int(number)


async def main(address: str) -> None:
    visitors = Visitors(address)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := (await lines.readline()).decode().split():
        answer(await getattr(visitors, line[0])(*line[1:]))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

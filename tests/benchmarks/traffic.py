"""What is sent to a page in Chromium at each tick."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from playwright.sync_api import Page, WebSocket, sync_playwright

from tests.benchmarks.bench import CHROMIUM, QUIET, Bench, Server
from tests.benchmarks.told import Row, most, size

TICKS = 3
PARTS = 3
"""A message of Bokeh's comes in so many frames, when there are no arrays in it."""


def measure(bench: Bench) -> Iterator[Row]:
    received: list[int] = []
    answered: list[int] = []

    def take(frame: str | bytes) -> None:
        """Bytes of a frame; those of answers to what the page has sent are counted apart."""
        nonlocal rest
        if isinstance(frame, str) and '"msgtype": "OK"' in frame:
            rest = PARTS
        (answered if rest else received).append(len(frame))
        rest = max(0, rest - 1)

    rest = 0

    def watch(socket: WebSocket) -> None:
        socket.on("framereceived", take)

    with Server(bench.settings()) as server, sync_playwright() as playwright:
        server.loaded()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.on("websocket", watch)
        page.goto(f"{server.address}?page=jobs")
        page.wait_for_timeout(15_000)  # the plots are drawn
        answered.clear()
        nothing = _per_tick(server, page, received)
        beats = f"besides {size(sum(answered) / TICKS)} that answer the page's own sign of life, every 20 s"
        change = _Unseen(bench)
        page.wait_for_timeout(25_000)
        unseen = _per_tick(server, page, received, change)
        change.end()
        with bench.churn():
            visible = _per_tick(server, page, received)
        browser.close()
    yield most("bytes to a session per tick when nothing has changed", nothing, 0, size, beats)
    yield most("bytes to a session per tick when nothing visible has changed", unseen, 10_000, size)
    yield Row("bytes to a session per tick with 1 % changing per minute", size(visible))


def _per_tick(server: Server, page: Page, received: list[int], change: Callable[[], object] = lambda: None) -> float:
    """Bytes received per tick, each tick with such a change."""
    begun = server.ticks()
    received.clear()
    for number in range(1, TICKS + 1):
        change()
        while server.ticks() < begun + number:
            page.wait_for_timeout(200)
    page.wait_for_timeout(2500)  # what the last one brings
    return sum(received) / TICKS


class _Unseen:
    """Held jobs of an old batch: let go and held anew between two ticks, so that there is nothing to be seen."""

    def __init__(self, bench: Bench) -> None:
        self._pool = bench.pool
        told = self._pool.command(
            "condor_q", "alice", "-constraint", "JobStatus == 1 && ProcId < 20", "-af:j", "ClusterId"
        )
        clusters = [line.split() for line in told.splitlines()]
        oldest = min(int(cluster) for _, cluster in clusters)
        self._ids = [job_id for job_id, cluster in clusters if int(cluster) == oldest]
        self._act("condor_hold")

    def __call__(self) -> None:
        """Change them."""
        self._act("condor_release")
        self._act("condor_hold")

    def end(self) -> None:
        """As they were."""
        self._act("condor_release")

    def _act(self, tool: str) -> None:
        self._pool.command(tool, *self._ids, user="alice")

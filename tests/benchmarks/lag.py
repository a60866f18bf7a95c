"""How long the server's event loop stands still, at worst, with a Jobs page open in Chromium."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.bench import CHROMIUM, QUIET, Asked, Bench, Server, awaited
from tests.benchmarks.told import Row, most, ms

LIMIT = 0.05


class _Lag:
    """Lag of the server, and of a process that does nothing: what the machine itself makes late."""

    def __init__(self, server: Server, idle: Asked) -> None:
        self._server, self._idle = server, idle
        self.row = Row("", "")

    @contextmanager
    def measured(self, what: str) -> Iterator[None]:
        """Measure while the block runs."""
        self._server("lag"), self._idle("lag")
        yield
        worst, idle = self._server("lag"), self._idle("lag")
        lag, _ = worst[-1] if worst else (0.0, 0.0)
        often = ", ".join(f"{ms(late)} ({ms(worked)} own work)" for late, worked in worst[:-4:-1])
        beside = f"worst three: {often}; a process that does nothing: {ms(idle[-1])}"
        self.row = most(f"worst event-loop lag, {what}", lag, LIMIT, ms, beside)


def measure(bench: Bench) -> Iterator[Row]:
    with sync_playwright() as playwright, Asked("lag_of_nothing") as idle:
        _stand_aside()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        with bench.silent():
            # Nothing is known yet, so that the page is there before the first of the jobs.
            server = Server(bench.settings(2.0))
            page = _page(browser)
            _opened(page, server.address)
            lag = _Lag(server, idle)
            time.sleep(5)
            server("lag")
        with server:
            with lag.measured(f"first load of {bench.jobs:,} jobs"):
                server.loaded()
                time.sleep(5)
            yield lag.row
            with lag.measured("ticks with 1 % changing per minute"), bench.churn():
                time.sleep(30)
            yield lag.row
            with lag.measured("silent schedd"), bench.silent():
                awaited(lambda: server("state")["health"] == "stale", "the silence")
                time.sleep(10)
            yield lag.row
            with lag.measured("everything read anew (after the silence)"):
                version = server("state")["version"]
                awaited(lambda: server("state")["version"] != version, "the jobs")
                time.sleep(5)
            yield lag.row
            with lag.measured("another page is opened (3 ×)"):
                for _ in range(3):
                    other = _page(browser)
                    _opened(other, server.address)
                    time.sleep(5)
                    other.close()
            yield lag.row
            browser.close()


def _stand_aside() -> None:
    """Give Playwright, and the browser it starts, the machine's spare time only: people's have cores of their own."""
    (driver,) = (process for process in psutil.Process().children() if Path(process.exe()).name == "node")
    os.sched_setscheduler(driver.pid, os.SCHED_IDLE, os.sched_param(0))


def _page(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": 1440, "height": 900})


def _opened(page: Page, address: str) -> None:
    page.goto(f"{address}?page=jobs")
    page.locator("main table").first.wait_for(state="attached")

"""How soon a person sees the jobs: from opening the page in Chromium until its table has the right totals."""

from __future__ import annotations

import time
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks.bench import CHROMIUM, QUIET, Bench, Server, median
from tests.benchmarks.told import Row, ms

TIMES = 5
_first: dict[int, float] = {}


def measure(bench: Bench) -> Iterator[Row]:
    with Server(bench.settings()) as server, sync_playwright() as playwright:
        idle = server.loaded()["idle"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        _seconds(browser, server.address, idle)  # the server has imported what it needs, the browser started
        took = median([_seconds(browser, server.address, idle) for _ in range(TIMES)])
        browser.close()
    _first[bench.jobs] = took
    what, least = f"first populated paint in Chromium, {bench.jobs:,} jobs", min(_first)
    if bench.jobs == least:
        yield Row(what, ms(took), "a browser without a cache")
    else:
        ratio = took / _first[least]
        yield Row(what, ms(took), f"{ratio:.2f} × that of {least:,} jobs", "≤ 1.20 ×", ratio <= 1.2)


def _seconds(browser: Browser, address: str, idle: int) -> float:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(f"{address}?page=jobs", wait_until="commit")
    page.get_by_role("button", name=f"Idle {idle:,}").wait_for()
    page.locator("main table tbody tr").first.wait_for()
    took = time.perf_counter() - begun
    context.close()
    return took

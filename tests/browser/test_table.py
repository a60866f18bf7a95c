"""The table in a real browser: what a person does reaches Python, what Python changes redraws only what changed."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import panel as pn
import pytest
from playwright.sync_api import Browser, Page

from dashboard.views.address import Address
from dashboard.views.appearance import Appearance
from dashboard.views.nav import Item, Nav
from dashboard.views.table import Column, Table
from dashboard.views.template import Template

HOSTILE = "<img src=x onerror=alert(1)>"


def rows(count: int = 20) -> list[dict[str, Any]]:
    bar = [["done", 0.5, 10], ["running", 0.25, 5]]
    return [
        {"id": f"48211.{i}", "name": HOSTILE if i == 3 else f"job {i}", "sub": HOSTILE, "n": i, "s": "held", "b": bar}
        for i in range(count)
    ]


class Served:
    """A table behind the real page frame, on a server thread of its own."""

    def __init__(self) -> None:
        self.table = Table()
        self.address = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(30), "the server did not start"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = pn.serve({"table": self._page}, port=0, address="127.0.0.1", show=False, start=False)
        self.address = f"http://127.0.0.1:{server.port}/table"
        server.start()
        self._loop.call_soon(self._ready.set)
        self._loop.run_forever()
        server.stop()
        self._loop.close()

    def _page(self) -> Template:
        columns = [
            Column("name", "Name", sub_key="sub", strong=True),
            Column("n", "Number", "number"),
            Column("s", "State", "state"),
            Column("b", "Progress", "bar", sortable=False),
        ]
        self.table = Table(columns, rows=rows(), total=2000, page_size=20, selectable="many", caption="Jobs")
        nav = Nav([Item("overview", "Overview"), Item("jobs", "Jobs", "4")], current="jobs")
        main = pn.Column(self.table, sizing_mode="stretch_width")
        return Template(main, nav, Appearance(), pn.pane.HTML("all ok"), pn.pane.HTML("jdoe"), Address())

    def do(self, **changes: Any) -> None:
        """Change parameters of the table as the session would, in its document."""
        document = next(iter(self.table._models.values()))[0].document
        document.add_next_tick_callback(lambda: self.table.param.update(**changes))

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    served = Served()
    yield served
    served.stop()


@pytest.fixture
def page(served: Served, browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"hostile text ran: {dialog.message}"))
    page.goto(served.address)
    page.wait_for_selector("tbody tr")
    yield page
    page.close()


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for Python to hear of something."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


WATCH_CELLS = """() => {
    const find = (root) => root.querySelector("tbody") ?? [...root.querySelectorAll("*")]
        .filter((node) => node.shadowRoot).map((node) => find(node.shadowRoot)).find(Boolean)
    window.touched = []
    const note = (list) => list.forEach((one) => {
        const cell = one.target.nodeType === 1 ? one.target.closest("td") : one.target.parentElement?.closest("td")
        window.touched.push(cell ? `${cell.parentElement.dataset.id} ${cell.className}` : one.target.nodeName)
    })
    new MutationObserver(note).observe(find(document), {
        subtree: true, childList: true, characterData: true, attributes: true,
    })
}"""


def test_one_changed_value_touches_one_cell(served: Served, page: Page):
    page.evaluate(WATCH_CELLS)
    changed = rows()
    changed[7]["n"] = 123456
    served.do(rows=changed)
    page.get_by_text("123,456").wait_for()
    assert set(page.evaluate("window.touched")) == {"48211.7 number"}


def test_hostile_text_is_text(page: Page):
    assert page.locator("tbody tr").nth(3).locator("td.text .first").inner_text() == HOSTILE
    assert page.locator("td img").count() == 0


def test_nothing_is_asked_of_another_host(page: Page):
    hosts = {urlsplit(url).hostname for url in page.asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}


def test_selection_is_by_id_and_survives_updates(served: Served, page: Page):
    page.locator("tbody tr").nth(2).locator("input").click()
    page.locator("tbody tr").nth(5).locator("input").click(modifiers=["Shift"])
    wanted = [f"48211.{i}" for i in (2, 3, 4, 5)]
    until(lambda: sorted(served.table.selected) == wanted)
    served.do(rows=rows(21)[4:])
    page.get_by_text("job 20").wait_for()
    assert page.locator("tr[aria-selected=true]").count() == 2
    assert sorted(served.table.selected) == wanted
    assert page.get_by_text("4 selected").is_visible()
    page.get_by_role("button", name="Clear selection").click()
    until(lambda: served.table.selected == [])


def test_select_all_takes_this_page(served: Served, page: Page):
    page.get_by_label("Select all rows of this page").check()
    until(lambda: len(served.table.selected) == 20)


def test_keyboard_moves_opens_and_selects(served: Served, page: Page):
    page.locator("tbody tr").first.focus()
    for key in ("ArrowDown", "ArrowDown", "Enter", "Space"):
        page.keyboard.press(key)
    until(lambda: served.table.opened == "48211.2" and served.table.selected == ["48211.2"])
    served.do(rows=list(reversed(rows())))
    page.wait_for_function("""() => {
        let line = document.activeElement
        while (line?.shadowRoot) line = line.shadowRoot.activeElement
        return line?.dataset?.id === "48211.2" && line.parentElement.children[17] === line
    }""")
    assert page.locator("tr[aria-current=true]").get_attribute("data-id") == "48211.2"


def test_sort_and_page_reach_python(served: Served, page: Page):
    page.get_by_role("button", name="Next").click()
    until(lambda: served.table.page == 2)
    assert page.get_by_text("21–40 of 2,000").is_visible()
    page.get_by_role("button", name="Number").click()
    until(lambda: served.table.sort == "n" and served.table.page == 1)
    page.get_by_role("button", name="Number").click()
    until(lambda: served.table.sort == "-n")
    assert page.locator("th[aria-sort=descending]").inner_text() == "Number"


def test_no_rows_says_so(served: Served, page: Page):
    served.do(rows=[], total=0, empty="No batch matches.")
    page.get_by_text("No batch matches.").wait_for()


def test_appearance_switches_and_is_remembered(page: Page):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(ground)
    assert (light, dark) == ("rgb(246, 247, 249)", "rgb(18, 23, 29)")
    assert page.locator("td.number").first.evaluate("cell => getComputedStyle(cell).color") == "rgb(230, 235, 240)"
    page.reload()
    page.wait_for_selector("tbody tr")
    assert page.evaluate(ground) == dark


@pytest.mark.parametrize("width", [1440, 800, 480])
def test_page_never_overflows(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_links_are_followed_without_a_reload(page: Page):
    page.evaluate("window.same = true")
    page.get_by_role("link", name="Overview", exact=True).click()
    page.locator("nav a[aria-current=page]", has_text="Overview").wait_for()
    assert page.evaluate("window.same")


def test_lost_connection_is_said(page: Page):
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True, env=paths) as server:
        address = next(line for line in server.stdout if line.startswith("http://"))
        page.goto(address.strip())
        page.wait_for_selector("tbody tr")
        server.kill()
        page.get_by_text("Connection to Cygnet lost; reload to go on.").wait_for()


if __name__ == "__main__":
    sys.stdout.write(f"{Served().address}\n")
    sys.stdout.flush()
    threading.Event().wait()

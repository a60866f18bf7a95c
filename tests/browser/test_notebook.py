"""A person's day in a notebook: in the real JupyterLab and Notebook 7, on the real pool and the real Rucio server."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.sandbox import Sandbox
from dashboard.workspace import Workspace
from tests.awaiting import awaited

ZTAUTAU = "mc26:mc26_13p6TeV.700324.Ztautau.AOD"

Opened = Callable[..., Page]


def cells(settings: Path) -> list[str]:
    return [
        f"import dashboard\nws = dashboard.connect({str(settings)!r})\n"
        "batch = ws.submit({'executable': '/bin/sleep', 'arguments': '300', 'request_memory': 64, "
        "'JobBatchName': 'from-a-cell'})\nbatch",
        "view = dashboard.show(ws, batch=batch.batch)\nview",
        f"data = ws.stage({ZTAUTAU!r}, 'LAB-SCRATCH', lifetime='1h')\ndata",
        "from dashboard.homes import notebook\n"
        "sorted(repr(view) for _, views in notebook._views.values() for view in views)",
    ]


def widgets(settings: Path) -> list[str]:
    """Cells of a notebook whose page is reached by ipywidgets only, as in VS Code, which cannot be run here."""
    first, *rest = cells(settings)
    return [f"import os\nos.environ['VSCODE_CWD'] = '/'\n{first}", *rest[:1], "import time\ntime.sleep(3)", *rest[2:]]


def write(file: Path, sources: list[str]) -> None:
    made = [
        {"cell_type": "code", "id": f"cell-{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": text}
        for n, text in enumerate(sources)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    file.write_text(json.dumps({"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Iterator[str]:
    """Address of a Jupyter server of the tests' own, with JupyterLab and Notebook 7."""
    folder = tmp_path_factory.mktemp("jupyter")
    for name, sources in (("lab", cells), ("seven", cells), ("widgets", widgets)):
        write(folder / f"{name}.ipynb", sources(sandbox.settings_file("alice")))
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    own = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += [
        "--ServerApp.ip=127.0.0.1",
        "--IdentityProvider.token=",
        "--ServerApp.disable_check_xsrf=True",
        "--LabApp.news_url=",
        "--expose-app-in-browser",
    ]
    command += [f"--ServerApp.root_dir={folder}"]
    address = f"http://127.0.0.1:{port}/"
    with subprocess.Popen(command, env={**os.environ, **own, "IPYTHONDIR": str(folder)}, cwd=folder) as server:

        def up() -> bool:
            try:
                urlopen(f"{address}api", timeout=5).close()
            except OSError:
                return False
            return True

        awaited(up, "Jupyter", 90)
        yield address
        server.terminate()


@pytest.fixture
def opened(browser: Browser, jupyter: str, alice: Workspace) -> Iterator[Opened]:
    """Open a notebook; at the end no page may have met an error or asked another host, and no rule is left."""
    wrong: list[str] = []
    pages: list[Page] = []

    def opened(path: str) -> Page:
        page = browser.new_page(viewport={"width": 1300, "height": 2600})
        pages.append(page)
        page.set_default_timeout(30_000)
        page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith(OURS) else None)
        page.goto(f"{jupyter}{path}")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
        page.get_by_role("button", name="Python 3 (ipykernel)", exact=True).first.wait_for(timeout=60_000)
        page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for(timeout=60_000)
        # From here on: what goes wrong while Notebook 7 starts is its own.
        page.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(f"script: {error.stack or error}"))
        return page

    OURS = (jupyter, "data:", "blob:")  # noqa: N806
    yield opened
    for page in pages:
        page.close()
    with urlopen(f"{jupyter}api/sessions", timeout=10) as told:
        for session in json.load(told):  # a cell may be about to stage something
            urlopen(Request(f"{jupyter}api/sessions/{session['id']}", method="DELETE"), timeout=30).close()
    assert alice._poller("rucio").after_tick(30)
    if left := staged(alice):
        alice.delete_rules(left)
        awaited(lambda: not staged(alice), "the end of the rule")
    assert wrong == []


def staged(alice: Workspace) -> list[str]:
    """Rules the notebooks have made."""
    rules = alice.rules.frame()
    return list(rules.index[(rules["did"] == ZTAUTAU) & (rules["rse_expression"] == "LAB-SCRATCH")])


def menu(page: Page, name: str, entry: str) -> None:
    page.get_by_role("menuitem", name=name, exact=True).click()
    page.get_by_role("menuitem", name=re.compile(f"^{entry}")).click()


def output(page: Page, number: int) -> Locator:
    return page.locator(".jp-Notebook .jp-Cell").nth(number).locator(".jp-Cell-outputArea")


def button(within: Locator, name: str | re.Pattern[str]) -> Locator:
    return within.get_by_role("button", name=name, exact=True)


def height(within: Locator) -> float:
    box = within.bounding_box()
    assert box
    return box["height"]


def shown_at_once(pages: Locator, part: Locator) -> bool:
    """Whether it is seen without scrolling the pages, whose box hides what is below its height."""
    inner, outer = part.bounding_box(), pages.bounding_box()
    return bool(inner and outer and inner["y"] + inner["height"] <= outer["y"] + outer["height"])


def acted(alice: Workspace, item: str) -> list[str]:
    """Actions of the audit log on a job or rule."""
    return [str(entry["action"]) for entry in alice.audit.recent(200) if item in json.dumps(entry["items"])]


def submitted(page: Page) -> str:
    """Id of the batch the first cell has submitted, as its view says."""
    told = output(page, 0).get_by_text(re.compile(r"^\d+ · sleep"))
    expect(told).to_be_visible(timeout=60_000)
    return told.inner_text().split()[0]


def run(page: Page, number: int) -> None:
    page.locator(".jp-Notebook .jp-Cell").nth(number).locator(".jp-InputArea-editor").click()
    page.keyboard.press("Control+Enter")


def expect_live_views(page: Page, number: int) -> None:
    """By what the last cell says, run again and again."""
    told = output(page, 3)

    def lives() -> bool:
        run(page, 3)
        return told.inner_text().count("<Cygnet view, live>") == number

    with suppress(pytest.fail.Exception):
        awaited(lives, f"{number} live views", 30)
    all_live = ", ".join(["'<Cygnet view, live>'"] * number)
    expect(told).to_have_text(re.compile(rf"^\[\d+\]:\[{all_live}\]$"))


def test_submit_watch_hold_remove_stage_cancel_in_jupyterlab(opened: Opened, alice: Workspace) -> None:
    page = opened("lab/tree/lab.ipynb?reset")
    menu(page, "Run", "Run All Cells")
    batch = submitted(page)
    card, pages, staging = output(page, 0), output(page, 1), output(page, 2)
    expect(card.get_by_text("1 running")).to_be_visible(timeout=60_000)
    expect(pages.get_by_text("HTCondor ok")).to_be_visible(timeout=30_000)
    # The batch asked for comes before the others.
    awaited(lambda: shown_at_once(pages, button(pages, "Hold 1…")), "the batch asked for", 30)

    button(card, "Hold 1…").click()
    card.locator(".cy-action").get_by_role("button", name="Hold 1", exact=True).dblclick()
    expect(card.get_by_text("Hold: 1 done.")).to_be_visible(timeout=20_000)
    row = pages.locator(f'tr[data-id="{batch}"]')
    expect(card.get_by_text("1 held", exact=True)).to_be_visible(timeout=2000)
    expect(row).to_contain_text("waits for you", timeout=2000)  # the other view, within a pull of its own

    text = pages.get_by_placeholder("Filter by name, id, host, reason")
    text.press_sequentially("xddaabb")  # each of these does something to a notebook
    expect(text).to_have_value("xddaabb")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(4)
    text.fill("")

    low = height(pages)
    button(pages, "Expand").click()
    awaited(lambda: height(pages) > low + 50, "the whole page", 10)
    button(pages, "Shrink").click()
    awaited(lambda: height(pages) == low, "the page in little", 10)

    button(card, "Remove 1…").click()
    card.locator(".cy-action").get_by_role("button", name="Remove 1", exact=True).dblclick()
    expect(card.get_by_text("1 removed")).to_be_visible(timeout=20_000)
    assert sorted(acted(alice, f'"{batch}.0"')) == ["hold", "remove"]

    def removed() -> bool:
        jobs = alice.jobs.frame()
        return list(jobs.loc[jobs["batch"] == batch, "state"]) == ["removed"]

    awaited(removed, "the removal")

    expect(staging.get_by_text("all copies are in place")).to_be_visible(timeout=60_000)
    path = re.compile(r"^Copy .*.rse.LAB-SCRATCH.mc26.*Ztautau")
    expect(staging.get_by_role("button", name=path).first).to_be_visible(timeout=30_000)
    [rule] = staged(alice)
    button(staging, "Delete rule…").click()
    staging.locator(".cy-action").get_by_role("button", name="Delete rule", exact=True).dblclick()
    expect(staging.get_by_text("This rule is not among yours")).to_be_visible(timeout=60_000)
    assert acted(alice, rule).count("delete") == 1

    # The same cell again: its former view ends.
    run(page, 1)
    expect(pages.locator(f'tr[data-id="{batch}"]')).to_be_visible(timeout=30_000)
    expect_live_views(page, 3)

    page.evaluate("jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    root = pages.locator(".bk-panel-models-layout-Column").first
    expect(root).to_have_css("color-scheme", "dark")
    expect(root).to_have_css("background-color", "rgb(18, 23, 29)")

    menu(page, "Kernel", "Restart Kernel and Run All Cells")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(output(page, 0).get_by_text(re.compile(r"^\d+ · sleep"))).not_to_contain_text(batch, timeout=60_000)
    again = submitted(page)
    expect_live_views(page, 3)
    alice.remove(again)
    expect(output(page, 0).get_by_text("1 removed")).to_be_visible(timeout=20_000)


def test_submit_and_remove_in_notebook_7(opened: Opened, alice: Workspace) -> None:
    page = opened("notebooks/seven.ipynb")
    menu(page, "Run", "Run All Cells")
    batch = submitted(page)
    card = output(page, 0)
    button(card, "Remove 1…").click()
    card.locator(".cy-action").get_by_role("button", name="Remove 1", exact=True).dblclick()
    expect(card.get_by_text("1 removed")).to_be_visible(timeout=20_000)
    assert acted(alice, f'"{batch}.0"') == ["remove"]
    expect(output(page, 1).get_by_text("HTCondor ok")).to_be_visible(timeout=30_000)


def test_where_only_ipywidgets_reach_the_page(opened: Opened, alice: Workspace) -> None:
    page = opened("lab/tree/widgets.ipynb?reset")
    menu(page, "Run", "Run All Cells")
    batch = submitted(page)
    card, pages = output(page, 0), output(page, 1)
    row = pages.locator(f'tr[data-id="{batch}"]')
    expect(row).to_be_visible(timeout=30_000)
    expect(card.get_by_text("1 running")).to_be_visible(timeout=60_000)

    run(page, 2)  # a cell that takes its time keeps nobody from acting
    button(card, "Hold 1…").click()
    card.locator(".cy-action").get_by_role("button", name="Hold 1", exact=True).dblclick()
    expect(card.get_by_text("1 held", exact=True)).to_be_visible(timeout=20_000)
    expect(row).to_contain_text("waits for you", timeout=5000)
    text = pages.get_by_placeholder("Filter by name, id, host, reason")
    text.press_sequentially("xddaabb")
    expect(text).to_have_value("xddaabb")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(4)
    text.fill("")
    expect(row).to_be_visible()

    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    page.reload()  # the kernel lives on: its views come back
    expect(row).to_contain_text("waits for you", timeout=60_000)
    button(card, "Remove 1…").click()
    card.locator(".cy-action").get_by_role("button", name="Remove 1", exact=True).dblclick()
    expect(card.get_by_text("1 removed")).to_be_visible(timeout=20_000)
    assert sorted(acted(alice, f'"{batch}.0"')) == ["hold", "remove"]

    run(page, 1)
    expect(row).to_be_visible(timeout=30_000)
    expect_live_views(page, 2)

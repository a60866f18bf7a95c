"""A person's day under Voila, by itself and in a Jupyter server, in Chromium on the real pool and the real Rucio."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.resources import resource
from dashboard.sandbox import Sandbox
from dashboard.workspace import Workspace
from tests.awaiting import awaited
from tests.browser.test_story import button, mine, states, submitted

HYY = "mc26:mc26_13p6TeV.601523.Hyy.EVNT"

Start = Callable[..., "Server"]


class Server:
    """A running Voila or Jupyter server, and what went wrong in its pages."""

    def __init__(self, process: psutil.Popen, address: str, browser: Browser) -> None:
        self.process = process
        self.address = address
        self.wrong: list[str] = []
        self._browser = browser

    @contextmanager
    def page(self, path: str, scheme: str = "light") -> Iterator[Page]:
        """A page as a person has it; closed as a person closes it, after which nothing may be left."""
        context = self._browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(f"script: {error.stack or error}"))
        page.on("request", lambda request: self._asked(request.url))
        page.goto(self.address + path, wait_until="commit")
        starting = page.get_by_text("Cygnet is starting…")
        expect(starting).to_be_visible(timeout=30_000)
        expect(page.locator("html")).to_have_css("color-scheme", scheme)
        expect(page.get_by_text("HTCondor ok")).to_be_visible(timeout=60_000)
        expect(starting).to_have_count(0)
        assert self.process.children(recursive=True)
        try:
            yield page
        finally:
            page.close(run_before_unload=True)
            awaited(lambda: not self.process.children(recursive=True), "the end of kernel and workers", 30)
            context.close()

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:", "about:")):
            self.wrong.append(f"foreign request: {url}")


@pytest.fixture
def start(sandbox: Sandbox, browser: Browser, tmp_path: Path) -> Iterator[Start]:
    """Start a server; at the end no page may have met an error or asked another host."""
    templates = tmp_path / "jupyter" / "voila" / "templates"
    templates.mkdir(parents=True)
    (templates / "cygnet").symlink_to(resource("assets/voila"))
    environment = {
        **os.environ,
        "CYGNET_SETTINGS": str(sandbox.settings_file("alice")),
        "JUPYTER_PATH": str(tmp_path / "jupyter"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
    }
    servers = []

    def start(module: str, *options: str, prefix: str = "/") -> Server:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        with (tmp_path / f"{module}.log").open("w") as log:
            command = [sys.executable, "-m", module, f"--port={port}", "--no-browser", *options]
            process = psutil.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        server = Server(process, f"http://127.0.0.1:{port}{prefix}", browser)
        servers.append(server)

        def answers() -> bool:
            try:
                return bool(urllib.request.urlopen(f"{server.address}voila/static/voila.js", timeout=5).status)
            except OSError:
                return False

        awaited(answers, f"{module}'s start", 90)
        return server

    yield start
    for server in servers:
        server.process.terminate()
        server.process.wait(20)
    assert [server.wrong for server in servers if server.wrong] == []


def link(page: Page, name: str) -> None:
    page.get_by_role("link", name=re.compile(name)).click()


def rules_for_hyy(alice: Workspace) -> list[str]:
    rules = alice.rules.frame()
    return list(rules.index[rules["did"] == HYY])


def told(alice: Workspace, item: str) -> list[str]:
    """The actions on this job or rule, of the audit log."""
    return sorted(str(entry["action"]) for entry in alice.audit.recent(50) if [item, "done", ""] in entry["items"])  # type: ignore[operator]


def seen_after(alice: Workspace, act: str, row: Locator) -> float:
    """Seconds until the page shows what was done to a job by somebody else."""
    job = row.inner_text().split()[0]
    getattr(alice, act)(job)
    acted = time.monotonic()
    awaited(lambda: ("Held" in row.inner_text()) == (act == "hold"), act, 30)
    return time.monotonic() - acted


def test_jobs_by_voila_itself(start: Start, alice: Workspace) -> None:
    server = start("voila", "--Voila.ip=127.0.0.1", str(resource("apps/jobs.ipynb")))
    with server.page("?page=submit") as page:
        batch = submitted(page)
        button(page, "Show the batch").click()
        expect(page.locator(f'tr[data-id="{batch}"]')).to_be_visible(timeout=10_000)
        page.wait_for_url(re.compile(f"page=jobs&batch={batch}"))
        assert len(mine(alice, batch)) == 3  # the double click submitted once

    with server.page(f"?page=jobs&batch={batch}") as page:
        expect(button(page, "Remove 3…")).to_be_visible(timeout=20_000)  # the deep link opened the batch
        awaited(lambda: states(alice, batch) == {"running"}, "the jobs' start")
        running = page.get_by_role("group", name="Jobs by state").get_by_role("button", name=re.compile("^Running"))
        running.click()
        expect(running).to_have_attribute("aria-pressed", "true")
        page.wait_for_url(re.compile("state=running"))
        running.click()
        expect(running).to_have_attribute("aria-pressed", "false")
        page.wait_for_url(re.compile(f"batch={batch}$"))

        page.get_by_role("tab", name=re.compile("^Jobs")).click()
        rows = page.get_by_role("grid", name="Jobs").get_by_role("row")
        for job in (f"{batch}.0", f"{batch}.1"):
            rows.filter(has_text=job).get_by_role("checkbox").click()
        expect(page.get_by_text("2 selected")).to_be_visible(timeout=20_000)
        button(page, "Hold 2…").click()
        page.locator(".cy-action").get_by_role("button", name="Hold 2", exact=True).dblclick()
        expect(page.get_by_text("Hold: 2 done.")).to_be_visible(timeout=20_000)
        states_by_job = dict.fromkeys((f"{batch}.0", f"{batch}.1"), "held") | {f"{batch}.2": "running"}
        awaited(lambda: mine(alice, batch)["state"].to_dict() == states_by_job, "the hold of what was selected")
        button(page, "Close").click()

        # What somebody else does is seen with the next tick and two seconds; a machine may be busy once.
        took = [seen_after(alice, act, rows.filter(has_text=f"{batch}.2")) for act in ("hold", "release", "hold")]
        assert median(took) < alice.settings.htcondor.interval + 2

        for job in (f"{batch}.0", f"{batch}.1"):
            rows.filter(has_text=job).get_by_role("checkbox").click()
        button(page, "Remove 3…").click()
        page.locator(".cy-action").get_by_role("button", name="Remove 3", exact=True).dblclick()
        expect(page.get_by_text("Remove: 3 done.")).to_be_visible(timeout=20_000)
        awaited(lambda: states(alice, batch) == {"removed"}, "the removal")
        assert told(alice, f"{batch}.0") == ["hold", "remove"]

        link(page, "Overview")
        page.wait_for_url(re.compile("page=overview"))
        page.go_back()
        expect(page.get_by_role("grid", name="Batches")).to_be_visible()


def test_data_inside_a_jupyter_server(start: Start, alice: Workspace, tmp_path: Path) -> None:
    options = ["--ServerApp.ip=127.0.0.1", "--allow-root", "--IdentityProvider.token=", "--ServerApp.password="]
    options += ["--ServerApp.base_url=/user/alice/", f"--ServerApp.root_dir={tmp_path}"]
    notebook = json.loads(resource("apps/data.ipynb").read_text())
    notebook["cells"].append({**notebook["cells"][0], "id": "wrong", "source": "no_such_name"})
    (tmp_path / "data.ipynb").write_text(json.dumps(notebook))
    server = start("jupyter_server", *options, prefix="/user/alice/")
    with server.page("voila/render/data.ipynb", scheme="dark") as page:
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert sum(int(part) for part in re.findall(r"\d+", ground)[:3]) < 300
        expect(page.get_by_text("There was an error when executing cell")).to_be_visible()
        before = set(rules_for_hyy(alice))
        button(page, "Stage data…").click()
        page.get_by_label("Data identifier (DID)").fill(HYY)
        page.get_by_label("To: RSE or RSE expression").fill("LAB-SCRATCH")
        expect(page.get_by_text(re.compile("LAB-SCRATCH.*left"))).to_be_visible()
        page.get_by_label("Lifetime").fill("2h")
        button(page, "Stage").dblclick()
        row = page.get_by_role("row").filter(has_text="Hyy").filter(has_text="LAB-SCRATCH").first
        expect(row).to_be_visible(timeout=20_000)
        expect(row.get_by_text("OK", exact=True)).to_be_visible(timeout=60_000)
        [rule] = awaited(lambda: set(rules_for_hyy(alice)) - before or None, "the rule")
        button(page, "Delete rule…").click()
        page.locator(".cy-action").get_by_role("button", name="Delete rule", exact=True).dblclick()
        expect(row).to_be_hidden(timeout=60_000)
        awaited(lambda: rule not in alice.rules.frame().index, "the rule's end")
        assert told(alice, rule) == ["delete", "stage"]

"""The dashboard from JupyterLab's launcher, behind a hub's prefix: one environment, and SWAN's two."""

import json
import os
import re
import socket
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import pytest
from playwright.sync_api import Browser, ConsoleMessage, FrameLocator, Page, expect

from dashboard.sandbox import Sandbox
from dashboard.workspace import Workspace
from tests.awaiting import awaited

ROOT = Path(__file__).parents[2]
PREFIX = "/user/alice/"

Lab = Callable[..., AbstractContextManager[tuple[str, psutil.Process]]]


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def labs_own(said: ConsoleMessage) -> bool:
    """Whether JupyterLab complains of its own channel, as it does when its server ends before the browser."""
    return "/api/events/subscribe" in said.text


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """JupyterLab of an environment, as a hub starts it for alice: its address (with the token), and its process."""

    @contextmanager
    def lab(python: Path, **variables: str) -> Iterator[tuple[str, psutil.Process]]:
        port = free_port()
        own = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")}
        command = [python, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
        command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.base_url={PREFIX}", "--IdentityProvider.token=secret"]
        command += [f"--ServerApp.root_dir={tmp_path}", "--LabApp.news_url="]
        command += ["--expose-app-in-browser"]
        environment = {**os.environ, **own, "TMPDIR": str(tmp_path), "JUPYTERHUB_SERVICE_PREFIX": PREFIX, **variables}
        with subprocess.Popen(command, env=environment, cwd=tmp_path) as server:

            def up() -> bool:
                assert server.poll() is None
                try:
                    urlopen(f"http://127.0.0.1:{port}{PREFIX}api", timeout=5).close()
                except OSError:
                    return False
                return True

            try:
                awaited(up, "JupyterLab", 90)
                yield f"http://127.0.0.1:{port}{PREFIX}lab?token=secret", psutil.Process(server.pid)
            finally:
                server.terminate()

    return lab


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[[str], tuple[Page, FrameLocator]]]:
    """Click the card; what was wrong in the browser meanwhile fails the test."""
    wrong: list[str] = []
    pages: list[Page] = []

    def opened(address: str) -> tuple[Page, FrameLocator]:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        pages.append(page)
        page.set_default_timeout(60_000)
        host = address.split("/")[2]
        page.on("request", lambda asked: foreign(asked.url, host))
        page.on("pageerror", lambda error: wrong.append(f"script: {error.stack or error}"))
        page.on(
            "console",
            lambda said: (
                wrong.append(f"{said.text} at {said.location}") if said.type == "error" and not labs_own(said) else None
            ),
        )
        page.goto(address)
        page.locator(".jp-LauncherCard", has_text="Cygnet").click()
        frame = page.frame_locator("iframe[src*=cygnet]")
        expect(frame.get_by_text("HTCondor ok")).to_be_visible(timeout=60_000)
        return page, frame

    def foreign(url: str, host: str) -> None:
        if not url.startswith(("data:", "blob:", f"http://{host}{PREFIX}")):
            wrong.append(f"foreign request: {url}")

    yield opened
    for page in pages:
        page.close()
    assert wrong == []


def wear(page: Page, theme: str) -> None:
    """Choose a theme of JupyterLab, as its menu does."""
    # JupyterLab's own script fails when a theme is chosen before its picture of the former choice has faded.
    expect(page.locator("#jupyterlab-splash")).to_have_count(0)
    page.evaluate(f"jupyterapp.commands.execute('apputils:change-theme', {{ theme: 'JupyterLab {theme}' }})")


def expect_colours(frame: FrameLocator, scheme: str) -> None:
    expect(frame.locator("html")).to_have_css("color-scheme", scheme)


def at_the_door(address: str) -> bool:
    """Whether the door is kept, and nobody has knocked: the dashboard has an icon, the door none."""
    try:
        with urlopen(address.replace("lab?", "cygnet/favicon.ico?"), timeout=10) as answer:
            return bool(answer.status == HTTPStatus.NO_CONTENT)
    except HTTPError:
        return False  # just between the two


def dashboards(server: psutil.Process) -> list[psutil.Process]:
    """Processes of `cygnet serve` below a Jupyter server."""
    found = []
    for child in server.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            if "serve" in child.cmdline():
                found.append(child)
    return found


def test_the_card_opens_the_live_page_in_a_tab(
    lab: Lab, opened: Callable[[str], tuple[Page, FrameLocator]], sandbox: Sandbox, alice: Workspace
) -> None:
    batch = alice.submit("executable = /bin/sleep\narguments = 300\nbatch_name = launched\nqueue 2\n").batch
    settings = str(sandbox.settings_file("alice"))
    with lab(Path(sys.executable), CYGNET_SETTINGS=settings, CYGNET_IDLE_MINUTES="0.5") as (address, server):
        page, frame = opened(address)
        [dashboard] = dashboards(server)
        assert [
            c
            for p in (dashboard, *dashboard.children(recursive=True))
            for c in p.net_connections("tcp")
            if c.status == "LISTEN"
        ] == []
        [folder] = {Path(c.laddr).parent for c in dashboard.net_connections("unix") if c.laddr}
        assert folder.stat().st_mode & 0o077 == 0

        frame.get_by_role("navigation").get_by_role("link", name=re.compile("Jobs")).click()
        frame.get_by_role("row").filter(has_text=batch).filter(has_text="launched").click()
        frame.get_by_role("button", name="Remove 2…").click()
        frame.locator(".cy-action").get_by_role("button", name="Remove 2", exact=True).dblclick()
        expect(frame.get_by_text("Remove: 2 done.")).to_be_visible()
        done = [entry for entry in alice.audit.recent(20) if [f"{batch}.0", "done", ""] in entry["items"]]  # type: ignore[operator]
        assert [entry["action"] for entry in done] == ["remove"]

        wear(page, "Dark")
        expect_colours(frame, "dark")
        frame.get_by_role("button", name="Light", exact=True).click()
        expect_colours(frame, "light")
        frame.get_by_role("button", name="Dark", exact=True).click()
        wear(page, "Light")
        expect_colours(frame, "light")

        wear(page, "Dark")
        page.get_by_role("tab", name="Cygnet").locator(".lm-TabBar-tabCloseIcon").click()
        awaited(lambda: at_the_door(address), "the end of the unused dashboard", 120)
        assert not dashboards(server)
        page.locator(".jp-LauncherCard", has_text="Cygnet").click()
        expect(frame.get_by_text("Cygnet is starting…")).to_be_visible()
        expect_colours(frame, "dark")
        expect(frame.get_by_text("HTCondor ok")).to_be_visible(timeout=60_000)
        expect_colours(frame, "dark")
        page.close()  # it would complain of a server that is gone
        all_of_it = server.children(recursive=True)
        server.kill()
        assert psutil.wait_procs(all_of_it, timeout=20)[1] == []


@pytest.fixture
def server_python(tmp_path: Path) -> Path:
    """Python of SWAN's server: Jupyter, and Cygnet without what it needs. Made of links to this environment."""
    folder = tmp_path / "server"
    venv.create(folder)
    python = folder / "bin" / "python"
    mine, own = (Path(sysconfig.get_path("purelib", vars={"base": str(base)})) for base in (sys.prefix, folder))
    kept_out = re.compile(
        r"panel|bokeh|htcondor|rucio|classad|pandas|numpy|holoviews|param\b|cygnet|dashboard|_|.*\.pth$"
    )
    for path in mine.iterdir():
        if not kept_out.match(path.name):
            (own / path.name).symlink_to(path)
    for name in ("share", "etc"):
        (folder / name).symlink_to(Path(sys.prefix, name))
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*install, "--target", own, ROOT], check=True)
    return python


@pytest.mark.timeout(600)
def test_swan_has_one_python_for_its_server_and_another_for_its_kernels(
    lab: Lab,
    opened: Callable[[str], tuple[Page, FrameLocator]],
    server_python: Path,
    sandbox: Sandbox,
    tmp_path: Path,
) -> None:
    told = subprocess.run([server_python, "-c", "import panel"], env={}, check=False, capture_output=True)
    assert told.returncode, "the server's environment must be poor for this test to mean anything"
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
        "env": {
            "CYGNET_SETTINGS": str(sandbox.settings_file("alice")),
            "BRACES": "{not a template}",
            "PYTHONPATH": str(ROOT),
        },
    }
    kernels = tmp_path / "jupyter" / "kernels" / "python3"
    kernels.mkdir(parents=True)
    (kernels / "kernel.json").write_text(json.dumps(spec))
    rucio = tmp_path / "rucio" / "etc"
    rucio.mkdir(parents=True)
    (rucio / "rucio.cfg").touch()
    for path in (rucio / "rucio.cfg", rucio, rucio.parent):
        path.chmod(0o555 if path.is_dir() else 0o444)
    swan = {
        "PYTHONNOUSERSITE": "1",
        "JUPYTER_PATH": str(tmp_path / "jupyter"),
        "CERN_HTCONDOR": "true",
        "KRB5CCNAME": str(tmp_path / "krb5cc_server"),
        "KRB5CCNAME_NB_TERM": str(tmp_path / "krb5cc_notebooks"),
        "RUCIO_HOME": str(rucio.parent),
        "SWAN_USE_RUCIO": "true",
        "SWAN_RUCIO_RSE": "LAB-SCRATCH",
        "SWAN_RUCIO_RSE_PATH": "/eos/lab",
        "SWAN_RUCIO_RSE_PATH_BEGINS_AT": "4",
    }
    with lab(server_python, **swan) as (address, server):
        page, frame = opened(address)
        expect(frame.get_by_text("Rucio ok")).to_be_visible()
        [dashboard] = dashboards(server)
        assert dashboard.cmdline()[0] == sys.executable
        environment = dashboard.environ()
        assert environment["KRB5CCNAME"] == swan["KRB5CCNAME_NB_TERM"]
        assert environment["BRACES"] == "{not a template}"
        assert sorted(path.name for path in rucio.parent.rglob("*")) == ["etc", "rucio.cfg"]
        page.close()  # it would complain of a server that is gone
    awaited(lambda: not dashboard.is_running(), "the end with the server", 20)

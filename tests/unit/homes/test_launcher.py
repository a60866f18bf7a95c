"""The launcher's card, whose Python the dashboard runs in, and the door it is started behind."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from dashboard.homes import launcher
from dashboard.homes.doorkeeper import reason
from tests.awaiting import awaited

HEAVY = {"panel", "bokeh", "param", "pandas", "numpy", "htcondor2", "rucio", "tornado", "jupyter_client", "requests"}


def test_the_card_is_what_jupyter_server_proxy_asks_for() -> None:
    [point] = entry_points(group="jupyter_serverproxy_servers", name="cygnet")
    card = point.load()()
    assert card["unix_socket"] is True, "no port is open to other users"
    assert card["new_browser_tab"] is False
    assert Path(card["launcher_entry"]["icon_path"]).read_text().startswith("<svg")
    command = [part.format(unix_socket="/run/x/socket", port=0, base_url="/") for part in card["command"]]
    assert command == [sys.executable, "-P", "-m", "dashboard.homes.doorkeeper", "/run/x/socket", str(os.getpid())]


@pytest.mark.parametrize("module", ["launcher", "doorkeeper"])
def test_the_jupyter_server_needs_nothing_of_what_cygnet_needs(module: str) -> None:
    code = f"import sys; from dashboard.homes import {module}, launcher; launcher.setup(); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert not set(told.split()) & HEAVY


def test_a_complete_environment_runs_the_dashboard_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KRB5CCNAME_NB_TERM", raising=False)
    assert launcher.kernel() == (sys.executable, dict(os.environ))


@pytest.mark.parametrize(("python", "wanted"), [("/opt/view/bin/python3", "/opt/view/bin/python3"), ("python", "")])
def test_an_incomplete_one_has_the_notebooks_python_do_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, python: str, wanted: str
) -> None:
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    spec = {
        "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
        "env": {"PYTHONPATH": "/opt/view/lib:${OWN}", "ODD": "{braces} and $5", "LD_LIBRARY_PATH": "/opt/view/lib"},
    }
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setattr(launcher, "NEEDED", ("no_such_module",))
    for name, value in {
        "JUPYTER_PATH": str(tmp_path),
        "OWN": "/eos/user/a/alice/lib",
        "KRB5CCNAME": "/srv/server",
        "KRB5CCNAME_NB_TERM": "/srv/notebooks",
        "CONDOR_CONFIG": "/srv/condor_config",
    }.items():
        monkeypatch.setenv(name, value)
    found, environment = launcher.kernel()
    assert found == (wanted or sys.executable)
    assert environment["PYTHONPATH"] == "/opt/view/lib:/eos/user/a/alice/lib"
    assert environment["ODD"] == "{braces} and $5"
    assert environment["KRB5CCNAME"] == "/srv/notebooks", "the cache that kinit in a terminal renews"
    assert environment["CONDOR_CONFIG"] == "/srv/condor_config"


def test_why_it_ended_is_said_in_words() -> None:
    missing = "/opt/bin/python3: Error while finding module specification (ModuleNotFoundError: No module named 'x')"
    assert reason("/opt/bin/python3", missing).startswith(
        "Your notebooks' Python lacks Cygnet: run “/opt/bin/python3 -m"
    )
    assert reason("python", "warning\ncygnet: The file is wrong.\n") == "Cygnet has ended: The file is wrong."


class Socket(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


def asked(path: Path, what: str) -> tuple[int, str]:
    def answer() -> tuple[int, str] | None:
        with closing(Socket(path)) as connection:
            try:
                connection.request("GET", what)
                answer = connection.getresponse()
                return answer.status, answer.read().decode(errors="replace")  # an icon is no text
            except ConnectionError:
                return None  # just between the door and the dashboard

    return awaited(answer, "an answer", 60)


def page(path: Path) -> str:
    status, text = asked(path, "/?page=jobs")
    assert status == 200
    return text


def news(path: Path) -> bool:
    """Whether a page that waits would load anew."""
    status, _ = asked(path, "/favicon.ico")
    assert status in (200, 204)
    return status == 200


def dashboards(folder: Path) -> list[str]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_text().split("\0")
        except OSError:
            continue
        if "serve" in words and str(folder / "dashboard") in words:
            found.append(file.parent.name)
    return found


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Path]:
    """Socket of a doorkeeper whose dashboard cannot start until the settings file is written."""
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)
    command = [sys.executable, "-P", "-m", "dashboard.homes.doorkeeper", folder / "socket", str(os.getpid())]
    environment = {**os.environ, "CYGNET_SETTINGS": str(tmp_path / "settings.toml"), "CYGNET_IDLE_MINUTES": "0.2"}
    with subprocess.Popen(command, env=environment) as keeper:
        awaited((folder / "socket").exists, "the socket", 30)
        yield folder / "socket"
        keeper.terminate()
        assert keeper.wait(30) == 0
    assert not folder.exists()
    awaited(lambda: not dashboards(folder), "the end of the dashboard", 10)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_knock_starts_it_and_disuse_ends_it(door: Path, tmp_path: Path) -> None:
    assert not news(door)
    assert dashboards(door.parent) == [], "who only waits starts nothing"
    assert "is starting" in page(door)
    awaited(lambda: news(door), "the reason", 60)
    wrong = page(door)
    assert "settings.toml is not there" in wrong
    assert "favicon" not in wrong, "it is not started over and over"

    (tmp_path / "settings.toml").write_text(f'[state]\nfolder = "{tmp_path}"\n')
    assert "is starting" in page(door)
    awaited(lambda: news(door), "the dashboard", 60)
    assert "bokeh" in page(door)
    assert len(dashboards(door.parent)) == 1
    awaited(lambda: not dashboards(door.parent), "the end of the unused dashboard", 60)
    assert "is starting" in page(door), "and so on"

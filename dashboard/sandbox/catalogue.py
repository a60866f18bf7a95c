"""The Rucio engine of the sandbox: a real Rucio server and its daemons, private, on the loopback interface."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from dashboard.sandbox import grid, installation, postgresql, rucio_config
from dashboard.sandbox.engine import DATABASES, Database, Report, free_port
from dashboard.sandbox.unavailable import Unavailable

DATABASE = "database"
"""Name of PostgreSQL among the processes."""

IN_SERVER = Path(__file__).parent / "in_server"
START_DEADLINE = 90.0  # s until the server must answer
STOP_DEADLINE = 3.0  # s a process has to end by itself
BANDWIDTH = 4_000_000.0  # bytes/s to one storage element


class Catalogue:
    """A Rucio server, its daemons and its storage, all in one folder.

    Parameters
    ----------
    folder
        The sandbox's folder: the state goes to `rucio/`, the storage elements to `rse/`.
    report
        Told each step that takes over a second, in words.
    database
        What keeps its tables, "sqlite" or "postgresql" (for many rules and files), both in the folder; by default what
        it has been before, SQLite at first.
    """

    name = "rucio"

    def __init__(self, folder: Path, report: Report, database: Database | None = None) -> None:
        self._folder = folder.resolve()
        self._home = self._folder / "rucio"
        self._report = report
        self._database = database
        self._port: int | None = None
        self._python: Path | None = None
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def settings(self, user: str) -> dict[str, Any]:
        """Return the `[rucio]` table of the settings file for "alice" or "bob"; works before `up`."""
        return {
            "enabled": True,
            "host": self._address(),
            "auth_host": self._address(),
            "account": user,
            "auth_type": "userpass",
            "username": user,
            "password": self._passwords()[user],
            "interval": 2.0,
            "deadline": 8.0,
            "mounts": grid.mounts(self._folder),
        }

    def up(self) -> None:
        """Install what is missing, start everything, return when the server answers.

        Raises
        ------
        Unavailable
            The engine cannot be had on this machine.
        """
        self._python = installation.python_of_server(self._report)
        (self._home / "log").mkdir(parents=True, exist_ok=True)
        if self._choose_database() == "postgresql":
            self._start_postgresql()
        self._prepare()
        if not (self._home / "ready").exists():
            self._build()
        self._report("Rucio: starting the server…")
        self._start("daemons", [str(IN_SERVER / "daemons.py"), str(self._transfers())])
        self.start_server()

    def down(self) -> None:
        """End the server and the daemons; no process is left."""
        for name, process in self._running.items():
            if name != DATABASE:
                _ask(process, signal.SIGTERM)
        for name in sorted(self._running, key=DATABASE.__eq__):  # what the others write to ends last
            self._end(name)

    def start_server(self) -> None:
        """Start the server alone, and wait until it answers."""
        self._start("server", ["-m", "gunicorn", "-c", str(IN_SERVER / "server.py")])
        self._await_answer()

    def stop_server(self) -> None:
        """End the server alone, as when a site's Rucio goes down; the daemons go on."""
        self._end("server")

    def pids(self) -> dict[str, int]:
        """Return the process ids of what runs: `server`, `daemons`, and `database` where it is a process."""
        return {name: process.pid for name, process in self._running.items() if process.poll() is None}

    def set_transfers(self, bandwidth_bytes_per_s: float = BANDWIDTH, failure_rate: float = 0.0) -> None:
        """Set how fast files go to one storage element and the share (0–1) that gets stuck, from the next file on."""
        wanted = {"bandwidth": bandwidth_bytes_per_s, "failure_rate": failure_rate}
        _write(self._home / "transfers.json", json.dumps(wanted))

    def fill(self, rules: int, files: int) -> None:
        """Give alice so many more rules, and one dataset of so many files, for tests of scale (`in_server/many.py`)."""
        process = self._start("fill", [str(IN_SERVER / "many.py"), str(rules), str(files)])
        code = process.wait()
        self._end("fill")
        if code:
            raise Unavailable(f"Rucio's database cannot be filled: {self._last_words('fill')}.")

    def _transfers(self) -> Path:
        path = self._home / "transfers.json"
        if not path.exists():
            self.set_transfers()
        return path

    def _address(self) -> str:
        if self._port is None:
            self._home.mkdir(parents=True, exist_ok=True)
            self._port = _choose_port(self._home / "port")
        return f"http://127.0.0.1:{self._port}"

    def _passwords(self) -> dict[str, str]:
        # The server listens on the loopback interface, which other users of this machine share.
        path = self._home / "passwords.json"
        if not path.exists():
            self._home.mkdir(parents=True, exist_ok=True)
            made = {name: secrets.token_urlsafe(12) for name in ("root", *grid.ACCOUNTS)}
            _write(path, json.dumps(made), mode=0o600)
        passwords: dict[str, str] = json.loads(path.read_text())
        return passwords

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RUCIO_", "PYTHON"))}
        own = {
            "RUCIO_HOME": str(self._home),
            "RUCIO_CONFIG": str(self._home / "etc" / "rucio.cfg"),
            "CYGNET_SANDBOX_PORT": self._address().rpartition(":")[2],
            "PYTHONPATH": str(IN_SERVER),
        }
        return inherited | own

    def _prepare(self) -> None:
        if "%" in str(self._folder):
            raise Unavailable(f"Rucio cannot run in a folder with a % in its name: {self._folder}. Choose another one.")
        for element in grid.STORAGE:
            path = grid.folder_of(self._folder, element.name)
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o755)  # jobs run as other users
        rucio = next(self._server_python().parents[1].glob("lib/python*/site-packages/rucio"))
        files = rucio_config.files(self._home, rucio, self._database_url(), self._passwords()["root"])
        for name, text in files.items():
            _write(self._home / "etc" / name, text, mode=0o600)

    def _choose_database(self) -> str:
        kept = self._home / "database"
        if not (self._home / "ready").exists():
            shutil.rmtree(self._home / "postgresql", ignore_errors=True)  # half-made ones are begun again
        else:
            was = kept.read_text() if kept.exists() else "sqlite"
            if self._database not in (None, was):
                raise Unavailable(f"This sandbox's Rucio keeps its tables in {was}: begin anew with --fresh to change.")
            self._database = next(name for name in DATABASES if name == was)
        self._database = self._database or "sqlite"
        _write(kept, self._database)
        return self._database

    def _start_postgresql(self) -> None:
        programs = postgresql.programs(self._report)
        installation.add_postgresql(self._server_python(), self._report)
        self._report("Rucio: starting PostgreSQL…")
        folder = self._home / "postgresql"
        postgresql.prepare(folder)
        self._run(DATABASE, postgresql.command(programs, folder))
        deadline = time.monotonic() + START_DEADLINE
        while not postgresql.answers(programs, folder):
            if self._running[DATABASE].poll() is not None or time.monotonic() > deadline:
                self.down()
                raise Unavailable(f"PostgreSQL does not start: {self._last_words(DATABASE)}.")
            time.sleep(0.1)

    def _database_url(self) -> str:
        if self._database == "postgresql":
            return postgresql.url(self._home / "postgresql")
        return f"sqlite:///{self._home / 'rucio.db'}?timeout=30"

    def _build(self) -> None:
        self._report("Rucio: making the database…")
        if self._database == "sqlite":
            database = self._home / "rucio.db"
            database.unlink(missing_ok=True)
            with sqlite3.connect(database) as connection:
                connection.execute("PRAGMA journal_mode=WAL")  # readers do not wait for the daemons
            connection.close()
        content = self._home / "content.json"
        _write(content, json.dumps(grid.content(self._folder, self._passwords())), mode=0o600)
        process = self._start("bootstrap", [str(IN_SERVER / "bootstrap.py"), str(content)])
        code = process.wait()
        self._end("bootstrap")
        if code:
            raise Unavailable(f"Rucio's database cannot be made: {self._last_words('bootstrap')}.")
        (self._home / "ready").touch()

    def _server_python(self) -> Path:
        if self._python is None:
            self._python = installation.python_of_server(self._report)
        return self._python

    def _start(self, name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        return self._run(name, [str(self._server_python()), *arguments])

    def _run(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._home / "log" / f"{name}.log").open("ab") as log:
            # stdin is the child's lifeline: it ends itself when the pipe closes, that is, when this process is gone.
            self._running[name] = subprocess.Popen(
                command,
                cwd=self._home,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._running[name]

    def _end(self, name: str) -> None:
        process = self._running.pop(name, None)
        if process is None:
            return
        _ask(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_DEADLINE)
        _ask(process, signal.SIGKILL)
        process.wait()
        if process.stdin:
            process.stdin.close()

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_DEADLINE
        while not _answers(self._address()):
            if self._running["server"].poll() is not None or time.monotonic() > deadline:
                self.down()
                raise Unavailable(f"The Rucio server does not start: {self._last_words('server')}.")
            time.sleep(0.1)

    def _last_words(self, name: str) -> str:
        log = self._home / "log" / f"{name}.log"
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        return f"{lines[-1].strip() if lines else 'no message'} (log: {log})"


def _ask(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # The whole group: gunicorn's workers too. The group outlives its leader, so an ended leader does not stop us.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/ping", timeout=2) as answer:  # noqa: S310
            return bool(json.load(answer).get("version"))
    except (OSError, ValueError):
        return False


def _choose_port(memory: Path) -> int:
    # A port once chosen is kept, so that settings files stay true from one start to the next.
    if memory.exists():
        port = int(memory.read_text())
        if _is_free(port) or _answers(f"http://127.0.0.1:{port}"):
            return port
    port = free_port()
    _write(memory, str(port))
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.touch(mode)
    part.write_text(text)
    part.replace(path)

"""The one process that keeps a sandbox: starts its engines, says how they are, and takes them all down with it."""

import argparse
import fcntl
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import tomli_w

from dashboard.sandbox.engine import DATABASES, Database, Engine, Report, leash, listening
from dashboard.sandbox.lifecycle import ENGINES, LOCK, LOG, PROGRESS, STATUS, settings_file
from dashboard.sandbox.status import EngineStatus, Seed, State, Status, now
from dashboard.sandbox.unavailable import Unavailable

USERS = ("alice", "bob")
TITLES = {"htcondor": "HTCondor", "rucio": "Rucio"}
SEEDED = {"htcondor": ("alice", "bob"), "rucio": ("alice",)}
"""Whose example content an engine gets; a program for each, since a client's configuration is per process."""

LOOK = 1.0
"""Seconds between two looks at whether an engine still listens."""

STOP = 30.0
"""Seconds engines get to end; then the keeper ends all the same, and they with it."""


def engine(name: str, folder: Path, report: Report, database: Database | None) -> Engine:
    """Return the engine called `name`, Rucio with this database; only those asked for are imported."""
    if name == "htcondor":
        from dashboard.sandbox.pool import Pool

        return Pool(folder, report)
    from dashboard.sandbox.catalogue import Catalogue

    return Catalogue(folder, report, database)


class Board:
    """The status file and the progress log, written by several threads."""

    def __init__(self, folder: Path, names: list[str], seeded: bool) -> None:
        self._file = folder / STATUS
        self._log = (folder / PROGRESS).open("w", buffering=1)
        self._lock = threading.Lock()
        start = EngineStatus("starting", since=now(), seed="waiting" if seeded else "off")
        self._status = Status(settings_file(folder, "alice"), dict.fromkeys(names, start), os.getpid())

    def publish(self) -> None:
        """Write the status file as it now is."""
        with self._lock:
            self._status.write(self._file)

    def state(self, name: str) -> State:
        """Return the state of the engine `name`."""
        return self._status.engines[name].state

    def address(self, name: str) -> str:
        """Return where the engine `name` answers."""
        return self._status.engines[name].address

    def note(
        self,
        name: str,
        *,
        state: State | None = None,
        message: str | None = None,
        address: str | None = None,
        seed: Seed | None = None,
    ) -> None:
        """Change what is said of the engine `name`; a message is also a line of progress."""
        with self._lock:
            old = self._status.engines[name]
            new = replace(
                old,
                state=state or old.state,
                message=old.message if message is None else message,
                address=address or old.address,
                since=now() if state and state != old.state else old.since,
                seed=seed or old.seed,
            )
            self._status = replace(self._status, engines=self._status.engines | {name: new})
            self._status.write(self._file)
            if message:
                self._log.write(message + "\n")


class Keeper:
    """The engines of one sandbox, each in a thread that lives as long as the engine does."""

    def __init__(self, folder: Path, names: list[str], seeded: bool, database: Database | None = None) -> None:
        self.folder = folder
        self.board = Board(folder, names, seeded)
        self.engines = {name: engine(name, folder, self._report(name), database) for name in names}
        self._seeded = seeded
        self._stop = threading.Event()
        self._threads = {name: threading.Thread(target=self._keep, args=(name,), daemon=True) for name in names}

    def start(self) -> None:
        """Write the settings files, then start every engine."""
        for user in USERS:
            self._write_settings(user)
        self.board.publish()
        for thread in self._threads.values():
            thread.start()

    def stop(self) -> None:
        """Take down what is up; an engine still starting is left to the leash, and ends with this process."""
        self._stop.set()
        for name, thread in self._threads.items():
            if self.board.state(name) != "starting":
                thread.join(STOP)

    def _report(self, name: str) -> Report:
        return lambda line: self.board.note(name, message=line)

    def _write_settings(self, user: str) -> None:
        state = self.folder / f"state-{user}"
        state.mkdir(exist_ok=True, mode=0o700)
        tables = {name: {"enabled": False} for name in ENGINES}
        for name, it in self.engines.items():
            tables[name] = it.settings(user)
            self.board.note(name, address=str(tables[name]["pool" if name == "htcondor" else "host"]))
        with tempfile.NamedTemporaryFile("wb", dir=self.folder, delete=False) as new:  # mode 600: it holds a password
            tomli_w.dump(tables | {"state": {"folder": str(state)}}, new)
        Path(new.name).replace(settings_file(self.folder, user))

    def _keep(self, name: str) -> None:
        """Run one engine: up, seed, look after it, down. Never returns with the engine still called starting."""
        it, title = self.engines[name], TITLES[name]
        try:
            it.up()
        except Unavailable as problem:
            self.board.note(name, state="unavailable", message=str(problem))
            return
        except Exception:  # a mistake of ours: the traceback goes to the log, a sentence to the person
            self.board.note(name, state="down", message=f"{title} could not be started: see {self.folder / LOG}.")
            raise
        self.board.note(name, state="ok", message=f"{title}: ready.")
        if self._seeded:
            threading.Thread(target=self._sow, args=(name,), daemon=True).start()
        while not self._stop.wait(LOOK):
            self._look(name)
        it.down()
        self.board.note(name, state="down", message=f"{title}: stopped.")

    def _look(self, name: str) -> None:
        address = self.board.address(name)
        there = listening(urlsplit(address if "://" in address else f"//{address}").port or 0)
        if there != (self.board.state(name) == "ok"):
            what = "answers again" if there else "has ended"
            self.board.note(name, state="ok" if there else "down", message=f"{TITLES[name]} {what}.")

    def _sow(self, name: str) -> None:
        """Fill an engine with its example content."""
        title = TITLES[name]
        self.board.note(name, seed="running")
        failed = False
        for user in SEEDED[name]:
            command = [sys.executable, "-m", "dashboard.sandbox.seed", name]
            command += ["--settings", str(settings_file(self.folder, user))]
            with subprocess.Popen(
                leash(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
            ) as process:
                for line in process.stdout or ():
                    self.board.note(name, message=line.strip())
            failed |= process.returncode != 0
        if failed:
            self.board.note(name, seed="failed", message=f"{title}: no example content: see {self.folder / LOG}.")
        else:
            self.board.note(name, seed="done", message=f"{title}: example content is there.")


def await_end(tied: bool) -> None:
    """Return on SIGTERM, SIGINT or SIGHUP, and, when `tied`, when the other end of our standard input is gone."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # what counts is the byte on the pipe
    sources: list[int | IO[str]] = [woken, sys.stdin] if tied else [woken]
    select.select(sources, [], [])


def take(lock: IO[str]) -> bool:
    """Return whether the lock is ours; someone asking for the status holds it for a moment only."""
    end = time.monotonic() + 2
    while time.monotonic() < end:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def main() -> None:
    """Keep a sandbox until told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--engines", type=lambda text: text.split(","), default=list(ENGINES))
    parser.add_argument("--tied", action="store_true", help="end when standard input ends")
    parser.add_argument("--no-seed", action="store_true", help="leave it empty")
    parser.add_argument("--database", choices=DATABASES, help="what keeps Rucio's tables")
    arguments = parser.parse_args()
    folder: Path = arguments.folder.absolute().resolve()
    os.umask(0o022)  # alice and bob must reach their work; what is secret says so itself
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+") as lock:
        if not take(lock):
            sys.exit(f"the sandbox in {folder} has a keeper already")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        keeper = Keeper(folder, arguments.engines, not arguments.no_seed, arguments.database)
        keeper.start()
        await_end(arguments.tied)
        keeper.stop()
        sys.stdout.flush()
        os._exit(0)  # not waiting for an engine that is still starting


if __name__ == "__main__":
    main()

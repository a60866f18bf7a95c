"""Bringing a sandbox up and down, and asking how it is."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from dashboard.sandbox.engine import Database, Report
from dashboard.sandbox.status import Status
from dashboard.sandbox.unavailable import Unavailable

ENGINES = ("htcondor", "rucio")

STOP = 60.0
"""Seconds the keeper gets to take everything down before it is killed, which takes everything down too."""

BEGIN = 30.0
"""Seconds until the keeper has written the settings files."""

LOCK, LOG, PROGRESS, STATUS = "lock", "keeper.log", "progress.log", "status.json"
"""Files of a sandbox's folder: held by its keeper; what went wrong in it; what it said; what it knows."""


def default_folder() -> Path:
    """Return the sandbox's usual place: the user's state folder (XDG_STATE_HOME)."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "cygnet/sandbox"


def settings_file(folder: Path, user: str) -> Path:
    """Return the settings file of `user` in the sandbox at `folder`; alice is the default person."""
    return folder / ("settings.toml" if user == "alice" else f"settings-{user}.toml")


class Sandbox:
    """A sandbox in `folder`: its engines are run by a keeper process, which any number of these objects may address."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or default_folder()).absolute().resolve()
        self._keeper: subprocess.Popen[bytes] | None = None

    def up(
        self,
        *,
        tied: bool = False,
        wait: bool = True,
        seed: bool = True,
        fresh: bool = False,
        engines: Iterable[str] = ENGINES,
        database: Database | None = None,
        report: Report = print,
    ) -> Status:
        """Start the sandbox, unless it is up.

        Parameters
        ----------
        tied
            It ends with this process, however that ends; otherwise it stays until `down`.
        wait
            Return when every engine has come up or failed, and is seeded; otherwise as soon as the settings files are
            written and its engines are starting.
        seed
            Fill it with example jobs and data, unless they are there.
        fresh
            Forget what it held: jobs, data, everything but its packages.
        engines
            Which of "htcondor" and "rucio".
        database
            What keeps Rucio's tables; by default what did so before, SQLite at first.
        report
            Takes each line of progress.

        Raises
        ------
        Unavailable
            When the folder cannot be used or the keeper does not start. An engine that cannot be had is no error: see
            its status.
        """
        if fresh:
            self.down()
            self._clear()
        if self.status().up:
            report(f"The sandbox in {self.folder} is already up.")
            said = self._relay(report, from_start=False)
        else:
            self._start(tied, seed, engines, database)
            said = self._relay(report, from_start=True)
        while wait and not self.status().settled:
            said()
            time.sleep(0.1)
        said()
        return self.status()

    def down(self) -> None:
        """Stop it, leaving no process and no mount; what it holds stays for the next time."""
        if keeper := self._running():
            _signal(keeper, signal.SIGTERM)
            if not _await(lambda: not self._running(), STOP):
                _signal(keeper, signal.SIGKILL)
                _await(lambda: not self._running(), STOP)
        if self._keeper:
            if self._keeper.stdin:
                self._keeper.stdin.close()
            self._keeper.wait()
            self._keeper = None

    def status(self) -> Status:
        """Return how it is now."""
        status = Status.read(self.folder / STATUS, self.settings_file())
        keeper = self._running()
        return status if keeper and status.keeper == keeper else status.stopped()

    def settings_file(self, user: str = "alice") -> Path:
        """Return the settings file by which Cygnet connects to it as `user` ("alice" or "bob")."""
        return settings_file(self.folder, user)

    def _running(self) -> int:
        """Return the keeper's process id, 0 when none holds the lock."""
        try:
            with (self.folder / LOCK).open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int((self.folder / LOCK).read_text() or 0)
        except FileNotFoundError:
            return 0
        return 0

    def _start(self, tied: bool, seed: bool, engines: Iterable[str], database: Database | None) -> None:
        if self.folder.exists() and not (self.folder / LOCK).exists() and any(self.folder.iterdir()):
            raise Unavailable(f"{self.folder} holds other files: give the sandbox an empty or new folder (--folder).")
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "dashboard.sandbox.keeper", "--folder", str(self.folder)]
        command += ["--engines", ",".join(engines)] + ["--tied"] * tied + ["--no-seed"] * (not seed)
        command += ["--database", database] if database else []
        with (self.folder / LOG).open("w") as log:
            self._keeper = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if tied else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        keeper = self._keeper
        if not _await(lambda: self.status().keeper == keeper.pid or keeper.poll() is not None, BEGIN) or keeper.poll():
            last = ((self.folder / LOG).read_text().strip().splitlines() or ["it said nothing"])[-1]
            raise Unavailable(f"The sandbox's keeper did not start: {last} ({self.folder / LOG}).")

    def _relay(self, report: Report, *, from_start: bool) -> Callable[[], None]:
        """Return a function that passes on what the keeper has said since it was last called."""
        log = self.folder / PROGRESS
        place = 0 if from_start else log.stat().st_size

        def say() -> None:
            nonlocal place
            with log.open("rb") as file:
                file.seek(place)
                lines, end, _ = file.read().rpartition(b"\n")
            place += len(lines + end)
            for line in lines.decode().splitlines():
                report(line)

        return say

    def _clear(self) -> None:
        if (self.folder / LOCK).exists():  # ours, and only ours, may be emptied
            shutil.rmtree(self.folder)


def _signal(process: int, number: signal.Signals) -> None:
    """Signal a process that may have ended meanwhile."""
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return


def _await(true: Callable[[], bool], seconds: float) -> bool:
    """Wait until `true()`, and return whether it came to be."""
    end = time.monotonic() + seconds
    while not (done := true()) and time.monotonic() < end:
        time.sleep(0.05)
    return done

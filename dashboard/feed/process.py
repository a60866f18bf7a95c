"""A worker process seen from its owner: started when needed, asked with a deadline, killed when it does not answer."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import dashboard
from dashboard.domain.health import NAMES
from dashboard.domain.problem import Problem
from dashboard.feed import channel

START_SECONDS = 90.0
"""How long a worker may take to start: importing rucio's client takes seconds, more on a busy machine."""

_ROOT = str(Path(dashboard.__file__).parents[1])

log = logging.getLogger(__name__)


class WorkerProcess:
    """One worker, for one thread (except `interrupt`): on Linux the worker dies with the thread that started it.

    Parameters
    ----------
    name
        Module of ``package`` it runs.
    settings
        What that module's ``connect`` takes.
    package
        Where the module is.
    """

    def __init__(self, name: str, settings: object, package: str = "dashboard.backends") -> None:
        self.name = name
        self.title = NAMES.get(name, name)
        self._module = f"{package}.{name}"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._sock: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """Process id, while it runs."""
        return self._process.pid if self._process else None

    def ask(self, method: str, *args: Any, deadline: float) -> Any:
        """Have the backend call ``method`` and return its answer.

        Parameters
        ----------
        deadline
            Seconds to wait, counted from when the worker is ready.

        Raises
        ------
        Problem
            What the backend raised; ``timeout`` when it did not answer in time and was killed, ``internal`` when it
            ended or failed in an unforeseen way.
        """
        self._start()
        return self._exchange((method, args), deadline)

    def interrupt(self) -> None:
        """End the worker from another thread: what is being asked fails, and the next request starts a new one."""
        if process := self._process:
            process.kill()

    def kill(self) -> None:
        """End the worker at once; a later request starts a new one."""
        process, sock, self._process, self._sock = self._process, self._sock, None, None
        if sock:
            sock.close()
        if process:
            process.kill()
            process.wait()

    def _start(self) -> None:
        if self._process and self._process.poll() is None:
            return
        self.kill()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                # -P, and no empty entry in PYTHONPATH: files of the folder one works in must not shadow modules.
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "dashboard.feed.worker",
                    str(theirs.fileno()),
                    str(os.getpid()),
                    self._module,
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))},
            )
        self._sock = ours
        try:
            self._exchange((self._settings,), START_SECONDS)
        except Problem:
            self.kill()
            raise

    def _exchange(self, message: tuple[Any, ...], seconds: float) -> Any:
        assert self._sock is not None  # noqa: S101  _start made it
        try:
            end = time.monotonic() + seconds
            channel.send(self._sock, message, end)
            status, value = channel.receive(self._sock, end)
        except TimeoutError as error:
            self.kill()
            raise Problem("timeout", f"{self.title} did not answer within {seconds:.0f} s.") from error
        except (EOFError, OSError) as error:
            self.kill()
            raise Problem("internal", f"The process that talks to {self.title} ended; it is started again.") from error
        if status == "problem":
            raise Problem(*value)
        if status == "error":
            sentence, trace = value
            log.error("%s worker: %s", self.name, trace)
            raise Problem("internal", f"{self.title} failed in a way Cygnet does not know: {sentence}")
        return value

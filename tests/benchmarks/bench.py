"""What every part of the bench uses: the pool with its jobs, the server measured, visitors, and changes."""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomli_w

from dashboard.sandbox.pool import Pool
from tests.benchmarks import filling

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


DEADLINE = 15.0
"""As in the settings of those who set nothing."""


def say(line: str) -> None:
    """Tell how far we are."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


def awaited(condition: Callable[[], Any], what: str, seconds: float = 300.0, every: float = 0.2) -> Any:
    """Value of the condition once it is true."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what} was not seen within {seconds:.0f} s")
        time.sleep(every)
    return value


def percentile(values: list[float], share: float) -> float:
    """The value below which so large a part of the values is."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Asked:
    """A process of ours that answers lines with JSON."""

    def __init__(self, module: str, *arguments: str) -> None:
        command = [sys.executable, "-W", "ignore", "-m", f"tests.benchmarks.{module}", *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def told(self) -> Any:
        """What it says next."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise EOFError(f"{self.process.args} ended")
        return json.loads(line)

    def __call__(self, *command: object) -> Any:
        assert self.process.stdin
        self.process.stdin.write(" ".join(map(str, command)) + "\n")
        self.process.stdin.flush()
        return self.told()

    def __enter__(self) -> Asked:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(30)


class Server(Asked):
    """`cygnet serve` on the pool (`tests.benchmarks.subject`)."""

    def __init__(self, settings: Path) -> None:
        super().__init__("subject", str(settings))
        self.address = str(self.told())

    def loaded(self) -> dict[str, Any]:
        """Its state when all jobs are known."""
        return dict(awaited(lambda: (s := self("state"))["known"] and s["complete"] and s, "the jobs"))

    def ticks(self) -> int:
        """Ticks it has asked for."""
        return int(self("cpu").get("tick", 0))


@contextmanager
def visitors(server: Server, number: int = 0) -> Iterator[Asked]:
    """So many sessions on the Jobs page of a server, or a process to make them."""
    with Asked("visitors", server.address) as asked:
        if number:
            asked("come", number)
        yield asked


class Bench:
    """The pool, and what is done with it."""

    def __init__(self, folder: Path, pool: Path | None) -> None:
        self.folder = folder
        self.own = pool is None
        self.pool = Pool(pool or folder, say)
        self.jobs = 0
        self._state = 0

    def up(self) -> None:
        """Start the pool unless it is a given one."""
        if self.own:
            self.pool.up()

    def down(self) -> None:
        """Stop it."""
        if self.own:
            self.pool.down()

    def fill(self, jobs: int) -> float:
        """Have so many jobs in the queue; seconds it took to add those that were missing."""
        begun = time.monotonic()
        if self.own and jobs > self.jobs:
            sizes = map(str, filling.sizes(jobs - self.jobs))
            settings = str(self.settings())
            subprocess.run([sys.executable, "-m", "tests.benchmarks.filling", settings, *sizes], check=True)
        self.jobs = jobs
        return time.monotonic() - begun

    def settings(self, interval: float = 10.0) -> Path:
        """Settings file for alice, with a folder of state of its own."""
        self._state += 1
        table = self.pool.settings("alice") | {"interval": interval, "deadline": DEADLINE}
        file = self.folder / f"settings-{self._state}.toml"
        state = {"folder": str(self.folder / f"state-{self._state}")}
        file.write_text(tomli_w.dumps({"htcondor": table, "state": state}))
        return file

    def tool(self, *argv: str) -> float:
        """Seconds a tool of HTCondor takes, run as alice; without what getting to the pool takes."""
        begun = time.perf_counter()
        self.pool.command(*argv, user="alice", timeout=120)
        took = time.perf_counter() - begun
        begun = time.perf_counter()
        self.pool.command("true", user="alice")
        return took - (time.perf_counter() - begun)

    def some(self, number: int, held: bool) -> list[str]:
        """Ids of some jobs that are held, or wait."""
        status = 5 if held else 1
        told = self.pool.command("condor_q", "alice", "-constraint", f"JobStatus == {status}", "-af:j", "ClusterId")
        ids = [line.split()[0] for line in told.splitlines()]
        return random.sample(ids, min(number, len(ids)))

    @contextmanager
    def silent(self) -> Iterator[None]:
        """The schedd says nothing."""
        schedd = self.pool.pids()["schedd"]
        os.kill(schedd, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(schedd, signal.SIGCONT)

    @contextmanager
    def churn(self, beat: float = 5.0) -> Iterator[None]:
        """One job in a hundred changes every minute: others hold and release jobs."""
        number = max(1, round(self.jobs / 100 * beat / 60))
        waiting, held = self.some(10 * number, held=False), list[list[str]]()
        over = threading.Event()

        def change() -> None:
            while not over.wait(beat):
                if held and len(held) > 2:
                    ids = held.pop(0)
                    self.pool.command("condor_release", *ids, user="alice")
                    waiting.extend(ids)
                else:
                    ids = [waiting.pop(0) for _ in range(min(number, len(waiting)))]
                    self.pool.command("condor_hold", *ids, user="alice")
                    held.append(ids)

        thread = threading.Thread(target=change)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            for ids in held:
                self.pool.command("condor_release", *ids, user="alice")


median = statistics.median

"""The server that is measured, as `cygnet serve` makes it, with an eye inside: ``python -m tests.benchmarks.subject``.

It tells its address in one line, then answers each line it reads with one line of JSON.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
import threading
import time
from collections import Counter
from typing import Any

import psutil
from tornado.ioloop import IOLoop

import dashboard
from dashboard.feed.process import WorkerProcess
from dashboard.homes import served
from dashboard.workspace import Workspace
from tests.benchmarks.answers import answer


class Subject:
    """What is asked of the server; every public method is a command."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lags: list[tuple[float, float]] = []
        self._measuring: asyncio.Task[None] | None = None
        self._seen: list[tuple[float, int, list[int]]] = []
        self._watching = False
        self._watcher = threading.Thread(target=self._watch)
        self.asked: Counter[str] = Counter()

    def state(self) -> dict[str, Any]:
        """How far the jobs are."""
        snapshot = self._workspace.jobs.look()
        batches = self._workspace.batches_of(snapshot)
        counts = {name: int(batches[name].sum()) if len(batches) else 0 for name in ("total", "idle", "held")}
        return {
            "version": snapshot.version,
            "known": snapshot.time is not None,
            "health": snapshot.health.state,
            "complete": snapshot.complete,
            "rows": len(snapshot.frame),
            **counts,
        }

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU this process, its poller and its worker have used, and questions the worker was asked."""
        server, worker = time.process_time(), psutil.Process(self._workspace.worker_pid("htcondor")).cpu_times()
        (poller,) = (thread.ident for thread in threading.enumerate() if thread.name == "cygnet-htcondor")
        taken = time.clock_gettime(time.pthread_getcpuclockid(poller or 0))
        return {"server": server, "poller": taken, "worker": worker.user + worker.system, **self.asked}

    def memory(self) -> dict[str, int]:
        """Resident bytes of this process and of its worker, after garbage has been collected."""
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        processes = psutil.Process(), psutil.Process(self._workspace.worker_pid("htcondor"))
        server, worker = (process.memory_info().rss for process in processes)
        return {"server": server, "worker": worker}

    def lag(self) -> list[tuple[float, float]]:
        """Longest times in seconds by which the event loop came late since this was last asked, least first.

        Each with what this process worked meanwhile: the rest was other processes' turn on the machine's cores.
        """
        lags, self._lags = self._lags, []
        if self._measuring is None:
            self._measuring = asyncio.get_running_loop().create_task(self._measure())
        return sorted(lags)[-5:]

    def watch(self) -> list[tuple[float, int, list[int]]]:
        """When each version since this was last asked was known (monotonic time), and its jobs idle and held."""
        seen, self._seen = self._seen, []
        if not self._watching:
            self._watching = True
            self._watcher.start()
        return seen

    def hold(self, job_id: str) -> float:
        """Hold a job as its owner would, from a thread as pages do; when that was asked for (monotonic time)."""
        threading.Thread(target=self._workspace.hold, args=(job_id,), daemon=True).start()
        return time.monotonic()

    def end(self) -> None:
        """Watch no more."""
        if self._watching:
            self._watching = False
            self._watcher.join()

    async def _measure(self) -> None:
        while True:
            before, worked = time.monotonic(), time.process_time()
            await asyncio.sleep(0.005)
            lag = time.monotonic() - before - 0.005
            if lag > 0.001:
                self._lags.append((lag, time.process_time() - worked))

    def _watch(self) -> None:
        version = -1
        while self._watching:
            snapshot = self._workspace.jobs.look()
            if snapshot.version != version:
                now, version = time.monotonic(), snapshot.version
                batches = snapshot.totals.get("batches")
                counts = [] if batches is None else [int(batches["idle"].sum()), int(batches["held"].sum())]
                self._seen.append((now, version, counts))
            time.sleep(0.005)


def main(settings: str) -> None:
    with dashboard.connect(settings) as workspace:
        subject = Subject(workspace)
        ask = WorkerProcess.ask

        def counted(worker: WorkerProcess, method: str, *args: Any, deadline: float) -> Any:
            subject.asked[method] += 1
            return ask(worker, method, *args, deadline=deadline)

        WorkerProcess.ask = counted  # type: ignore[method-assign]

        def asked(*_: object) -> None:
            command, *args = sys.stdin.readline().split() or ["end"]
            if command == "end":
                IOLoop.current().stop()
            else:
                answer(getattr(subject, command)(*args))

        def ready(address: str) -> None:
            IOLoop.current().add_handler(sys.stdin, asked, IOLoop.READ)
            answer(address)

        served.serve(workspace, port=0, ready=ready)
        subject.end()


if __name__ == "__main__":
    main(sys.argv[1])

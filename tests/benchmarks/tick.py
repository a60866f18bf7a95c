"""A steady tick beside HTCondor's own tools, while one job in a hundred changes every minute."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from dashboard.domain import job
from dashboard.domain.change import Change
from dashboard.domain.health import Health
from dashboard.feed import delta
from dashboard.feed.process import WorkerProcess
from dashboard.feed.snapshot import Snapshot
from dashboard.settings import load
from tests.benchmarks.bench import Bench, Server, median, visitors
from tests.benchmarks.told import Row, most, ms, size

INTERVAL = 10.0
TICKS = 9


class Follower:
    """Follows the queue by hand, as a poller does."""

    def __init__(self, bench: Bench) -> None:
        self._worker = WorkerProcess("htcondor", load(bench.settings()).htcondor)
        self.snapshot = Snapshot(0, None, Health("starting", datetime.now(UTC)), job.table([]))
        self.change: Change | None = None
        self.merging = 0.0

    def tick(self) -> float:
        """One tick; seconds until its snapshot is there."""
        begun = time.perf_counter()
        self.change = self._worker.ask("tick", self.change and self.change.cursor, deadline=60)
        asked = time.perf_counter()
        self.snapshot = delta.merge(self.snapshot, self.change, job.keys)
        self.merging = time.perf_counter() - asked
        return time.perf_counter() - begun

    def load(self) -> tuple[float, float]:
        """Seconds until the totals are known, and until all rows are."""
        first = self.tick()
        begun = time.perf_counter()
        while self.change and self.change.more:
            self.tick()
        return first, first + time.perf_counter() - begun

    def close(self) -> None:
        """End the worker."""
        self._worker.kill()


def measure(bench: Bench) -> Iterator[Row]:
    follower = Follower(bench)
    first, whole = follower.load()
    yield Row("first load: totals of all batches known after", ms(first), "with the worker's start")
    yield Row("first load: all rows known after", ms(whole), f"{len(follower.snapshot.frame):,} rows")
    walls, merges, sizes, rows = [], [], [], []
    tools: dict[str, list[float]] = {"condor_q": [], "condor_q -totals": []}
    with bench.churn():
        for number in range(TICKS):
            time.sleep(INTERVAL)
            walls.append(follower.tick())
            assert follower.change
            merges.append(follower.merging)
            sizes.append(len(pickle.dumps(follower.change, protocol=5)))
            rows.append(len(follower.change.upserts))
            if number % 3 == 2:
                for tool, took in tools.items():
                    took.append(bench.tool(*tool.split()))
        plain = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.peers", str(bench.settings())], capture_output=True, check=True
        )
    follower.close()
    wall, default, totals = median(walls), median(tools["condor_q"]), median(tools["condor_q -totals"])
    asked, lag, nothing = json.loads(plain.stdout)
    yield most("steady tick, wall time", wall, default / 20, ms, f"{default / wall:.0f} × quicker than condor_q")
    beside = f"{default / nothing:.1f} × quicker than condor_q: what we do with the answer is the rest"
    yield Row("of which the schedd, asked the same when no job has changed", ms(nothing), beside)
    yield Row("condor_q (default view)", ms(default), f"{default / wall:.1f} × our tick")
    yield Row("condor_q -totals", ms(totals), f"{totals / wall:.1f} × our tick")
    yield Row("condor_watch_q", *_watched(bench))
    yield Row(
        "all jobs asked for in a thread of the page's process",
        ms(asked),
        f"{asked / wall:.0f} × our tick; its event loop stood still for {ms(lag)}",
    )
    yield Row("bytes from the worker per tick", size(median(sizes)), f"{median(rows):.0f} changed jobs")
    yield Row("merge of a tick", ms(median(merges)), f"worst {ms(max(merges))}")
    yield from _merge(follower)
    yield from _process(bench)


def _watched(bench: Bench) -> tuple[str, str]:
    """What the tool that follows event logs tells of jobs that have none."""
    try:
        told = bench.pool.command("condor_watch_q", "-exit", "all,idle", user="alice", timeout=120).strip()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        return "—", f"cannot be used here: {type(error).__name__}"
    if not told:
        return "—", "not comparable: it reads event logs, and these jobs have none"
    return "—", told.splitlines()[-1][:80]


def _merge(follower: Follower) -> Iterator[Row]:
    """One job in a hundred changes at once, in memory."""
    frame = follower.snapshot.frame
    changed = frame.iloc[:: max(1, len(frame) // max(1, len(frame) // 100))].copy()
    changed["state"] = "held" if (changed["state"] == "idle").all() else "idle"
    changed = changed.astype(frame.dtypes.to_dict())
    change = Change(0, datetime.now(UTC), changed)
    took = []
    for _ in range(9):
        begun = time.perf_counter()
        merged = delta.merge(follower.snapshot, change, job.keys)
        took.append(time.perf_counter() - begun)
        assert merged.version > follower.snapshot.version
    yield Row(f"merge of 1 % ({len(changed):,} jobs) at once", ms(median(took)), f"best {ms(min(took))}")


def _process(bench: Bench) -> Iterator[Row]:
    """CPU of the server, with one session on the Jobs page."""
    with Server(bench.settings(INTERVAL)) as server:
        server.loaded()
        with visitors(server, 1):
            quiet = _per_tick(server)
            with bench.churn():
                busy = _per_tick(server)
    what = "CPU of the server process per tick of 10 s"
    yield most(f"{what}: taking it in, once for all sessions", busy["poller"], 0.010, ms)
    beside = f"{ms(quiet['server'])} when nothing changes"
    yield most(f"{what}: all, with a session that shows it", busy["server"], 0.010, ms, beside)
    yield Row("CPU of the worker per tick of 10 s", ms(busy["worker"]), f"{ms(quiet['worker'])} when nothing changes")


def _per_tick(server: Server, ticks: int = 3) -> dict[str, float]:
    """Seconds of CPU per tick of the server, its poller and its worker."""
    time.sleep(INTERVAL)  # what the page does first is over
    begun = server("cpu")
    time.sleep(ticks * INTERVAL)  # looking whether they have been would cost CPU, too
    now = server("cpu")
    return {name: (now[name] - begun[name]) / (now["tick"] - begun["tick"]) for name in ("server", "poller", "worker")}

"""A million finished jobs: how long any plot or filter takes."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import psutil
import pyarrow as pa

from dashboard.domain.archive import Choice
from dashboard.domain.archive_statistics import GROUPS, grouped, statistics
from dashboard.domain.finished import SCHEMA
from dashboard.feed.archive_folder import ArchiveFolder
from tests.benchmarks.bench import Bench
from tests.benchmarks.told import Row, most, ms, size

JOBS = 1_000_000
PARTS = 10
MORE = 2_000
YEAR = 365 * 86400
NOW = 1_795_000_000
LIMIT, STALL = 1.0, 0.05

CHOICES = {
    "all": Choice(),
    "last 30 days": Choice(since=NOW - 30 * 86400),
    "a batch's name": Choice(text="batch-77"),
    "a host": Choice(host="node123"),
    "failed ones": Choice(state="failed"),
}


def measure(bench: Bench) -> Iterator[Row]:
    folder = bench.folder / "history"
    files = ArchiveFolder(folder, 10**9)
    for number in range(PARTS):
        files.add(_table(number, JOBS // PARTS))
    before, begun = _memory(), time.perf_counter()
    files = ArchiveFolder(folder, 10**9)
    known = files.load()
    loading = time.perf_counter() - begun
    on_disk = sum(path.stat().st_size for path in folder.iterdir())
    yield Row(f"history of {known.rows:,} jobs: opened", ms(loading), f"{size(on_disk)} on disk")
    stalls: list[float] = []
    for name, choice in CHOICES.items():
        yield _measured(f"history: all plots, {name}", [partial(statistics, known, choice)], stalls)
    for by in GROUPS:
        answers = [partial(grouped, known, choice, by) for choice in CHOICES.values()]
        yield _measured(f"history: table by {by}, slowest of the same filters", answers, stalls)

    def more() -> None:
        files.add(_table(time.time_ns() % 2**32, MORE, 1))  # they ended any time of the year, beside all others
        known = files.load()
        statistics(known, Choice())
        grouped(known, Choice(), "batch")

    yield _measured(f"history: {MORE:,} more jobs: kept, read, all plots and table by batch", [more], stalls)
    yield most("history: an event loop stands still meanwhile, at most", max(stalls), STALL, ms)
    yield Row(
        "history: memory of the process, above that without jobs", size(_memory() - before), "what is mapped, too"
    )


def _measured(what: str, answers: Sequence[Callable[[], object]], stalls: list[float]) -> Row:
    """The slowest of the answers; how long each takes, and the loop stands still, is the median of three times."""
    slowest = (0.0, 0.0)
    for answer in answers:
        took = [asyncio.run(_asked(answer)) for _ in range(3)]
        slowest = max(slowest, sorted(one[:2] for one in took)[1])
        stalls.append(sorted(one[2] for one in took)[1])
    return most(what, slowest[0], LIMIT, ms, f"{ms(slowest[1])} of CPU")


async def _asked(answer: Callable[[], object]) -> tuple[float, float, float]:
    """Seconds and seconds of CPU that a thread takes to answer, and for how long the event loop stood still."""
    worst = 0.0
    begun, worked = time.perf_counter(), time.process_time()
    asked = asyncio.get_running_loop().run_in_executor(None, answer)
    while not asked.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        worst = max(worst, time.perf_counter() - before - 0.001)
    await asked
    return time.perf_counter() - begun, time.process_time() - worked, worst


def _memory() -> int:
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(psutil.Process().memory_info().rss)


def _table(number: int, rows: int, parts: int = PARTS) -> pa.Table:
    """Jobs of a part of a year: 500 names of batches, 400 hosts."""
    some = np.random.default_rng(number)
    number %= parts
    ended = NOW - YEAR + number * YEAR // parts + np.sort(some.integers(0, YEAR // parts, rows))
    run = some.lognormal(7, 1.5, rows)
    started = ended - run.astype(np.int64)
    used = some.gamma(4, 400, rows)
    texts = {
        "state": (["done", "failed", "removed"], some.choice(3, rows, p=[0.94, 0.04, 0.02])),
        "batch_name": ([f"batch-{n}" for n in range(500)], some.integers(0, 500, rows)),
        "owner": (["alice", "bob"], some.integers(0, 2, rows)),
        "host": ([f"node{n:03d}.example.org" for n in range(400)], some.integers(0, 400, rows)),
        "command": (["/home/alice/run.sh", "/home/bob/fit"], some.integers(0, 2, rows)),
        "schedd": (["schedd.example.org"], np.zeros(rows, dtype=int)),
    }
    numbers = {
        "cluster": number * 1000 + np.arange(rows) // 100,
        "proc": np.arange(rows) % 100,
        "submitted": started - some.integers(1, 7200, rows),
        "started": started,
        "ended": ended,
        "run_s": run,
        "cpu_s": run * some.beta(8, 2, rows),
        "memory_mib": np.full(rows, 2000.0),
        "memory_used_mib": used,
        "cpus": np.ones(rows),
        "exit": np.zeros(rows),
        "batch": number * 1000 + np.arange(rows) // 100,
    }
    columns = []
    for field in SCHEMA:
        if field.name in texts:
            words, codes = texts[field.name]
            columns.append(pa.DictionaryArray.from_arrays(pa.array(codes, field.type.index_type), pa.array(words)))
        else:
            columns.append(pa.array(np.asarray(numbers[field.name]).astype(field.type.to_pandas_dtype())))
    return pa.Table.from_arrays(columns, schema=SCHEMA)

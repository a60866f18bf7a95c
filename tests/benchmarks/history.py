"""A million finished jobs: how long any plot or filter takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import pyarrow as pa

from dashboard.domain.archive import Choice
from dashboard.domain.archive_statistics import GROUPS, grouped, statistics
from dashboard.domain.finished import SCHEMA
from dashboard.feed.archive_folder import ArchiveFolder
from tests.benchmarks.bench import Bench
from tests.benchmarks.told import Row, most, ms, size

JOBS = 1_000_000
PARTS = 10
YEAR = 365 * 86400
NOW = 1_795_000_000
LIMIT = 1.0

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
    begun = time.perf_counter()
    known = ArchiveFolder(folder, 10**9).load()
    loading = time.perf_counter() - begun
    on_disk = sum(path.stat().st_size for path in folder.iterdir())
    yield Row(f"history of {known.rows:,} jobs: opened", ms(loading), f"{size(on_disk)} on disk")
    for name, choice in CHOICES.items():
        yield _measured(f"history: all plots, {name}", [partial(statistics, known, choice)])
    for by in GROUPS:
        answers = [partial(grouped, known, choice, by) for choice in CHOICES.values()]
        yield _measured(f"history: table by {by}, slowest of the same filters", answers)


def _measured(what: str, answers: Sequence[Callable[[], object]]) -> Row:
    """The slowest of the answers; how long each takes is the median of three times."""
    slowest = (0.0, 0.0)
    for answer in answers:
        took = []
        for _ in range(3):
            begun, worked = time.perf_counter(), time.process_time()
            answer()
            took.append((time.perf_counter() - begun, time.process_time() - worked))
        slowest = max(slowest, sorted(took)[1])
    return most(what, slowest[0], LIMIT, ms, f"{ms(slowest[1])} of CPU")


def _table(number: int, rows: int) -> pa.Table:
    """Jobs of a part of a year: 500 names of batches, 400 hosts."""
    some = np.random.default_rng(number)
    ended = NOW - YEAR + number * YEAR // PARTS + np.sort(some.integers(0, YEAR // PARTS, rows))
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

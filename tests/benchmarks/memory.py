"""Resident memory of server and worker: without jobs, with all, by session, and after many have come and gone."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.benchmarks.bench import Asked, Bench, Server, visitors
from tests.benchmarks.told import Row, most, size

SESSIONS = 20
PASSING = 500
WARMING = 150
"""How many come and go before growth is measured: the room that those need which are there at the same time is never
given back to the system (Python's allocator), but used by the next ones."""
FORGOTTEN = 20.0
"""Seconds after which a closed session is gone for certain."""

_empty: dict[str, int] = {}


def measure(bench: Bench) -> Iterator[Row]:
    with Server(bench.settings()) as server:
        server.loaded()
        with visitors(server) as here:
            _pass_by(here, 8)  # everything is imported
            memory = server("memory")
            if bench.jobs == 0:
                _empty.update(memory)
                yield Row("memory of the server, no jobs", size(memory["server"]), f"worker {size(memory['worker'])}")
                return
            if _empty:
                more = memory["server"] - _empty["server"]
                what = f"for {bench.jobs:,} jobs, above an empty one"
                yield most(f"memory of the server {what}", more, 250e6, size, size(memory["server"]))
                more = memory["worker"] - _empty["worker"]
                yield Row(f"memory of the worker {what}", size(more), size(memory["worker"]))
            yield from _sessions(server, here)


def _sessions(server: Server, here: Asked) -> Iterator[Row]:
    here("come", 5)
    time.sleep(10)
    before = server("memory")["server"]
    here("come", SESSIONS)
    time.sleep(10)
    each = (server("memory")["server"] - before) / SESSIONS
    here("go")
    _pass_by(here, WARMING)
    before = server("memory")["server"]
    _pass_by(here, PASSING)
    grown = server("memory")["server"] - before
    yield most("memory of each further session", each, 1e6, size)
    yield most(f"growth after {PASSING} sessions have come and gone", grown, 1e6, size)


def _pass_by(here: Asked, number: int) -> None:
    here("pass_by", number)
    time.sleep(FORGOTTEN)

"""Ten thousand rules: our tick beside one request for each rule."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from collections.abc import Iterator

from dashboard.domain.path import Mount
from dashboard.feed.process import WorkerProcess
from dashboard.sandbox.catalogue import Catalogue
from dashboard.settings import RucioSettings
from tests.benchmarks.bench import Bench, median, say
from tests.benchmarks.told import Row, ms, size

RULES = 10_000
ALONE = 100

_ONE_BY_ONE = """
import sys, time
from dashboard.backends.rucio.session import Session
from dashboard.settings import RucioSettings
import pickle
settings, ids = pickle.load(sys.stdin.buffer)
with Session(settings).asked() as client:
    client.get_replication_rule(ids[0])
    begun = time.perf_counter()
    for rule_id in ids:
        client.get_replication_rule(rule_id)
    print(time.perf_counter() - begun)
"""


def measure(bench: Bench) -> Iterator[Row]:
    catalogue = Catalogue(bench.folder / "catalogue", say, database="postgresql")
    catalogue.up()
    try:
        say(f"Rucio: {RULES:,} rules")
        catalogue.fill(RULES, 1)
        table = catalogue.settings("alice")
        settings = RucioSettings(**table | {"mounts": tuple(Mount(**mount) for mount in table["mounts"])})
        yield from _measured(settings)
    finally:
        catalogue.down()


def _measured(settings: RucioSettings) -> Iterator[Row]:
    worker = WorkerProcess("rucio", settings)
    begun = time.perf_counter()
    change = worker.ask("tick", None, deadline=120)
    while change.more:
        change = worker.ask("tick", change.cursor, deadline=120)
    yield Row(
        f"{RULES:,} rules: first load",
        ms(time.perf_counter() - begun),
        f"{len(change.upserts):,} rules, worker's start",
    )
    ids = list(change.upserts.index[:ALONE])
    end = time.monotonic() + 60
    while len(change.upserts) and time.monotonic() < end:
        change = worker.ask("tick", change.cursor, deadline=120)  # sizes of the data come in pieces
    ticks, sizes = [], []
    for _ in range(7):
        begun = time.perf_counter()
        change = worker.ask("tick", change.cursor, deadline=120)
        ticks.append(time.perf_counter() - begun)
        sizes.append(len(pickle.dumps(change, protocol=5)))
        time.sleep(2)
    worker.kill()
    told = subprocess.run(
        [sys.executable, "-c", _ONE_BY_ONE], input=pickle.dumps((settings, ids)), capture_output=True, check=True
    )
    plain = float(told.stdout) / len(ids) * RULES
    tick = median(ticks)
    yield Row(
        f"{RULES:,} rules: steady tick", ms(tick), f"worst {ms(max(ticks))}; {size(median(sizes))} from the worker"
    )
    yield Row("one request for each rule", ms(plain), f"{plain / tick:,.0f} × our tick; from {ALONE} of them")

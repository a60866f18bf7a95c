"""``make bench``: what Cygnet costs beside what there is, on a private pool, in one table.

Nothing is asserted: a target that is missed is marked ✗. A run of all parts keeps the table in RESULTS.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from tests.benchmarks import history, importing, lag, memory, paint, rules, sessions, tick, traffic
from tests.benchmarks.bench import Bench, say
from tests.benchmarks.told import Row, machine, table

RESULTS = Path(__file__).with_name("RESULTS.md")

JOBS = [100, 10_000, 100_000]

Part = Callable[[Bench], Iterator[Row]]

PARTS: dict[str, Part] = {
    "import": importing.measure,
    "history": history.measure,
    "rules": rules.measure,
    "paint": paint.measure,
    "tick": tick.measure,
    "lag": lag.measure,
    "traffic": traffic.measure,
    "sessions": sessions.measure,
    "memory": memory.measure,
}


def due(name: str, jobs: int, most: int) -> bool:
    """Whether a part is measured with so many jobs in the queue."""
    if name in ("import", "history", "rules"):
        return jobs == 0
    if name == "memory":
        return jobs in (0, most)
    if name == "paint":
        return jobs > 0
    return jobs == most


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("-k", metavar="PART", nargs="*", choices=PARTS, help=f"only these parts: {', '.join(PARTS)}")
    parser.add_argument("--jobs", metavar="N", nargs="*", type=int, default=JOBS, help="sizes of the queue")
    parser.add_argument("--pool", type=Path, help="folder of a running pool, used with the jobs it has")
    options = parser.parse_args()
    names = options.k or list(PARTS)
    stages = [0, *sorted(options.jobs)]
    rows: dict[str, list[Row]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="cygnet-bench-") as folder:
        Path(folder).chmod(0o755)  # the pool's people must reach their work
        bench = Bench(Path(folder), options.pool)
        bench.up()
        try:
            for jobs in stages:
                wanted = [name for name in names if due(name, jobs, stages[-1])]
                if wanted:
                    say(f"{jobs:,} jobs in the queue after {bench.fill(jobs):.0f} s")
                for name in wanted:
                    say(f"measuring: {name}")
                    rows[name] += measured(name, bench)
                    if not options.k and not options.pool:
                        keep(rows)
        finally:
            bench.down()
    sys.stdout.write(f"{table(chain.from_iterable(rows.values()))}\n")


def keep(rows: dict[str, list[Row]]) -> None:
    """Write down what has been measured so far, and what has not."""
    missing = [name for name, some in rows.items() if not some]
    told = f"# Results of the last `make bench`\n\n{machine()}\n\n{table(chain.from_iterable(rows.values()))}\n"
    if missing:
        told += f"\nThe run was ended before these were measured: {', '.join(missing)}.\n"
    RESULTS.write_text(told, encoding="utf-8")


def measured(name: str, bench: Bench) -> list[Row]:
    """Rows of a part; what went wrong stands in its place, and the other parts go on."""
    rows = []
    try:
        for row in PARTS[name](bench):
            say(f"{row.what}: {row.value} ({row.beside})")
            rows.append(row)
    except Exception as error:  # noqa: BLE001  told in the table
        traceback.print_exc()
        why = f"{type(error).__name__}: {error}".split("\n")[0][:200]
        rows.append(Row(f"{name} could not be measured", "—", why, "", False))
    return rows


if __name__ == "__main__":
    main()

"""Fills a queue: ``python -m tests.benchmarks.filling SETTINGS SIZE…`` submits a batch of jobs that wait for each size.

A process of its own, since the client holds the GIL all the while.
"""

from __future__ import annotations

import sys

from dashboard.backends.htcondor import connect
from dashboard.settings import load

DESCRIPTION = """\
executable = /bin/true
arguments = --seed $(ProcId)
requirements = false
request_cpus = 1
request_memory = 1000
batch_name = bench-{number}-{size}
hold = {hold}
queue {size}
"""


def sizes(jobs: int) -> list[int]:
    """Sizes of batches that have so many jobs together: one has half of them, some a tenth, many are small."""
    found: list[int] = []
    for share, number in ((2, 1), (10, 4), (100, 9), (1000, 9)):
        found += [jobs // share] * number if jobs >= share else []
    rest = jobs - sum(found)
    return [*found, rest] if rest else found


def fill(settings: str, wanted: list[int]) -> None:
    """Submit them; one in ten is held from the start."""
    backend = connect(load(settings).htcondor)
    for number, size in enumerate(wanted):
        text = DESCRIPTION.format(number=number, size=size, hold=str(number % 10 == 4).lower())
        backend.submit(text, None, False, f"bench-{number}-{size}-{sum(wanted)}")


if __name__ == "__main__":
    fill(sys.argv[1], [int(size) for size in sys.argv[2:]])

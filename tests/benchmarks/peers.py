"""The plain way, for comparison: all jobs asked for in a thread of the page's own process.

``python -m tests.benchmarks.peers SETTINGS`` prints seconds it took, the longest time the event loop stood still, and
seconds that the schedd takes for a question like a tick's that no job answers.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from typing import Any

from dashboard.backends.htcondor import connect
from dashboard.settings import load
from tests.benchmarks.answers import answer

REST = 5.0


async def main(settings: str) -> None:
    loaded = load(settings).htcondor
    connect(loaded)  # sets the environment
    import htcondor2

    from dashboard.domain import job

    schedd = htcondor2.Schedd(htcondor2.Collector().locateAll(htcondor2.DaemonType.Schedd)[0])
    begun = time.monotonic()
    query = asyncio.create_task(asyncio.to_thread(schedd.query, f'Owner == "{loaded.owner}"', job.ATTRIBUTES))
    lag = 0.0
    while not query.done():
        before = time.monotonic()
        await asyncio.sleep(0.01)
        lag = max(lag, time.monotonic() - before - 0.01)
    took = time.monotonic() - begun
    answer([took, lag, statistics.median(nothing(schedd, loaded.owner) for _ in range(5))])


def nothing(schedd: Any, owner: str) -> float:
    """Seconds for a question that no job answers, after a rest as between two ticks."""
    time.sleep(REST)
    begun = time.monotonic()
    assert not schedd.query(f'EnteredCurrentStatus >= 2000000000 && Owner == "{owner}"', ["ServerTime"])
    return time.monotonic() - begun


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

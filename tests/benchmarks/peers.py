"""The plain way, for comparison: all jobs asked for in a thread of the page's own process.

``python -m tests.benchmarks.peers SETTINGS`` prints seconds it took, and the longest time the event loop stood still.
"""

from __future__ import annotations

import asyncio
import sys
import time

from dashboard.backends.htcondor import connect
from dashboard.settings import load
from tests.benchmarks.answers import answer


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
    answer([time.monotonic() - begun, lag])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

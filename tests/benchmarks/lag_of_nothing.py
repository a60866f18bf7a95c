"""A process that does nothing but measure by how much its event loop comes late."""

from __future__ import annotations

import asyncio
import sys
import time

from tests.benchmarks.answers import answer


async def main() -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    lags = [0.0]

    async def measure() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            lags.append(time.monotonic() - before - 0.005)

    measuring = asyncio.create_task(measure())
    while await lines.readline():
        answer(sorted(lags)[-5:])
        lags[:] = [0.0]
    measuring.cancel()


if __name__ == "__main__":
    asyncio.run(main())

"""How long `import dashboard` takes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

from tests.benchmarks.bench import Bench
from tests.benchmarks.told import Row, most, ms


def measure(_bench: Bench) -> Iterator[Row]:
    def best(code: str) -> float:
        return min(_seconds(code) for _ in range(7))

    bare = best("pass")
    yield most("import dashboard", best("import dashboard") - bare, 0.15, ms, f"Python itself {ms(bare)}")


def _seconds(code: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begun

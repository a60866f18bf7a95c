"""Many sessions at once: how soon each has a change, and what the schedd is asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.benchmarks.bench import Asked, Bench, Server, percentile, visitors
from tests.benchmarks.told import Row, most, ms

INTERVAL = 2.0
CHANGES = 10
NUMBERS = (1, 10, 100)
LONGER = 80.0
"""Seconds for which questions are counted after the changes: in these alone, one more or less would be a twentieth."""


def measure(bench: Bench) -> Iterator[Row]:
    asked: dict[int, float] = {}
    with Server(bench.settings(INTERVAL)) as server:
        server.loaded()
        server("watch")
        for number in NUMBERS:
            with visitors(server) as here:
                here("come", number)
                time.sleep(10)
                shown, others, asked[number], cpu = _changes(bench, server, here)
                if number == NUMBERS[0]:
                    p95 = percentile(others, 0.95)
                    yield most(f"others' changes in the page, tick {INTERVAL:g} s, p95", p95, INTERVAL + 0.5, ms)
                    own = _own(bench, server, here)
                    yield most(
                        "own action in the page, p95", percentile(own, 0.95), 1.0, ms, f"p50 {ms(percentile(own, 0.5))}"
                    )
                what = f"{number} live session{'s' * (number > 1)}"
                p50, p95 = percentile(shown, 0.5), percentile(shown, 0.95)
                yield most(f"{what}: update delay p95", p95, 1.0, ms, f"p50 {ms(p50)}; server's CPU {cpu:.0%}")
                yield Row(
                    f"{what}: schedd asked per minute",
                    f"{asked[number]:.1f}",
                    "" if number == 1 else f"{asked[number] / asked[1]:.2f} × those of one",
                    "" if number == 1 else "≤ 1.05 ×",
                    None if number == 1 else asked[number] <= 1.05 * asked[1],
                )
            time.sleep(5)


def _changes(bench: Bench, server: Server, here: Asked) -> tuple[list[float], list[float], float, float]:
    """Hold jobs one after the other; delays since known and since done, questions per minute, CPU of the server."""
    ids = bench.some(CHANGES, held=False)
    server("watch"), here("told")
    begun, before = time.monotonic(), server("cpu") | server("state")
    done = []
    for job_id in ids:
        bench.pool.command("condor_hold", job_id, user="alice")
        done.append(time.monotonic())
        time.sleep(2 * INTERVAL)
    took, worked = time.monotonic() - begun, server("cpu")["server"] - before["server"]
    known = {counts[1]: when for when, _, counts in reversed(server("watch")) if counts}
    arrived = [one["held"] for one in here("told")]

    def seen(one: list[tuple[float, int]], least: int, since: float) -> float:
        """Seconds until a session shows so many held jobs, or more."""
        return next((when - since for when, held in one if held >= least and when >= since), took)

    shown = [seen(one, held, when) for held, when in known.items() for one in arrived]
    others = [seen(arrived[0], before["held"] + n, when) for n, when in enumerate(done, 1)]
    bench.pool.command("condor_release", *ids, user="alice")
    time.sleep(LONGER)
    minutes, after = (time.monotonic() - begun) / 60, server("cpu")
    asked = sum(after[name] - before.get(name, 0) for name in after if name not in ("server", "poller", "worker"))
    return shown, others, asked / minutes, worked / took


def _own(bench: Bench, server: Server, here: Asked) -> list[float]:
    """Hold jobs through the workspace, as pages do; delays until the page shows it."""
    ids = bench.some(8, held=False)
    delays = []
    for job_id in ids:
        time.sleep(2 * INTERVAL)
        here("told")
        begun = server("hold", job_id)
        time.sleep(2 * INTERVAL)
        arrived = here("told")[0]["held"]
        if arrived:
            delays.append(arrived[0][0] - begun)
    bench.pool.command("condor_release", *ids, user="alice")
    return delays

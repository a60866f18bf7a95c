"""How many jobs ran for how long, or used how much memory: the few numbers that a histogram shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboard.domain.category import among
from dashboard.domain.job import JobState
from dashboard.domain.timeline import ENDED

BINS = 12

_TIMES = ((2 * 86400, 3600.0, "hours"), (5 * 60, 60.0, "minutes"), (0, 1.0, "seconds"))


class Histogram(NamedTuple):
    """Jobs between each two of the ``edges``, which are in this ``unit``.

    ``every`` counts all of them, ``well`` those that did well; ``asked`` is what was asked for at most, in the same
    unit, if that is known.
    """

    edges: np.ndarray
    every: np.ndarray
    well: np.ndarray
    unit: str
    asked: float | None = None


def run_times(jobs: pd.DataFrame) -> Histogram:
    """Of ``run_s`` of the jobs that ended; those done did well."""
    over = among(jobs["state"], ENDED)
    times = jobs["run_s"].to_numpy()[over]
    longest = float(np.fmax.reduce(times, initial=0.0)) if len(times) else 60.0
    per, unit = next((per, unit) for least, per, unit in _TIMES if longest >= least)
    edges = nice_edges(longest / per)
    done = among(jobs["state"], (JobState.DONE,))[over]
    return Histogram(edges, counted(times / per, edges), counted(times[done] / per, edges), unit)


def memories(jobs: pd.DataFrame) -> Histogram:
    """Of ``memory_used_mib``; jobs within what they asked did well."""
    used, asks = jobs["memory_used_mib"].to_numpy(), jobs["memory_mib"].to_numpy()
    asked = float(np.fmax.reduce(asks, initial=0.0))
    most = max(float(np.fmax.reduce(used, initial=0.0)), asked, 1.0)
    per, unit = (1024.0, "GiB") if most >= 1024 else (1.0, "MiB")
    edges = nice_edges(most / per)
    within = used[~(used > asks)]
    return Histogram(edges, counted(used / per, edges), counted(within / per, edges), unit, asked / per or None)


def counted(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """How many of the values are between each two edges, the last one included; NaN is in none."""
    cells = np.searchsorted(edges, values, side="right")
    cells[values == edges[-1]] -= 1
    return np.asarray(np.bincount(cells, minlength=len(edges) + 1)[1 : len(edges)])


def nice_edges(longest: float, bins: int = BINS) -> np.ndarray:
    """Edges from 0 past `longest` in steps people count in: 1, 2, 2.5 or 5 times a power of ten."""
    rough = max(longest, 1e-9) / bins
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next(factor for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    edges: np.ndarray = np.arange(0, int(longest / step) + 2) * step
    return edges

"""One sentence that says what a plot shows."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from dashboard.domain.category import among
from dashboard.domain.job import LIVE
from dashboard.domain.timeline import ENDED, seconds
from dashboard.domain.units import count, duration, memory

RATE_SECONDS = 3600.0
"""Span over which the present rate is taken, at most."""


def run_time(jobs: pd.DataFrame) -> str:
    """How long the jobs that ended have run: ``half under 31 min, 90 % under 52 min``."""
    times = _known(jobs["run_s"].to_numpy()[among(jobs["state"], ENDED)])
    if not len(times):
        return "no job has ended yet"
    return halves(*map(float, np.quantile(times, [0.5, 0.9])))


def halves(median: float, high: float) -> str:
    """How long half of the jobs took, and nine in ten, in seconds: ``half under 31 min, 90 % under 52 min``."""
    half, most = (duration(max(1.0, each)) for each in (median, high))  # nothing is under 0 s
    if half == most:
        return f"most {'within ' if most == duration(1.0) else ''}{most}"
    return f"half under {half}, 90 % under {most}"


def memory_used(jobs: pd.DataFrame) -> str:
    """Memory used and how many jobs passed what they asked: ``90 % used under 1.1 GiB; 27 passed 2 GiB``."""
    used, asked = jobs["memory_used_mib"].to_numpy(), jobs["memory_mib"].to_numpy()
    known = _known(used)
    if not len(known):
        return "no usage is known yet"
    said = f"90 % used under {memory(float(np.quantile(known, 0.9)))}"
    over = asked[used > asked]
    return f"{said}; {count(len(over))} passed {memory(float(over.max()))}" if len(over) else said


def rate(jobs: pd.DataFrame, now: datetime) -> str:
    """How fast jobs end: ``138 finish per hour now``."""
    if jobs.empty:
        return "no jobs yet"
    times = _known(seconds(jobs["finished"])[among(jobs["state"], ENDED)])
    if not len(times):
        return "none has ended yet"
    began, end = jobs["submitted"].min().timestamp(), now.timestamp()
    if not among(jobs["state"], LIVE).any():
        return f"all ended {duration(float(times.max()) - began)} after the first was submitted"
    span = min(RATE_SECONDS, max(60.0, end - began))
    lately = int((times > end - span).sum())
    if not lately:
        return f"none has ended for {duration(end - float(times.max()))}"
    if span < RATE_SECONDS:
        return f"{count(lately)} ended in the last {duration(span)}"
    return f"{count(lately)} finish per hour now"


def _known(values: np.ndarray) -> np.ndarray:
    return np.asarray(values[~np.isnan(values)])

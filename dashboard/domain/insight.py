"""One sentence that says what a plot shows."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from dashboard.domain.job import LIVE
from dashboard.domain.timeline import ended
from dashboard.domain.units import count, duration, memory

RATE_SECONDS = 3600.0
"""Span over which the present rate is taken, at most."""


def run_time(jobs: pd.DataFrame) -> str:
    """How long the jobs that ended have run: ``half under 31 min, 90 % under 52 min``."""
    times = ended(jobs)["run_s"].dropna()
    if times.empty:
        return "no job has ended yet"
    half, most = (float(times.quantile(share)) for share in (0.5, 0.9))
    if duration(half) == duration(most):
        return f"most run {duration(half)}"
    return f"half under {duration(half)}, 90 % under {duration(most)}"


def memory_used(jobs: pd.DataFrame) -> str:
    """Memory used and how many jobs passed what they asked: ``90 % used under 1.1 GiB; 27 passed 2 GiB``."""
    known = jobs[jobs["memory_used_mib"].notna()]
    if known.empty:
        return "no usage is known yet"
    said = f"90 % used under {memory(float(known['memory_used_mib'].quantile(0.9)))}"
    over = known[known["memory_used_mib"] > known["memory_mib"]]
    return f"{said}; {count(len(over))} passed {memory(over['memory_mib'].max())}" if len(over) else said


def rate(jobs: pd.DataFrame, now: datetime) -> str:
    """How fast jobs end: ``138 finish per hour now``."""
    if jobs.empty:
        return "no jobs yet"
    times = ended(jobs)["finished"].dropna()
    running = bool(jobs["state"].isin(LIVE).any())
    if times.empty:
        return "none has ended yet"
    began = jobs["submitted"].min()
    if not running:
        return f"all ended {duration((times.max() - began).total_seconds())} after the first was submitted"
    span = min(RATE_SECONDS, max(60.0, (pd.Timestamp(now) - began).total_seconds()))
    lately = int((times > pd.Timestamp(now) - pd.Timedelta(seconds=span)).sum())
    if not lately:
        return f"none has ended for {duration((pd.Timestamp(now) - times.max()).total_seconds())}"
    if span < RATE_SECONDS:
        return f"{count(lately)} ended in the last {duration(span)}"
    return f"{count(lately)} finish per hour now"

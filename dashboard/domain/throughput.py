"""How many jobs ended, interval by interval."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from dashboard.domain.category import among
from dashboard.domain.job import JobState
from dashboard.domain.timeline import seconds

STEPS = (60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 86400)
"""Lengths of an interval that people count in, in seconds."""

BARS = 24


def throughput(jobs: pd.DataFrame, now: datetime, since: datetime) -> pd.DataFrame:
    """Jobs that ended in each interval from `since` to `now`.

    Columns ``done`` and ``failed``; the index is the start of each interval (UTC), and all are equally long, so that
    there are at most `BARS` of them.
    """
    start, end = pd.Timestamp(since).as_unit("s"), pd.Timestamp(now).as_unit("s")
    span = max(60.0, (end - start).total_seconds())
    step = next((s for s in STEPS if span / s <= BARS), STEPS[-1])
    index = pd.date_range(start.floor(f"{step}s"), end, freq=pd.Timedelta(seconds=step).as_unit("s"))
    edges = np.append(index.as_unit("s").asi8, index.as_unit("s").asi8[-1] + step)
    times = seconds(jobs["finished"])
    counts = {
        state.value: np.histogram(times[among(jobs["state"], (state,)) & (times < edges[-1])], edges)[0]
        for state in (JobState.DONE, JobState.FAILED)
    }
    return pd.DataFrame(counts, index=index)

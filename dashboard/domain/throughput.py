"""How many jobs ended, interval by interval."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from dashboard.domain.timeline import ended

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
    step = pd.Timedelta(seconds=next((s for s in STEPS if span / s <= BARS), STEPS[-1])).as_unit("s")
    index = pd.date_range(start.floor(step), end, freq=step)
    over = ended(jobs).dropna(subset=["finished"])
    slots = over["finished"].dt.floor(step)
    table = pd.crosstab(slots, over["state"].astype(str)) if len(over) else pd.DataFrame()
    return table.reindex(index=index, columns=["done", "failed"], fill_value=0).fillna(0).astype(int)

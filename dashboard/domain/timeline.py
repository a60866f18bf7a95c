"""Jobs by state over time, told from the times the jobs carry: nothing has to be recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from dashboard.domain.category import among, coded
from dashboard.domain.job import JobState
from dashboard.domain.palette import STATE_COLOURS

STATES = tuple(STATE_COLOURS)
"""States in the order in which they are stacked."""

ENDED = (JobState.DONE, JobState.FAILED)
"""States of jobs that have run to their end, well or not."""


def timeline(jobs: pd.DataFrame, now: datetime, since: datetime | None = None, points: int = 120) -> pd.DataFrame:
    """Number of jobs in each state at evenly spaced times: one column for each of `STATES`, index UTC.

    A job is idle from ``submitted``, running from ``started`` (its first start) and in its present state from
    ``finished``, otherwise ``since``; stops in between are not known and not shown.

    Parameters
    ----------
    now
        Where the timeline ends.
    since
        Where it begins; by default when the first job was submitted.
    """
    end = pd.Timestamp(now).as_unit("s")
    first = jobs["submitted"].min()
    begin = pd.Timestamp(since).as_unit("s") if since is not None else first if pd.notna(first) else end
    grid = np.linspace(begin.timestamp(), max(end.timestamp(), begin.timestamp() + 1), points).round()
    submitted, started, present = _turns(jobs)
    index = pd.to_datetime(grid.astype("int64"), unit="s", utc=True)
    table = pd.DataFrame(0, index=index, columns=list(STATES))
    table["idle"] = _at(grid, submitted) - _at(grid, np.fmin(started, present))
    table["running"] = _at(grid, started) - _at(grid, np.where(np.isnan(started), np.nan, present))
    codes, states = coded(jobs["state"])
    for code in np.flatnonzero(np.bincount(codes, minlength=len(states))):
        table[states[int(code)]] += _at(grid, present[codes == code])
    return table


def _turns(jobs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Epoch seconds at which each job was submitted, started (NaN: never) and took its present state, in order."""
    submitted, started, since, finished = (
        seconds(jobs[column]) for column in ("submitted", "started", "since", "finished")
    )
    states = jobs["state"]
    present = np.where(among(states, ENDED) & ~np.isnan(finished), finished, since)
    # A running job shows as running from its first start, an idle one that never started from its submission.
    present = np.where(among(states, (JobState.RUNNING,)) & ~np.isnan(started), started, present)
    present = np.where(among(states, (JobState.IDLE,)) & np.isnan(started), submitted, present)
    present = np.fmax(np.where(np.isnan(present), submitted, present), submitted)
    # maximum and minimum, unlike fmax and fmin, keep a job that never started at NaN.
    return submitted, np.minimum(np.maximum(started, submitted), present), present


def seconds(times: pd.Series[Any]) -> np.ndarray:
    """Epoch seconds of a column of times; NaN where one is missing."""
    naive = times.dt.tz_localize(None).to_numpy(dtype="datetime64[s]")
    return np.where(np.isnat(naive), np.nan, naive.astype("int64"))


def _at(grid: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How many of these times have come at each point of the grid; NaN never comes."""
    first = np.searchsorted(grid, times[~np.isnan(times)])
    return np.asarray(np.bincount(first, minlength=len(grid) + 1).cumsum()[: len(grid)])

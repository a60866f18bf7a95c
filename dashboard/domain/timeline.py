"""Jobs by state over time, told from the times the jobs carry: nothing has to be recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from dashboard.domain.category import among, coded
from dashboard.domain.job import LIVE, JobState
from dashboard.domain.palette import STATE_COLOURS

STATES = tuple(STATE_COLOURS)
"""States in the order in which they are stacked."""

PAUSE = 5.0
"""Seconds a job does not run before that is a stop: its clock and that of its queue differ by some."""

ENDED = (JobState.DONE, JobState.FAILED)
"""States of jobs that have run to their end, well or not."""


def timeline(jobs: pd.DataFrame, now: datetime, since: datetime | None = None, points: int = 120) -> pd.DataFrame:
    """Number of jobs in each state at evenly spaced times: one column for each of `STATES`, index UTC.

    A job is idle from ``submitted``, running from ``started`` (its first start) and in its present state from
    ``finished``, otherwise ``since``. What runs again, or waits after it ran, is shown running for as long as its
    former runs took together (``run_s``), then idle, held though it may have been: nothing tells when it was released.

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
    submitted, started, stopped, present = _turns(jobs)
    index = pd.to_datetime(grid.astype("int64"), unit="s", utc=True)
    table = pd.DataFrame(0, index=index, columns=list(STATES))
    table["idle"] = _at(grid, submitted) - _at(grid, np.fmin(started, present))
    table["running"] = _at(grid, started) - _at(grid, np.where(np.isnan(started), np.nan, present))
    between = _at(grid, stopped) - _at(grid, np.where(np.isnan(stopped), np.nan, present))
    table["idle"] += between
    table["running"] -= between
    codes, states = coded(jobs["state"])
    for code in np.flatnonzero(np.bincount(codes, minlength=len(states))):
        table[states[int(code)]] += _at(grid, present[codes == code])
    return table


def _turns(jobs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Epoch seconds at which each job was submitted, started (NaN: never), stopped, and took its present state.

    They are in order. It stopped (otherwise NaN) when it did not run for a time before its present state.
    """
    submitted, started, since, finished, again = (
        seconds(jobs[column]) for column in ("submitted", "started", "since", "finished", "run_since")
    )
    states = jobs["state"]
    present = np.where(among(states, ENDED) & ~np.isnan(finished), finished, since)
    # A running job shows as running from its present start, an idle one that never started from its submission.
    running = among(states, (JobState.RUNNING,))
    present = np.where(running & ~np.isnan(started), np.fmax(started, again), present)
    present = np.where(among(states, (JobState.IDLE,)) & np.isnan(started), submitted, present)
    present = np.fmax(np.where(np.isnan(present), submitted, present), submitted)
    # maximum and minimum, unlike fmax and fmin, keep a job that never started at NaN.
    started = np.minimum(np.maximum(started, submitted), present)
    ran = jobs["run_s"].to_numpy(dtype="float64")
    stops = (among(states, LIVE) & (ran > 0)) | running
    stopped = np.where(stops & (present - started - ran > PAUSE), started + ran, np.nan)
    return submitted, started, stopped, present


def seconds(times: pd.Series[Any]) -> np.ndarray:
    """Epoch seconds of a column of times; NaN where one is missing."""
    naive = times.dt.tz_localize(None).to_numpy(dtype="datetime64[s]")
    return np.where(np.isnat(naive), np.nan, naive.astype("int64"))


def _at(grid: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How many of these times have come at each point of the grid; NaN never comes."""
    first = np.searchsorted(grid, times[~np.isnan(times)])
    return np.asarray(np.bincount(first, minlength=len(grid) + 1).cumsum()[: len(grid)])

"""Batches: jobs that were submitted together (one cluster, or all clusters of one DAG)."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd

from dashboard.domain.job import JobState

STATES = tuple(state.value for state in JobState)
FINISHED = (JobState.DONE.value, JobState.FAILED.value, JobState.REMOVED.value)

CLUSTER_COLUMNS = ("batch", "batch_name", "owner", "schedd", "total", "submitted")
"""Columns of the clusters table a tick brings; ``total`` is TotalSubmitProcs; the index is ClusterId as text."""


class Eta(NamedTuple):
    """When a batch will be finished: seconds from now, give or take ``error_s``."""

    seconds: float
    error_s: float


def batches(jobs: pd.DataFrame, clusters: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per batch, newest first, indexed by batch id.

    Columns: ``name`` (of the batch, otherwise its program), ``owner, schedd, clusters`` (how many), ``total``, one
    count for each `JobState`, ``lost`` (jobs that left the queue and are not in the history any more), ``progress``
    (finished / total, 0–1), ``submitted``, ``finished`` (last one, UTC), ``command``, ``cpus``, ``memory_mib`` (of its
    first job).

    Parameters
    ----------
    jobs
        The jobs frame (`dashboard.domain.job.COLUMNS`).
    clusters
        Totals of the clusters still in the queue (`CLUSTER_COLUMNS`); counts jobs not in the frame.
    """
    counts = pd.crosstab(jobs["batch"].astype(str), jobs["state"].astype(str)).reindex(
        columns=list(STATES), fill_value=0
    )
    grouped = jobs.groupby(jobs["batch"].astype(str), sort=False)
    table = pd.DataFrame(
        {
            "name": grouped["batch_name"].first().astype(str).where(lambda name: name != "", _program(grouped)),
            "owner": grouped["owner"].first().astype(str),
            "schedd": grouped["schedd"].first().astype(str),
            "clusters": grouped["cluster"].nunique(),
            "submitted": grouped["submitted"].min(),
            "finished": grouped["finished"].max(),
            "command": grouped["command"].first().astype(str),
            "cpus": grouped["cpus"].first(),
            "memory_mib": grouped["memory_mib"].first(),
        }
    ).join(counts)
    table["total"] = table[list(STATES)].sum(axis=1)
    table["lost"] = 0
    if clusters is not None and len(clusters):
        expected = clusters.groupby("batch")["total"].sum().reindex(table.index).fillna(0).astype(int)
        table["lost"] = (expected - table["total"]).clip(lower=0)
        table["total"] += table["lost"]
    table["progress"] = (table[list(FINISHED)].sum(axis=1) + table["lost"]) / table["total"].clip(lower=1)
    table.index = table.index.astype(object)
    table.index.name = "batch"
    return table.sort_values(["submitted"], ascending=False, kind="stable")


def _program(grouped: Any) -> pd.Series[str]:
    """What a batch without a name is called: its program."""
    commands: pd.Series[str] = grouped["command"].first().astype(str)
    return commands.str.replace(r".*/", "", regex=True)


def eta(jobs: pd.DataFrame, now: datetime) -> Eta | None:
    """When the jobs of one batch will be finished at its present rate; None when that is not known.

    The rate is that of the last finished jobs (up to 100, at least 3). Held jobs do not finish by themselves and are
    not counted; nothing is promised when no job is running.
    """
    states = jobs["state"].astype(str)
    waiting = int(states.isin([JobState.IDLE, JobState.RUNNING, JobState.TRANSFERRING, JobState.SUSPENDED]).sum())
    running = int(states.isin([JobState.RUNNING, JobState.TRANSFERRING]).sum())
    ended = jobs.loc[states.isin([JobState.DONE, JobState.FAILED]), "finished"].dropna().sort_values().tail(100)
    if not waiting or not running or len(ended) < 3:
        return None
    began = min(ended.iloc[0], jobs["started"].min())
    seconds = max(1.0, (pd.Timestamp(now) - began).total_seconds())
    per_job = seconds / len(ended)
    return Eta(waiting * per_job, waiting * per_job / math.sqrt(len(ended)))


def counts(jobs: pd.DataFrame) -> dict[str, int]:
    """Number of jobs in each `JobState`, all states present."""
    found = jobs["state"].astype(str).value_counts()
    return {state: int(found.get(state, 0)) for state in STATES}

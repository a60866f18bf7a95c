"""What is asked of a schedd in a tick, as a ClassAd expression that costs it little.

It is evaluated for each of the jobs in the queue, whose number nothing bounds: with 100,000 of them each attribute that
is looked at takes some 30 ms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from dashboard.backends.htcondor.naming import beyond, naming
from dashboard.domain import job
from dashboard.domain.category import among

NAMED = 2500
"""Jobs asked for by name, at most."""

_MOVING = " || ".join(f"{name} =?= true" for name in job.MOVING)
_ALL_RUNNING = "JobStatus == 2 || JobStatus == 6 || JobStatus == 7"
_CLUSTERS = "JobStatus =?= undefined"
"""True of cluster ads, as a rule: jobs alone have a status, which is looked at anyway."""
_ALL_CLUSTERS = "ProcId =?= undefined"
"""True of all cluster ads: some ways of submitting (by ready-made ads) give them a status, too."""


def question(
    since: int,
    jobs: pd.DataFrame,
    named: Iterable[tuple[int, int | None]],
    made: Mapping[int, int],
    *,
    sweep: bool,
    general: bool,
) -> str:
    """An expression that is true of cluster ads, and of jobs that may have changed.

    Parameters
    ----------
    since
        Those that entered their status at this time or later (epoch seconds).
    jobs
        What is known, with ``queued``: those with files on their way, or that had some, change without a new status.
    named
        Jobs, or clusters, that are wanted in any case.
    made
        How many jobs each factory has made so far: the status of those it makes is as old as the cluster.
    sweep
        All running jobs are wanted.
    general
        Cluster ads may have a status.
    """
    running, moving = _running(jobs), _moving(jobs)
    anything = [f"EnteredCurrentStatus >= {since}"]
    if sweep or len(moving) > NAMED:
        anything += [_CLUSTERS, _ALL_RUNNING]
    elif running.any():
        anything.append(f"(JobStatus != 2) =!= true && ({_CLUSTERS} || {_MOVING} || {_named(moving)})")
    else:
        anything.append(_CLUSTERS)
    anything += [_ALL_CLUSTERS] if general else []
    anything += [beyond(made)] if made else []
    anything += [naming(named)] if named else []
    return " || ".join(anything)


def brief(since: int, jobs: pd.DataFrame) -> str:
    """The same of jobs alone, without those that are wanted in any case; of most of them it looks at one attribute.

    A job that runs without our having seen a change began no earlier than the first of those of which we know.
    """
    running, moving = _running(jobs), _moving(jobs)
    if not running.any():
        return f"EnteredCurrentStatus >= {since}"
    begun = jobs["since"][running]
    first = 0 if begun.isna().any() else min(since, int(begun.min().timestamp()))
    files = _ALL_RUNNING if len(moving) > NAMED else f"JobStatus == 2 && ({_MOVING} || {_named(moving)})"
    return f"EnteredCurrentStatus >= {first} && (EnteredCurrentStatus >= {since} || {files})"


def _running(jobs: pd.DataFrame) -> np.ndarray:
    states = among(jobs["state"], (job.JobState.RUNNING, job.JobState.TRANSFERRING))
    return np.asarray(jobs["queued"].to_numpy() & states)


def _moving(jobs: pd.DataFrame) -> np.ndarray:
    """Keys of the jobs whose files are on their way."""
    return np.asarray(job.keys(jobs)[jobs["queued"].to_numpy() & among(jobs["state"], (job.JobState.TRANSFERRING,))])


def _named(keys: np.ndarray) -> str:
    return naming(divmod(key, job.PROCS) for key in keys.tolist())

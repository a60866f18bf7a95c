"""What is asked of a schedd in a tick, as a ClassAd expression that costs it little.

It is evaluated for each of the jobs in the queue, whose number nothing bounds: with 100,000 of them each attribute that
is looked at takes some 30 ms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
    queued = jobs["queued"].to_numpy()
    moving = job.keys(jobs)[queued & among(jobs["state"], (job.JobState.TRANSFERRING,))]
    anything = [f"EnteredCurrentStatus >= {since}"]
    if sweep or len(moving) > NAMED:
        anything += [_CLUSTERS, _ALL_RUNNING]
    elif (queued & among(jobs["state"], (job.JobState.RUNNING, job.JobState.TRANSFERRING))).any():
        known = naming(divmod(key, job.PROCS) for key in moving.tolist())
        anything.append(f"(JobStatus != 2) =!= true && ({_CLUSTERS} || {_MOVING} || {known})")
    else:
        anything.append(_CLUSTERS)
    anything += [_ALL_CLUSTERS] if general else []
    anything += [beyond(made)] if made else []
    anything += [naming(named)] if named else []
    return " || ".join(anything)

"""The jobs of a snapshot as pages read them: by position, and each thing made once for all sessions."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import TypeVar

import numpy as np
import pandas as pd

from dashboard.domain import batch
from dashboard.domain.category import among, coded
from dashboard.domain.cause import Causes, causes
from dashboard.domain.forecast import Forecast, forecast
from dashboard.domain.job import JobState
from dashboard.domain.timeline import ENDED, seconds
from dashboard.feed.snapshot import Snapshot
from dashboard.workspace import Workspace

T = TypeVar("T")

_RUNNING = (JobState.RUNNING, JobState.TRANSFERRING)
_WAITING = (JobState.IDLE, JobState.SUSPENDED, "unborn")


class Queue:
    """What is known of the jobs at one time.

    Attributes
    ----------
    version
        As of the snapshot: equal versions hold equal jobs.
    now
        When it was true.
    complete
        Whether all jobs are in the frame that belong there; else they still come in.
    jobs
        The jobs frame, shared by all; it may not hold every job yet.
    """

    def __init__(self, workspace: Workspace, snapshot: Snapshot, now: datetime) -> None:
        self._workspace = workspace
        self._snapshot = snapshot
        self.version = snapshot.version
        self.now = now
        self.complete = snapshot.complete
        self.jobs = snapshot.frame

    @property
    def batches(self) -> pd.DataFrame:
        """One row per batch, newest first; it counts every job."""
        return self._workspace.batches_of(self._snapshot)

    @property
    def counts(self) -> dict[str, int]:
        """Number of jobs in each state."""
        return self.once("counts", lambda: batch.summed(self.batches))

    @property
    def causes(self) -> Causes:
        """Why jobs are held or failed."""
        return self.once("causes", lambda: causes(self.jobs))

    def causes_of(self, batch_id: str) -> Causes:
        """Why jobs of a batch are held or failed."""
        return self.once(("causes", batch_id), lambda: causes(self.jobs, self.rows(batch_id)))

    def rows(self, batch_id: str) -> np.ndarray:
        """Where the jobs of a batch stand in the frame."""

        def find() -> np.ndarray:
            codes, batches = coded(self.jobs["batch"])
            return np.flatnonzero(codes == batches.get_loc(batch_id) if batch_id in batches else [])

        return self.once(("rows", batch_id), find)

    def of(self, batch_id: str, *columns: str) -> pd.DataFrame:
        """These columns of the jobs of a batch, all when none is named."""
        jobs, rows = self.jobs[list(columns)] if columns else self.jobs, self.rows(batch_id)
        return jobs if len(rows) == len(jobs) else jobs.iloc[rows]

    def forecast(self, batch_id: str) -> Forecast | None:
        """When a batch will be finished."""

        def find() -> Forecast | None:
            running, waiting = map(int, self.once("to end", self._to_end)[self.batches.index.get_loc(batch_id)])
            if not running:  # nothing is promised
                return None
            rows = self.rows(batch_id)
            over = rows[self.once("over", lambda: among(self.jobs["state"], ENDED))[rows]]
            started, ended = seconds(self.jobs["started"].iloc[rows]), seconds(self.jobs["finished"].iloc[over])
            return forecast(waiting, running, started, ended, self.now.timestamp())

        return self.once(("forecast", batch_id), find)

    def _to_end(self) -> np.ndarray:
        """Of each batch how many jobs run, and how many are still to end."""
        running, waiting = (sum(self.batches[state].to_numpy() for state in states) for states in (_RUNNING, _WAITING))
        return np.column_stack([running, running + waiting])

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """The thing of this name, made at most once of these jobs, whoever asks."""
        return self._workspace.derived(self.version, key, make)

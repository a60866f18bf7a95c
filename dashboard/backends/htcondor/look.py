"""What was known of jobs before they are acted on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboard.domain import job


class Seen(NamedTuple):
    """A job as it was: enough to tell to which of them the same will happen."""

    owner: str
    state: str


class Look(NamedTuple):
    """Jobs as they were at a time by the schedd's clock (epoch seconds); ``queued`` says which were in its queue."""

    time: int
    jobs: pd.DataFrame

    def seen(self, ids: Sequence[str]) -> dict[str, Seen]:
        """Those of these jobs that were in the queue."""
        wanted = np.array([cluster * job.PROCS + proc for cluster, proc in map(job.id_key, ids)], dtype="int64")
        keys = job.keys(self.jobs)
        rows = self.jobs.iloc[np.searchsorted(keys, wanted[job.are_in(wanted, keys)])]
        rows = rows[rows["queued"]]
        told = zip(rows["owner"].astype(str), rows["state"].astype(str), strict=True)
        return dict(zip(rows.index, (Seen(owner, state) for owner, state in told), strict=True))

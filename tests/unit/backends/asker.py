"""Asks a queue as a worker and its poller do."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.backends.htcondor.queue import Queue
from dashboard.domain import batch, job, merge
from dashboard.settings import HTCondorSettings
from tests.unit.backends.pretended import PretendedSchedd


class Asker:
    """Keeps a frame and batches by what the queue says has changed, as a poller does."""

    def __init__(self, schedd: PretendedSchedd, **more: Any) -> None:
        self.queue = Queue(schedd, HTCondorSettings(interval=3600, **more))  # type: ignore[arg-type]
        self.frame = job.table([])
        self.batches = batch.NONE

    def look(self) -> None:
        """A tick at once, then whatever is still to be read."""
        self.queue._looked = -np.inf  # nothing named: cluster ads are asked for when the queue itself finds them needed
        self.step()
        while self.queue.more:
            self.step()

    def step(self) -> None:
        self.queue.refresh()
        rows, removals = self.queue.changes()
        self.frame = merge.merged(self.frame, rows, removals, job.keys)
        self.batches = self.queue.batches()

    @property
    def live(self) -> dict[str, str]:
        alive = self.frame[self.frame["state"].isin(job.LIVE)]
        return dict(zip(alive.index, alive["state"].astype(str), strict=True))

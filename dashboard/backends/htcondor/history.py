"""Finished jobs as the schedd remembers them, read in pieces of bounded size."""

from __future__ import annotations

import time

from dashboard.backends.htcondor.schedd import Schedd, plain
from dashboard.domain import finished
from dashboard.domain.finished import Mark, Piece
from dashboard.domain.job import PROCS


class History:
    """The history of one schedd.

    Parameters
    ----------
    schedd
        Whose history.
    """

    def __init__(self, schedd: Schedd) -> None:
        self._schedd = schedd

    def finished(
        self,
        constraint: str,
        since: Mark | None = None,
        ids: tuple[int, int] | None = None,
        after: int = 0,
        limit: int = 2000,
    ) -> Piece:
        """Finished jobs, those that left the queue last first.

        The schedd gives them in the order in which they left the queue, which no attribute tells exactly (a spooled
        job stays up to ten days). So what is too much for one piece is parted by ids, which are exact.

        Parameters
        ----------
        constraint
            Whose jobs: a ClassAd expression.
        since
            Read no further than to this record, without it.
        ids
            Only jobs from the first to before the second of these (``cluster * PROCS + proc``).
        after
            Only jobs that ended at this time or later (epoch seconds).
        limit
            At most so many jobs.
        """
        parts = [f"({constraint})"]
        if ids:
            (low, first), (high, beyond) = (divmod(key, PROCS) for key in ids)
            parts.append(f"(ClusterId > {low} || ClusterId == {low} && ProcId >= {first})")
            parts.append(f"(ClusterId < {high} || ClusterId == {high} && ProcId < {beyond})")
        if after:
            parts.append(f"EnteredCurrentStatus >= {after}")
        end = since and f"ClusterId == {since.cluster} && ProcId == {since.proc} && QDate == {since.submitted}"
        began = time.monotonic()
        with self._schedd.asked() as client:
            # One more than is wanted tells whether there are more.
            ads = client.history(" && ".join(parts), finished.ATTRIBUTES, limit + 1, end)
        known = [plain(ad, finished.ATTRIBUTES) for ad in ads[:limit]]
        data = finished.packed(finished.table(known, self._schedd.name))
        return Piece(data, len(ads) > limit, time.monotonic() - began)

"""What one person's jobs are now: ticks, history, single ads; and the actions on them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import htcondor2
import pandas as pd

from dashboard.backends.htcondor import actions, submission
from dashboard.backends.htcondor.history import History
from dashboard.backends.htcondor.schedd import Schedd, plain, quoted
from dashboard.backends.sent import Sent
from dashboard.domain import job
from dashboard.domain.batch import CLUSTER_COLUMNS
from dashboard.domain.change import Change
from dashboard.domain.finished import Mark, Piece
from dashboard.domain.outcome import Item
from dashboard.domain.problem import Problem
from dashboard.settings import HTCondorSettings

_PROJECTION = [*job.ATTRIBUTES, "ResidentSetSize", "ImageSize", "TotalSubmitProcs"]

HISTORY_EVERY = 20.0
"""Seconds after which the history is read even if no job is missed: a cluster may come and go between two ticks."""

MAX_HISTORY = 20_000
"""Finished jobs read at most at a time."""


class HTCondor:
    """One schedd as one identity.

    A tick is one query of my jobs and cluster ads; the history is read when a job has left the queue. What was sent
    before is remembered here, so a tick sends only rows that differ; the cursor tells whether the asker has them.
    """

    def __init__(self, settings: HTCondorSettings) -> None:
        self._schedd = Schedd(settings)
        self._settings = settings
        self._history = History(self._schedd)
        self._sent = Sent()
        self._live: set[str] = set()
        self._last_left = ""
        self._history_read = 0.0

    def tick(self, cursor: int | None) -> Change:
        """Jobs changed since the cursor; all of them (live, and finished in the last days) without one."""
        full = self._sent.begin(cursor)
        if full:
            self._live, self._last_left = set(), ""
        constraint = f"Owner == {quoted(self._schedd.owner)}"
        with self._schedd.asked() as schedd:
            ads = schedd.query(constraint, projection=_PROJECTION, opts=htcondor2.QueryOpt.IncludeClusterAd)
        server_time = max((ad.get("ServerTime", 0) for ad in ads), default=0) or int(time.time())
        jobs = [plain(ad, _PROJECTION) for ad in ads if "ProcId" in ad]
        clusters = [plain(ad, _PROJECTION) for ad in ads if "ProcId" not in ad]
        left: list[dict[str, Any]] = []
        queued = {job_id(ad) for ad in jobs}
        if full or self._live - queued or time.monotonic() - self._history_read > HISTORY_EVERY:
            left = self._left(constraint, server_time)
        present, finished = latest(jobs, left)
        live = set(present)
        rows = {key: job.row(ad, self._schedd.name) for key, ad in (finished | present).items()}
        # A job that left without a trace (history off or rotated away) cannot be shown as live any longer.
        removals = tuple(self._live - live - rows.keys())
        self._sent.forget(removals)
        self._live = live
        return Change(
            cursor=self._sent.end(),
            time=datetime.fromtimestamp(server_time, UTC),
            upserts=job.table(self._sent.changed(rows)),
            removals=removals,
            full=full,
            totals={"clusters": self._clusters(clusters)},
        )

    def _left(self, constraint: str, server_time: int) -> list[dict[str, Any]]:
        """Ads of jobs that left the queue since the last time (without one: in the last days), oldest first."""
        since = self._last_left or f"EnteredCurrentStatus < {server_time - int(self._settings.history_days * 86400)}"
        with self._schedd.asked() as schedd:
            ads = schedd.history(constraint, _PROJECTION, MAX_HISTORY, since)
        left = [plain(ad, _PROJECTION) for ad in ads]
        if left:
            self._last_left = job_id(left[0])
        self._history_read = time.monotonic()
        return left[::-1]

    def _clusters(self, ads: list[dict[str, Any]]) -> pd.DataFrame:
        rows = [
            {
                "batch": str(ad.get("DAGManJobId") or ad["ClusterId"]),
                "batch_name": str(ad.get("JobBatchName") or ""),
                "owner": str(ad.get("Owner", "")),
                "schedd": self._schedd.name,
                "total": int(ad.get("TotalSubmitProcs") or 0),
                "submitted": int(ad.get("QDate") or 0),
            }
            for ad in ads
        ]
        index = pd.Index([str(ad["ClusterId"]) for ad in ads], dtype=object, name="cluster")
        return pd.DataFrame(rows, columns=list(CLUSTER_COLUMNS), index=index)

    def who(self) -> tuple[str, str]:
        """Owner and schedd, as the schedd knows them."""
        owner = self._schedd.owner
        with self._schedd.asked():
            return owner, self._schedd.name

    def ad(self, wanted: str) -> dict[str, str]:
        """The whole ClassAd of a job, attribute → expression text; from the history when it has left the queue."""
        cluster, proc = job.id_key(wanted)
        constraint = f"ClusterId == {cluster} && ProcId == {proc}"
        with self._schedd.asked() as schedd:
            ads = schedd.query(constraint) or schedd.history(constraint, [], 1)
        if not ads:
            raise Problem("missing", f"Job {wanted} is neither in the queue nor in the history of {self._schedd.name}.")
        return {name: str(ads[0].lookup(name)) for name in sorted(ads[0].keys())}

    def history(self, since: datetime | None, limit: int) -> pd.DataFrame:
        """Finished jobs, newest first, as a jobs frame: those finished after ``since`` and at most ``limit``."""
        until = f"EnteredCurrentStatus < {int(since.timestamp())}" if since else None
        with self._schedd.asked() as schedd:
            ads = schedd.history(f"Owner == {quoted(self._schedd.owner)}", _PROJECTION, limit, until)
        return job.frame((plain(ad, _PROJECTION) for ad in ads), self._schedd.name)

    def finished(self, since: Mark | None, ids: tuple[int, int] | None, after: int, limit: int) -> Piece:
        """A piece of the history of my jobs (`dashboard.backends.htcondor.history`)."""
        return self._history.finished(f"Owner == {quoted(self._schedd.owner)}", since, ids, after, limit)

    def act(self, action: str, ids: list[str], reason: str) -> list[Item]:
        """Hold, release, remove or vacate jobs; one item per job (`dashboard.backends.htcondor.actions`)."""
        return actions.act(self._schedd, action, ids, reason)

    def edit(self, ids: list[str], attributes: Mapping[str, str | float | bool]) -> list[Item]:
        """Set attributes of jobs; one item per job."""
        return actions.edit(self._schedd, ids, attributes)

    def submit(self, text: str, items: list[dict[str, str]] | None, spool: bool, submit_id: str) -> tuple[int, int]:
        """Submit once under ``submit_id``; cluster and number of jobs."""
        settings = self._settings
        return submission.submit(self._schedd, text, items, spool, submit_id, settings.workdir, settings.kerberos)

    def submitted(self, submit_id: str) -> tuple[int, int] | None:
        """Cluster and number of jobs of an earlier submission under this id, if there was one."""
        return submission.submitted(self._schedd, submit_id)


def latest(
    queued: list[dict[str, Any]], left: list[dict[str, Any]]
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Ads by id of jobs in the queue, and of jobs that left it; none in both, the later status counts.

    The queue is asked first, so a job may leave it before the history is read; an id in the history may also be an old
    one that was given again to a new job.
    """
    present, finished = {job_id(ad): ad for ad in queued}, {job_id(ad): ad for ad in left}
    for key in present.keys() & finished.keys():
        now, then = (ads[key].get("EnteredCurrentStatus", 0) for ads in (present, finished))
        del (present if then >= now else finished)[key]
    return present, finished


def job_id(ad: Mapping[str, Any]) -> str:
    """Id of a job's ad."""
    return f"{ad['ClusterId']}.{ad['ProcId']}"

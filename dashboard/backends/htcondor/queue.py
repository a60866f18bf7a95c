"""What is known of one schedd's queue: read once in pieces, then kept true by what changes.

One query a tick brings the jobs whose status changed since the last one. While the schedd counts as many jobs as are
known that is all; otherwise, and now and then, all cluster ads are asked for, too. They carry its own count of their
jobs: where ours is larger, jobs have left, and the history tells how; where neither explains it, the cluster is read
again. What changes without a change of status (usage, edits from elsewhere) is seen by a sweep of the running jobs
every few minutes, and by reading everything again every half hour and after any failure.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import htcondor2
import numpy as np
import pandas as pd

from dashboard.backends.htcondor import cluster, piece
from dashboard.backends.htcondor.look import Look
from dashboard.backends.htcondor.naming import named
from dashboard.backends.htcondor.piece import Piece
from dashboard.backends.htcondor.question import NAMED, brief, question
from dashboard.backends.htcondor.schedd import Schedd, id_of, plain
from dashboard.domain import batch, job, merge
from dashboard.settings import HTCondorSettings

PROJECTION = [*job.ATTRIBUTES, *cluster.ATTRIBUTES, "ServerTime"]

CLUSTER_ADS_ONLY = 0x50
"""QueryOpt of cluster ads without their jobs; htcondor2 has no name for it."""

HISTORY_EVERY = 20.0
"""Seconds after which the history is read even if no job is missed: a cluster may come and go between two ticks."""
CLUSTERS_EVERY = 30.0
"""Seconds after which the cluster ads are read even if no job has come or left: one may be without any job."""
MAX_HISTORY = 20_000
"""Finished jobs read at most at a time."""
SWEEP_EVERY = 300.0
"""Seconds between sweeps of the running jobs."""
RESYNC_EVERY = 1800.0
"""Seconds between readings of everything."""


class Queue:
    """Jobs of one owner, or of all, at one schedd: those in its queue, and those that left it lately."""

    def __init__(self, schedd: Schedd, settings: HTCondorSettings) -> None:
        self._schedd = schedd
        self._settings = settings
        self._clusters = batch.empty_clusters()
        self._frame = job.table([]).assign(queued=np.zeros(0, dtype=bool))
        self._time = 0  # the schedd's largest, in epoch seconds
        self._as_of = 0
        self._loaded: set[int] = set()  # clusters whose jobs are in the frame; the schedd's own counts stand for others
        self._opened: set[int] = set()  # clusters that are read beyond the limit
        self._pieces: list[Piece] = []
        self._named: set[tuple[int, int | None]] = set()  # to be looked at whether their status changes or not
        self._last_left = ""  # up to which job the history is known; newer ones are not all read while `_flood`
        self._newest_left = ""
        self._flood = False
        self._changed: list[pd.DataFrame] = []
        self._removed: set[str] = set()
        self._doubt = True
        self._history_due = True
        self._whole = False
        self._told: list[dict[str, Any]] = []  # the cluster ads
        self._some_hidden = False  # a cluster ad with a status has been seen
        self._counted: tuple[Any, ...] = self._frame, self._clusters, False, set()
        self._table = batch.NONE
        self._looked = self._swept = self._read = self._history_read = self._clusters_read = -np.inf

    @property
    def time(self) -> datetime:
        """When this was true, by the schedd's clock."""
        return datetime.fromtimestamp(self._as_of, UTC)

    @property
    def frame(self) -> pd.DataFrame:
        """The jobs frame."""
        return self._frame.drop(columns="queued")

    @property
    def look(self) -> Look:
        """What was seen when the queue was last asked."""
        return Look(self._as_of, self._frame)

    @property
    def more(self) -> bool:
        """Whether jobs are still to be read, for the first time or again."""
        return self._history_due or bool(self._pieces)

    @property
    def complete(self) -> bool:
        """Whether the frame has all jobs, up to the limit."""
        return self._whole and self._coming <= self._loaded

    def batches(self) -> pd.DataFrame:
        """One row per batch; where jobs are still to be read, or are too many, the schedd's own counts stand.

        The same table again when nothing has changed.
        """
        jobs, clusters, *more = self._counted
        if jobs is self._frame and clusters is self._clusters and more == [self._flood, self._loaded]:
            return self._table
        self._counted = self._frame, self._clusters, self._flood, set(self._loaded)
        clusters = self._clusters.assign(counted=~self._clusters.index.isin(list(self._loaded)))
        jobs = self._frame
        if clusters["counted"].any() or self._flood:
            jobs = jobs[~jobs["queued"] | jobs["cluster"].isin(clusters.index[~clusters["counted"]])]
        self._table = batch.batches(jobs, clusters)
        return self._table

    def changes(self) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """Rows that changed since this was last asked, and ids that are gone."""
        rows, *more = self._changed or [self._frame.iloc[:0]]
        if more or self._removed:  # what was put may be gone, or be otherwise again
            keys = np.unique(np.concatenate([job.keys(rows), *map(job.keys, more)]))
            ours = job.keys(self._frame)
            rows = self._frame.iloc[np.searchsorted(ours, keys[job.are_in(keys, ours)])]
        removed = tuple(self._removed - set(rows.index))
        self._changed, self._removed = [], set()
        return rows.drop(columns="queued"), removed

    def doubt(self) -> None:
        """Read everything again: something failed."""
        self._doubt = True

    def name(self, ids: Iterable[str]) -> None:
        """Look now, and at these jobs (or clusters) even if their status stays as it is; what is no id is none."""
        self._named |= named(ids)
        self._looked = self._clusters_read = -np.inf

    def open(self, batch_id: str) -> None:
        """Read the jobs of this batch even if there are too many."""
        wanted = set(self._clusters.index[self._clusters["batch"] == batch_id]) - self._loaded - self._opened
        self._opened |= wanted
        self._plan(wanted, first=True)

    def refresh(self) -> None:
        """One step: everything anew when in doubt, a piece of what is still to be read, or what has changed."""
        now = time.monotonic()
        if self._doubt or now - self._read > RESYNC_EVERY:
            self._begin()
            self._read = self._swept = self._looked = now
        elif self.more and now - self._looked < self._settings.interval:
            self._fill()
        else:
            self._tick(sweep=now - self._swept > SWEEP_EVERY)
            self._looked = now
            # On its own, next: what is known so far need not wait.
            self._history_due |= time.monotonic() - self._history_read > HISTORY_EVERY

    # All anew

    def _begin(self, changed: set[int] | None = None) -> None:
        """Have the jobs of all clusters read, or of those that changed."""
        ads = self._query("true", CLUSTER_ADS_ONLY)
        self._some_hidden = any("JobStatus" in ad for ad in ads)
        self._time = self._clock(ads)
        followed = self._loaded | self._coming
        new = self._with_room(self._take_clusters(ads))
        self._named.clear()
        self._history_due = True  # before any piece: it tells whether more left than is read at a time
        if changed is None:
            self._loaded &= cluster.agreed(self._clusters, self._frame[self._frame["queued"]])
            self._pieces = []
            self._plan(set(self._clusters.index))
            self._doubt = False
        else:
            self._loaded -= changed
            self._pieces = [read for read in self._pieces if not read.clusters <= changed]
            self._plan(changed & followed | new, first=True)

    def _plan(self, clusters: set[int], *, first: bool = False) -> None:
        """Have these clusters read, newest first; not those that would pass the limit."""
        room = self._settings.max_rows
        chosen: list[int] = []
        crowded: list[int] = []
        for number, present in sorted(self._present.items(), reverse=True):
            if number in clusters:
                room -= present
                (chosen if room >= 0 or number in self._opened else crowded).append(number)
        self._loaded.difference_update(crowded)
        self._forget((self._frame["cluster"].isin(crowded) & self._frame["queued"]).to_numpy())
        pieces = piece.of_clusters(self._clusters, chosen)
        self._pieces = [*pieces, *self._pieces] if first else [*self._pieces, *pieces]

    def _fill(self) -> None:
        """Read what left lately, then one piece of what is in the queue."""
        if self._history_due:
            self._settle(cluster.gone(self._clusters, self._keys_queued()))
            self._history_due = False
            over = cluster.excess(self._clusters, self._keys_queued()) > 0
            self._reread(set(self._clusters.index[over]) & self._loaded)
        else:
            self._read_piece(self._pieces.pop(0))
        self._whole = self._whole or not self.more
        if self._flood and not self.more:
            self._flood, self._last_left = False, self._newest_left

    def _read_piece(self, read: Piece) -> None:
        ads = self._query(read.constraint)
        self._put(ads, queued=True)
        known = self._keys_queued()
        known = known[(known >= read.first) & (known <= read.last)]
        absent = known[~np.isin(known, job.keys_of(ads))]
        if len(absent):
            self._settle(absent, read if self._flood else None)
        self._loaded.update(read.completes)

    # What has changed

    def _tick(self, *, sweep: bool) -> None:
        if not sweep and self._steady and self._tick_briefly():
            return
        if len(self._named) > NAMED:  # more was edited than can be asked for by name
            self._named = {(number, None) for number, _ in self._named}
        most = piece.SIZE + 2 * len(self._clusters)
        waiting = self._clusters.index[self._clusters["unborn"] > 0].intersection(list(self._loaded | self._coming))
        born = dict(zip(waiting.tolist(), cluster.made(self._clusters)[waiting].tolist(), strict=True))
        general = self._some_hidden or self._clusters.empty  # without a cluster nothing would tell of a clock set back
        wanted = question(self._time - 1, self._frame, self._named, born, sweep=sweep, general=general)
        ads = self._query(wanted, htcondor2.QueryOpt.IncludeClusterAd, most)
        now = self._clock(ads) or self._time
        if now < self._time - 1:  # its clock was set back
            self._begin()
            return
        if len(ads) >= most:  # so much has changed that it takes pieces
            self._begin({ad["ClusterId"] for ad in self._query(wanted, projection=["ClusterId"])})
            return
        jobs = [ad for ad in ads if "ProcId" in ad]
        clusters = [ad for ad in ads if "ProcId" not in ad]
        if not self._some_hidden and {ad["ClusterId"] for ad in jobs} - {ad["ClusterId"] for ad in clusters}:
            self._some_hidden = True
            self._tick(sweep=sweep)
            return
        self._time = max(now, self._time)
        self._swept = time.monotonic() if sweep else self._swept
        self._named.clear()
        made = cluster.made(self._clusters)
        new = self._with_room(self._take_clusters(clusters))
        follow = self._loaded | new | self._coming
        self._put([ad for ad in jobs if ad["ClusterId"] in follow], queued=True)
        self._check(new, made.drop(list(new), errors="ignore"))

    @property
    def _steady(self) -> bool:
        """Whether, as far as we know, cluster ads tell nothing new unless a job comes or leaves."""
        recent = time.monotonic() - self._clusters_read < CLUSTERS_EVERY
        whole = not self._pieces and self._loaded.issuperset(self._clusters.index)
        return recent and whole and not self._named and not self._clusters["unborn"].any()

    def _tick_briefly(self) -> bool:
        """Take what changed without a cluster ad; False when one is needed.

        The jobs are counted before: if one came and another one left, there are more of them afterwards.
        """
        present = self._schedd.present()
        if present != self._frame["queued"].sum():
            return False
        ads = self._query(brief(self._time - 1, self._frame), limit=piece.SIZE)
        ads = ads or self._query("true", limit=1)  # any job tells the time, and whether it is still the same spool
        now = self._clock(ads)
        submitted = {ad["ClusterId"]: ad.get("QDate") for ad in self._told}
        ours = all(submitted.get(ad["ClusterId"], -1) == ad.get("QDate") for ad in ads)  # not a number given again
        if now < self._time - 1 or len(ads) == piece.SIZE or not ours:
            return False
        self._time = max(now, self._time)
        self._put(ads, queued=True)
        return present == self._frame["queued"].sum()

    def _check(self, new: set[int], made: pd.Series[Any]) -> None:
        """Compare our number of jobs with the schedd's in each cluster, and find out about those that left.

        The new clusters are followed from now on; the others had made so many jobs before.
        """
        excess = cluster.excess(self._clusters, self._keys_queued())
        followed = self._clusters.index.isin(list(self._loaded | new))
        short = set(self._clusters.index[followed & (excess < 0)])
        self._loaded |= new - short
        gone = cluster.gone(self._clusters, self._keys_queued())
        over = followed & (excess > 0)
        passed = followed & cluster.passed(self._clusters, job.keys(self._frame), made)
        if over.any() or passed.any() or len(gone):
            left = cluster.numbers(self._clusters, self._settle(gone))
            short |= set(self._clusters.index[over & (left < excess)])  # no trace of some: only reading it again tells
        self._reread(short)

    def _reread(self, clusters: set[int]) -> None:
        """Have these read: nothing else tells what became of some of their jobs."""
        if clusters := clusters - self._coming:
            self._loaded -= clusters
            self._plan(clusters, first=True)

    def _settle(self, absent: np.ndarray, within: Piece | None = None) -> np.ndarray:
        """Read the history for jobs that left the queue; those absent of which it knows nothing are dropped.

        When more left than are read at a time, it is read piece by piece.

        Returns the keys of all jobs that were in the queue as far as we knew, and are not.
        """
        before = self._keys_queued()
        wanted = f"{self._schedd.mine} && {within.constraint}" if within else self._schedd.mine
        since = self._last_left or f"EnteredCurrentStatus < {self._time - int(self._settings.history_days * 86400)}"
        with self._schedd.asked() as schedd:
            ads = [plain(ad) for ad in schedd.history(wanted, PROJECTION, MAX_HISTORY, since)]
        self._history_read = time.monotonic()
        cut = len(ads) >= MAX_HISTORY and self._last_left != "" and within is None
        self._put(self._newer(ads[::-1]), queued=False)
        if ads and within is None:
            self._newest_left = id_of(ads[0])
            self._last_left = self._last_left if cut or self._flood else self._newest_left
        if cut and not self._flood:
            self._flood = True
            self._pieces += piece.of_keys(cluster.gone(self._clusters, self._keys_queued()))
        if len(absent) and (not self._flood or within):
            ours = job.keys(self._frame)
            self._forget(job.are_in(ours, absent) & self._frame["queued"].to_numpy())
        return np.asarray(before[~job.are_in(before, self._keys_queued())])

    def _newer(self, left: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Without those whose id was given again: a job with a later status is in the queue."""
        rows = self._frame[job.are_in(job.keys(self._frame), np.sort(job.keys_of(left)))]
        queued = rows[rows["queued"]]
        since = {key: stamp.timestamp() for key, stamp in queued["since"].items() if pd.notna(stamp)}
        return [ad for ad in left if ad.get("EnteredCurrentStatus", 0) >= since.get(id_of(ad), 0)]

    # Keeping

    @property
    def _present(self) -> dict[int, int]:
        """Jobs of each cluster, as the schedd counts them."""
        return dict(zip(self._clusters.index.tolist(), self._clusters["present"].tolist(), strict=True))

    @property
    def _coming(self) -> set[int]:
        """Clusters still to be read, or in part."""
        return {number for read in self._pieces for number in read.clusters}

    def _clock(self, ads: list[dict[str, Any]]) -> int:
        """The schedd's time; 0 when it sent nothing that says it."""
        now = max((int(ad.get("ServerTime", 0)) for ad in ads), default=0)
        self._as_of = now or int(time.time())
        return now

    def _with_room(self, clusters: set[int]) -> set[int]:
        """Those that are not too many beside what is known."""
        # What our rows say may have left long ago.
        followed = self._clusters.index.isin(list((self._loaded | self._coming) - clusters))
        room = self._settings.max_rows - int(self._clusters["present"].to_numpy()[followed].sum())
        return {number for number in clusters if self._present[number] <= room}

    def _query(
        self, constraint: str, opts: int = 0, limit: int = -1, projection: list[str] = PROJECTION
    ) -> list[dict[str, Any]]:
        with self._schedd.asked() as schedd:
            # The owner last: of all jobs in the queue few pass the rest, and each comparison costs as much as a scan.
            mine = f"({constraint}) && {self._schedd.mine}"
            ads = schedd.query(mine, projection=projection, limit=limit, opts=opts)
            return [plain(ad) for ad in ads]

    def _keys_queued(self) -> np.ndarray:
        return np.asarray(job.keys(self._frame)[self._frame["queued"].to_numpy()])

    def _put(self, ads: list[dict[str, Any]], *, queued: bool) -> None:
        if not ads:
            return
        rows = job.table([job.row(ad, self._schedd.name) for ad in ads])
        rows = rows.assign(queued=queued)
        self._frame, changed = merge.updated(self._frame, rows, job.keys)
        if len(changed):
            self._changed.append(changed)

    def _forget(self, gone: np.ndarray) -> None:
        if gone.any():
            self._removed.update(self._frame.index[gone])
            self._frame = self._frame[~gone]

    def _take_clusters(self, ads: list[dict[str, Any]]) -> set[int]:
        """Take the clusters as they are now; those that are new, and whose old namesakes are forgotten."""
        self._clusters_read = time.monotonic()
        told = [{name: value for name, value in ad.items() if name != "ServerTime"} for ad in ads]
        if told == self._told:
            return set()
        self._told = told
        before, self._clusters = self._clusters, cluster.frame(ads, self._schedd.name)
        submitted = self._clusters["submitted"]
        again = submitted.index[submitted != before["submitted"].reindex(submitted.index)]
        if len(again):
            theirs = submitted.reindex(self._frame["cluster"]).to_numpy()
            namesakes = self._frame["cluster"].isin(again) | self._frame["batch"].isin(again.astype(str))
            old = namesakes.to_numpy() & (self._frame["submitted"].to_numpy() != theirs)
            if old.any():  # the spool was wiped, and numbers are given again, perhaps by a clock that was set back
                self._last_left = ""
                self._forget(old)
        self._loaded &= set(self._clusters.index) - set(again)
        return set(again)

"""A schedd of a few lines that answers as the real one does, whose time and history a test can turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import classad2
import htcondor2

from dashboard.domain import job
from dashboard.domain.problem import Problem

Ad = dict[str, Any]

_STATUS = {"Hold": (5, {1, 2, 7}), "Release": (1, {5}), "Remove": (3, {1, 2, 5, 7}), "Vacate": (1, {2, 7})}
"""Status an action gives a job, and those it fits."""


class PretendedSchedd:
    """Stands for `dashboard.backends.htcondor.schedd.Schedd` and the client it gives."""

    name = "schedd@pool"
    mine = 'Owner == "alice"'

    def __init__(self) -> None:
        self.time = 1_000_000
        self.identity = "alice"
        self.questions = 0
        self.jobs: dict[tuple[int, int], Ad] = {}
        self.clusters: dict[int, Ad] = {}
        self.left: list[Ad] = []
        self.last_cluster = 0
        self.stopped: set[int] = set()  # clusters that were acted on as a whole
        self.leaving: set[tuple[int, int]] = set()  # jobs that leave while they are acted on
        self.given: set[tuple[int, int]] = set()  # numbers of clusters, and when

    # What happens there

    def submit(self, count: int, made: int | None = None, dag: int | None = None, *, ready: bool = False) -> int:
        """Submit a cluster of which so many are made at once (all of them, unless it is a factory).

        By ready-made ads, its cluster ad has a status, too.
        """
        self.last_cluster = cluster = self.last_cluster + 1
        while (cluster, self.time) in self.given:  # the same number in the same second: nobody could tell them apart
            self.time += 1
        self.given.add((cluster, self.time))
        ad = {"ClusterId": cluster, "Owner": "alice", "QDate": self.time, "Cmd": "/bin/fit", "TotalSubmitProcs": count}
        if ready:
            ad["JobStatus"] = 1
        if dag is not None:
            ad["DAGManJobId"] = dag
        if made is not None:
            ad["JobMaterializeNextProcId"] = 0
        self.clusters[cluster] = ad
        self.make(cluster, count if made is None else made)
        return cluster

    def make(self, cluster: int, number: int) -> None:
        """Have the factory make more jobs; their status is as old as the cluster, as HTCondor has it."""
        ad = self.clusters[cluster]
        begin = ad.get("JobMaterializeNextProcId", 0)
        end = min(begin + number, ad["TotalSubmitProcs"])
        for proc in range(begin, end):
            self.jobs[cluster, proc] = ad | {"ProcId": proc, "JobStatus": 1, "EnteredCurrentStatus": ad["QDate"]}
        if "JobMaterializeNextProcId" in ad:
            ad["JobMaterializeNextProcId"] = end

    def change(self, key: tuple[int, int], status: int, **more: Any) -> None:
        """Give a job another status."""
        self.jobs[key] |= {"JobStatus": status, "EnteredCurrentStatus": self.time} | more

    def leave(self, key: tuple[int, int], status: int = 4, *, trace: bool = True, **more: Any) -> None:
        """Have a job end and leave the queue."""
        ad = self.jobs.pop(key) | {"JobStatus": status, "EnteredCurrentStatus": self.time} | more
        if trace:
            self.left.append(ad)
        made = self.clusters[key[0]].get("JobMaterializeNextProcId", 0)
        finished = made >= self.clusters[key[0]]["TotalSubmitProcs"] or "JobMaterializeNextProcId" not in ad
        if finished and not any(cluster == key[0] for cluster, _ in self.jobs):
            del self.clusters[key[0]]

    def wipe(self) -> None:
        """Lose the spool: queue, history and numbers."""
        self.jobs, self.clusters, self.left, self.last_cluster = {}, {}, [], 0

    # What it answers

    @contextmanager
    def asked(self) -> Iterator[PretendedSchedd]:
        yield self

    def present(self) -> int:
        """How many jobs are in the queue."""
        return len(self.jobs)

    def query(
        self, constraint: str, *, projection: list[str], limit: int = -1, opts: int = 0
    ) -> list[classad2.ClassAd]:
        """Job ads, and cluster ads as the options say, that meet the constraint."""
        assert "ClusterId" in projection
        self.questions += 1
        ads = [] if opts & 0x40 else list(self.jobs.values())
        ads += [self._counted(ad) for ad in self.clusters.values()] if opts & 0x10 else []
        found = [ad for ad in (_ad(ad, self.time) for ad in ads) if _meets(ad, constraint)]
        return found if limit < 0 else found[:limit]

    def act(self, action: htcondor2.JobAction, ids: list[str], reason: tuple[str, None]) -> dict[str, int]:
        """Hold, release, remove or vacate jobs; how many met each result."""
        status, fitting = _STATUS[action.name]
        totals = Counter[str]()
        wholes = [int(text) for text in ids if "." not in text]  # factories
        totals["TotalSuccess"] += len(wholes)
        keys = [job.id_key(text) for text in ids if "." in text]
        keys += [key for key in self.jobs if key[0] in wholes]
        self.stopped |= set(wholes)
        for key in keys:
            ad = self.jobs.get(key, {})
            if not ad:
                totals["TotalNotFound"] += 1
            elif ad["Owner"] != self.identity or key in self.leaving:
                totals["TotalPermissionDenied"] += 1
            elif ad["JobStatus"] == status and action.name != "Vacate":
                totals["TotalBadStatus" if action.name == "Release" else "TotalAlreadyDone"] += 1
            elif ad["JobStatus"] not in fitting:
                totals["TotalBadStatus"] += 1
            else:
                self.change(key, status, **{f"{action.name}Reason": reason[0]})
                totals["TotalSuccess"] += 1
        return totals

    def edit(self, ids: list[str], name: str, value: str) -> None:
        """Set an attribute of all jobs, or of none."""
        keys = [job.id_key(text) for text in ids]
        if any(key not in self.jobs for key in keys) or name == "Owner":
            raise Problem("invalid", "HTCondor refused: failed to set attribute.")
        for key in keys:
            self.jobs[key][name] = classad2.ExprTree(value).eval()

    def history(self, constraint: str, projection: list[str], match: int, since: str) -> list[classad2.ClassAd]:
        """Ads of jobs that left, the last one first, down to the one that is or meets ``since``."""
        assert "ClusterId" in projection
        found: list[classad2.ClassAd] = []
        for left in reversed(self.left):
            ad = _ad(left, self.time)
            if since == f"{left['ClusterId']}.{left['ProcId']}" or ("<" in since and _meets(ad, since)):
                break
            found += [ad] if _meets(ad, constraint) else []
        return found[:match]

    def _counted(self, ad: Ad) -> Ad:
        mine = [one["JobStatus"] for (cluster, _), one in self.jobs.items() if cluster == ad["ClusterId"]]
        counts = {"JobsIdle": mine.count(1), "JobsRunning": mine.count(2), "JobsHeld": mine.count(5)}
        return ad | counts | {"JobsPresent": len(mine)}


def _ad(values: Ad, time: int) -> classad2.ClassAd:
    return classad2.ClassAd(values | {"ServerTime": time})


def _meets(ad: classad2.ClassAd, constraint: str) -> bool:
    return classad2.ExprTree(constraint).eval(ad) is True

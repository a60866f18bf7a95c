"""Whatever happens at a schedd, in any order, after a look the queue is what is there."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from dashboard.backends.htcondor import piece, queue
from dashboard.domain import job
from tests.unit.backends.asker import Asker
from tests.unit.backends.pretended import PretendedSchedd

PHASES = (Phase.explicit, Phase.generate)
CHOICE = st.integers(0, 10**6)


class Churn(RuleBasedStateMachine):
    """Everything that can happen at a schedd, in any order, with looks in between."""

    def __init__(self) -> None:
        super().__init__()
        self.schedd = PretendedSchedd()
        self.traceless: set[str] = set()

    @initialize(jobs=st.lists(st.integers(1, 9), max_size=4), limit=st.sampled_from([200_000, 200_000, 12]))
    def begin(self, jobs: list[int], limit: int) -> None:
        for count in jobs:
            self.schedd.submit(count)
        self.asker = Asker(self.schedd, max_rows=limit)
        self.limit = limit

    def pick(self, choice: int) -> tuple[int, int]:
        keys = sorted(self.schedd.jobs)
        return keys[choice % len(keys)]

    @rule(seconds=st.sampled_from([0, 1, 3, 60]))
    def time_passes(self, seconds: int) -> None:
        self.schedd.time += seconds

    @rule(seconds=st.sampled_from([5, 500]))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.asker.look()  # it is seen as such only if time was seen before
        self.schedd.time -= seconds

    @rule(count=st.integers(1, 9), dag=st.booleans())
    def submit(self, count: int, dag: bool) -> None:
        self.schedd.submit(count, dag=min(self.schedd.clusters, default=None) if dag else None)

    @rule(count=st.integers(1, 9))
    def submit_by_ready_ads(self, count: int) -> None:
        self.schedd.submit(count, ready=True)

    @rule(count=st.integers(1, 9), made=st.integers(0, 4))
    def submit_a_factory(self, count: int, made: int) -> None:
        self.schedd.submit(count, made)

    @precondition(lambda self: any("JobMaterializeNextProcId" in ad for ad in self.schedd.clusters.values()))
    @rule(number=st.integers(1, 3))
    def a_factory_makes_more(self, number: int) -> None:
        cluster = next(c for c, ad in self.schedd.clusters.items() if "JobMaterializeNextProcId" in ad)
        self.schedd.make(cluster, number)

    @precondition(lambda self: self.schedd.jobs)
    @rule(choice=CHOICE, status=st.sampled_from([1, 2, 5, 7]))
    def change(self, choice: int, status: int) -> None:
        self.schedd.change(self.pick(choice), status, TransferringInput=False)

    @precondition(lambda self: any(ad["JobStatus"] == 2 for ad in self.schedd.jobs.values()))
    @rule(moving=st.booleans())
    def a_running_job_transfers_or_has_done(self, moving: bool) -> None:
        next(ad for ad in self.schedd.jobs.values() if ad["JobStatus"] == 2)["TransferringInput"] = moving

    @precondition(lambda self: self.schedd.jobs)
    @rule(choice=CHOICE, status=st.sampled_from([3, 4]), code=st.integers(0, 1))
    def leave(self, choice: int, status: int, code: int) -> None:
        self.schedd.leave(self.pick(choice), status, ExitCode=code)

    @precondition(lambda self: self.schedd.jobs)
    @rule(choice=CHOICE)
    def leave_without_a_trace(self, choice: int) -> None:
        key = self.pick(choice)
        self.traceless.add(f"{key[0]}.{key[1]}")
        self.schedd.leave(key, trace=False)

    @rule()
    def the_history_is_rotated_away(self) -> None:
        self.asker.look()
        self.schedd.left.clear()

    @rule()
    def the_spool_is_wiped(self) -> None:
        self.schedd.wipe()
        self.schedd.time += 1
        self.traceless.clear()

    @rule()
    def something_failed(self) -> None:
        self.asker.queue.doubt()

    @rule()
    def look(self) -> None:
        self.asker.look()
        self.asker.look()  # at the latest: what one look finds wrong it plans, what it plans the same look reads
        truth = {f"{c}.{p}": str(job.state(ad)) for (c, p), ad in self.schedd.jobs.items()}
        shown = self.asker.live
        if self.limit > len(truth):
            assert shown == truth
        else:
            assert shown.items() <= truth.items()
        assert np.all(np.diff(job.keys(self.asker.frame)) > 0)
        if self.limit > len(truth):
            self.compare_batches(truth)
        for ad in self.schedd.left:
            key = f"{ad['ClusterId']}.{ad['ProcId']}"
            if key in self.asker.frame.index and key not in truth:
                assert self.asker.frame.loc[key, "state"] == job.state(ad)

    def compare_batches(self, truth: dict[str, str]) -> None:
        labels = {f"{c}.{p}": str(ad.get("DAGManJobId") or c) for (c, p), ad in self.schedd.jobs.items()}
        wanted = Counter((labels[key], state) for key, state in truth.items())
        found = {
            (label, state): row[state]
            for label, row in self.asker.batches.iterrows()
            for state in job.LIVE
            if row[state]
        }
        assert found == dict(wanted)
        dags = {ad["DAGManJobId"] for ad in (*self.schedd.clusters.values(), *self.schedd.left) if "DAGManJobId" in ad}
        for cluster, ad in self.schedd.clusters.items():
            if "DAGManJobId" not in ad and cluster not in dags and str(cluster) in self.asker.batches.index:
                assert self.asker.batches.loc[str(cluster), "total"] == ad["TotalSubmitProcs"]


class Small(Churn):
    """Where everything is much: pieces and what is read of the history are of a few jobs."""


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece, "SIZE", 3)
    monkeypatch.setattr(queue, "MAX_HISTORY", 5)


Churn.TestCase.settings = settings(max_examples=12, stateful_step_count=25, deadline=None, phases=PHASES)
Small.TestCase.settings = Churn.TestCase.settings
TestChurn = Churn.TestCase
TestSmall = pytest.mark.usefixtures("small_pieces")(Small.TestCase)

"""What is known of the queue is what is there, whatever happened between two looks."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from dashboard.backends.htcondor import piece, queue
from dashboard.backends.htcondor.queue import Queue
from dashboard.domain import batch, job, merge
from dashboard.settings import HTCondorSettings
from tests.unit.backends.pretended import PretendedSchedd

PHASES = (Phase.explicit, Phase.generate)
CHOICE = st.integers(0, 10**6)


class Asker:
    """Keeps a frame and batches by what the queue says has changed, as a poller does."""

    def __init__(self, schedd: PretendedSchedd, **more: Any) -> None:
        self.queue = Queue(schedd, HTCondorSettings(interval=3600, **more))  # type: ignore[arg-type]
        self.frame = job.table([])
        self.batches = batch.NONE

    def look(self) -> None:
        """A tick at once, then whatever is still to be read."""
        self.queue.name(())
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


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece, "SIZE", 3)
    monkeypatch.setattr(queue, "MAX_HISTORY", 5)


Churn.TestCase.settings = settings(max_examples=12, stateful_step_count=25, deadline=None, phases=PHASES)
TestChurn = pytest.mark.usefixtures("small_pieces")(Churn.TestCase)


def test_a_job_that_leaves_between_the_two_questions_has_left() -> None:
    """The queue is asked first; a job may end before the history is read."""
    schedd = PretendedSchedd()
    asker = Asker(schedd)
    schedd.submit(2)
    asker.look()
    schedd.change((1, 0), 2)
    schedd.leave((1, 1))
    answers, schedd.query = schedd.query, lambda *a, **k: _then(answers(*a, **k), lambda: schedd.leave((1, 0)))  # type: ignore[method-assign,assignment]
    asker.queue.name(())
    asker.step()
    schedd.query = answers  # type: ignore[method-assign]
    assert asker.live == {}
    assert list(asker.frame["state"]) == ["done", "done"]


def _then(answer: Any, what: Any) -> Any:
    what()
    return answer


def test_of_a_spool_that_was_wiped_no_job_is_left_even_if_the_clock_was_set_back() -> None:
    schedd = PretendedSchedd()
    asker = Asker(schedd)
    schedd.submit(4)
    asker.look()
    schedd.leave((1, 3))
    asker.look()
    schedd.wipe()
    schedd.time -= 500
    schedd.submit(1)
    asker.look()
    asker.look()
    assert list(asker.frame.index) == ["1.0"]
    assert asker.batches.loc["1", "total"] == 1


def test_an_id_given_again_is_the_new_job() -> None:
    schedd = PretendedSchedd()
    asker = Asker(schedd)
    schedd.submit(2)
    schedd.leave((1, 0))
    asker.look()
    schedd.wipe()
    schedd.time += 100
    schedd.submit(1)
    asker.look()
    assert asker.live == {"1.0": "idle"}
    assert asker.batches.loc["1", "total"] == 1
    schedd.leave((1, 0), ExitCode=1)
    asker.look()
    assert list(asker.frame["state"]) == ["failed"]


@pytest.mark.usefixtures("small_pieces")
def test_totals_stand_before_the_rows_do_and_rows_come_in_pieces() -> None:
    schedd = PretendedSchedd()
    schedd.submit(10)
    schedd.change((1, 0), 5)
    asker = Asker(schedd)
    asker.step()
    assert len(asker.frame) == 0
    assert asker.batches.loc["1", ["total", "idle", "held", "rows"]].tolist() == [10, 9, 1, 0]
    seen = []
    while not asker.queue.complete:
        asker.step()
        seen.append(len(asker.frame))
        assert asker.batches.loc["1", ["total", "idle", "held"]].tolist() == [10, 9, 1]
    assert seen == [0, 3, 6, 9, 10]


@pytest.mark.usefixtures("small_pieces")
def test_when_much_changes_at_once_totals_are_right_at_once_and_rows_follow_in_pieces() -> None:
    schedd = PretendedSchedd()
    asker = Asker(schedd)
    schedd.submit(20)
    schedd.submit(2)
    asker.look()
    for proc in range(20):
        schedd.change((1, proc), 5)
    schedd.time += 5
    asker.queue.name(())
    asker.step()
    assert asker.batches["held"].to_dict() == {"1": 20, "2": 0}
    assert not asker.queue.complete
    asker.look()
    assert asker.frame["state"].value_counts()["held"] == 20
    assert asker.queue.complete


@pytest.mark.usefixtures("small_pieces")
def test_what_changes_again_while_it_is_read_is_not_read_twice() -> None:
    schedd = PretendedSchedd()
    asker = Asker(schedd)
    schedd.submit(20)
    asker.look()
    for status in (5, 1, 5):
        for proc in range(20):
            schedd.change((1, proc), status)
        asker.queue.name(())
        asker.step()
        assert len(asker.queue._pieces) == 7


@pytest.mark.usefixtures("small_pieces")
def test_when_more_leave_at_once_than_are_read_at_a_time_none_is_lost() -> None:
    schedd = PretendedSchedd()
    asker = Asker(schedd)
    schedd.submit(20)
    schedd.submit(20)
    schedd.leave((1, 19))
    asker.look()
    for proc in range(19):
        schedd.leave((1, proc), ExitCode=proc % 2)
    for proc in range(12):
        schedd.leave((2, proc), 3)
    asker.look()
    asker.look()
    assert asker.batches.loc["1", ["done", "failed", "total"]].tolist() == [11, 9, 20]
    assert asker.batches.loc["2", ["removed", "idle", "total", "lost"]].tolist() == [12, 8, 20, 0]
    schedd.leave((2, 15))
    asker.look()
    assert asker.batches.loc["2", ["removed", "idle", "done"]].tolist() == [12, 7, 1]


def test_above_the_limit_only_opened_batches_have_rows() -> None:
    schedd = PretendedSchedd()
    asker = Asker(schedd, max_rows=5)
    schedd.submit(4)
    schedd.submit(3)
    asker.look()
    assert set(asker.frame["cluster"]) == {2}
    assert asker.batches["idle"].to_dict() == {"1": 4, "2": 3}
    asker.queue.open("1")
    asker.look()
    assert len(asker.frame) == 7
    schedd.leave((1, 0))
    asker.look()
    assert asker.batches.loc["1", ["idle", "done"]].tolist() == [3, 1]


def test_edits_are_seen_when_named_and_by_a_sweep() -> None:
    schedd = PretendedSchedd()
    asker = Asker(schedd)
    schedd.submit(2)
    schedd.time += 10
    asker.look()
    for ad in schedd.jobs.values():
        ad["RequestMemory"] = 4096
    asker.queue.name(["1.1"])
    asker.step()
    assert asker.frame["memory_mib"].fillna(0).tolist() == [0, 4096]


def test_a_cluster_whose_ad_has_the_status_of_a_job_is_seen() -> None:
    schedd = PretendedSchedd()
    asker = Asker(schedd)
    schedd.submit(2)
    asker.look()
    schedd.submit(3, ready=True)
    asker.step()
    asker.look()
    assert asker.batches["idle"].to_dict() == {"1": 2, "2": 3}
    schedd.leave((2, 1))
    asker.look()
    assert asker.batches.loc["2", ["idle", "done", "lost"]].tolist() == [2, 1, 0]


def a_factory_known_for_long() -> tuple[PretendedSchedd, Asker]:
    """It has made two of its five jobs."""
    schedd = PretendedSchedd()
    asker = Asker(schedd)
    schedd.submit(5, made=2)
    schedd.time += 60
    asker.look()
    schedd.time += 60
    return schedd, asker


def test_a_job_made_while_another_one_leaves_is_seen_at_once() -> None:
    """As many as before, and the new one's status is as old as its cluster."""
    schedd, asker = a_factory_known_for_long()
    schedd.leave((1, 0))
    schedd.make(1, 1)
    asker.queue.name(())
    asker.step()
    assert asker.live == {"1.1": "idle", "1.2": "idle"}
    assert asker.batches.loc["1", ["idle", "done", "unborn", "lost"]].tolist() == [2, 1, 2, 0]


def test_a_job_that_is_made_and_leaves_between_two_ticks_has_been_there() -> None:
    schedd, asker = a_factory_known_for_long()
    schedd.make(1, 2)
    schedd.leave((1, 3), ExitCode=1)
    schedd.submit(3)
    schedd.leave((2, 1))
    asker.queue.name(())
    asker.step()
    assert asker.frame["state"].to_dict() == {
        "1.0": "idle", "1.1": "idle", "1.2": "idle", "1.3": "failed", "2.0": "idle", "2.1": "done", "2.2": "idle"
    }  # fmt: skip
    assert asker.batches["lost"].to_dict() == {"1": 0, "2": 0}


def test_what_is_no_id_names_nothing() -> None:
    asker = Asker(PretendedSchedd())
    asker.queue.name(["all of them", "1.x", "", "7.", "@"])
    asker.look()
    assert asker.live == {}


def test_nothing_changed_sends_nothing() -> None:
    schedd = PretendedSchedd()
    asker = Asker(schedd)
    schedd.submit(3)
    asker.look()
    schedd.time += 100
    asker.queue.name(())
    asker.queue.refresh()
    rows, removals = asker.queue.changes()
    assert (len(rows), removals) == (0, ())
    pd.testing.assert_frame_equal(asker.batches, asker.queue.batches())

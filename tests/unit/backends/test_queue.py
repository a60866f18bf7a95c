"""What is known of the queue is what is there, whatever happened between two looks."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from dashboard.backends.htcondor import piece, queue
from tests.unit.backends.asker import Asker
from tests.unit.backends.pretended import PretendedSchedd


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece, "SIZE", 3)
    monkeypatch.setattr(queue, "MAX_HISTORY", 5)


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


def test_a_wiped_spool_with_as_many_jobs_is_seen_even_if_the_clock_hides_that_they_are_new() -> None:
    schedd = PretendedSchedd()
    schedd.submit(6)
    asker = Asker(schedd)
    asker.look()
    schedd.wipe()
    schedd.time -= 5
    schedd.submit(2)
    schedd.submit(4)
    schedd.time += 60
    asker.look()
    assert sorted(asker.live) == ["1.0", "1.1", "2.0", "2.1", "2.2", "2.3"]


def test_what_a_dag_of_an_older_spool_had_is_not_of_the_batch_with_its_number() -> None:
    schedd = PretendedSchedd()
    schedd.submit(2)
    schedd.submit(1, dag=1)
    schedd.leave((2, 0))
    asker = Asker(schedd)
    asker.look()
    assert asker.batches.loc["1", "total"] == 3
    schedd.wipe()
    schedd.submit(8)
    asker.look()
    assert asker.batches["total"].to_dict() == {"1": 8}
    assert set(asker.frame["cluster"]) == {1}


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
def test_while_much_changes_all_the_time_what_leaves_elsewhere_without_a_trace_is_seen() -> None:
    schedd = PretendedSchedd()
    asker = Asker(schedd)
    schedd.submit(5)
    schedd.submit(20)
    asker.look()
    schedd.time += 5
    asker.look()
    schedd.leave((1, 0), trace=False)
    for status in (5, 1, 5):
        schedd.time += 5
        for proc in range(20):
            schedd.change((2, proc), status)
        asker.look()
    assert sum(key.startswith("1.") for key in asker.live) == 4
    assert asker.batches.loc["1", ["idle", "lost"]].tolist() == [4, 1]


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


def test_jobs_that_are_gone_take_no_room() -> None:
    schedd = PretendedSchedd()
    asker = Asker(schedd, max_rows=5)
    schedd.submit(5)
    asker.look()
    schedd.wipe()
    schedd.time += 60
    schedd.submit(3)
    asker.look()
    assert asker.live == {"1.0": "idle", "1.1": "idle", "1.2": "idle"}
    assert asker.queue.complete


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


def a_queue_that_has_been_read() -> tuple[PretendedSchedd, Asker, list[int]]:
    """Jobs known, and the options of each question from then on: 16 asks for cluster ads, too."""
    schedd, options = PretendedSchedd(), list[int]()
    asker = Asker(schedd)
    schedd.submit(3)
    schedd.submit(2)
    schedd.time += 60
    schedd.change((1, 0), 2, TransferringInput=True)
    asker.look()
    answer = schedd.query

    def query(*args: Any, **more: Any) -> Any:
        options.append(more.get("opts", 0))
        return answer(*args, **more)

    schedd.query = query  # type: ignore[method-assign]
    schedd.time += 10
    return schedd, asker, options


def test_while_no_job_comes_or_leaves_no_cluster_is_asked_for() -> None:
    schedd, asker, options = a_queue_that_has_been_read()
    schedd.change((1, 1), 5)
    schedd.jobs[1, 0]["TransferringInput"] = False  # without a new status
    asker.look()
    assert options == [0]
    assert asker.live == {"1.0": "running", "1.1": "held", "1.2": "idle", "2.0": "idle", "2.1": "idle"}
    assert asker.batches.loc["1", ["running", "held", "idle"]].tolist() == [1, 1, 1]
    schedd.jobs[1, 0]["TransferringOutput"] = True
    schedd.time += 10
    asker.look()
    assert options == [0, 0]
    assert asker.live["1.0"] == "transferring"


def test_as_many_jobs_as_before_may_be_others() -> None:
    schedd, asker, options = a_queue_that_has_been_read()
    schedd.submit(1)
    schedd.leave((2, 1))
    asker.look()
    assert options[:2] == [0, 16]
    assert asker.live == {"1.0": "transferring", "1.1": "idle", "1.2": "idle", "2.0": "idle", "3.0": "idle"}
    assert asker.batches.loc["2", ["idle", "done", "lost"]].tolist() == [1, 1, 0]


def test_a_schedd_that_does_not_count_for_us_is_asked_for_its_clusters() -> None:
    schedd, asker, options = a_queue_that_has_been_read()
    schedd.present = lambda: None  # type: ignore[method-assign,assignment,return-value]
    schedd.leave((2, 1))
    asker.look()
    assert options == [16]
    assert "2.1" not in asker.live


def test_clusters_are_asked_for_now_and_then_and_after_what_was_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    schedd, asker, options = a_queue_that_has_been_read()
    schedd.submit(4, made=0)  # a factory that has not begun
    asker.look()
    assert "3" not in asker.batches.index
    asker.queue.name(())
    asker.look()
    assert asker.batches.loc["3", ["unborn", "total"]].tolist() == [4, 4]
    schedd.jobs.clear()
    schedd.clusters.clear()
    asker.look()
    schedd.submit(2)
    asker.look()
    options.clear()
    monkeypatch.setattr(queue, "CLUSTERS_EVERY", 0.0)
    asker.look()
    assert options == [16]

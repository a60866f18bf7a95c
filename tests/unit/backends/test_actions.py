"""What is told of each job acted on is what became of it, though HTCondor itself answers with totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from dashboard.backends.htcondor import actions, queue
from dashboard.backends.htcondor.queue import Queue
from dashboard.domain.outcome import Item, Progress
from dashboard.domain.problem import Problem
from dashboard.settings import HTCondorSettings
from tests.unit.backends.pretended import PretendedSchedd

AWAY = Problem("unreachable", "The schedd does not answer.")


class Person:
    """Alice, who acts on what she saw when she last looked."""

    def __init__(self, schedd: PretendedSchedd) -> None:
        self.schedd = schedd
        self.queue = Queue(schedd, HTCondorSettings(interval=3600))  # type: ignore[arg-type]
        self.look()

    def look(self) -> None:
        self.queue.name(())
        self.queue.refresh()
        while self.queue.more:
            self.queue.refresh()
        self.schedd.questions = 0
        self.schedd.time += 5

    def act(self, action: str, ids: Sequence[str], reason: str = "tired") -> Progress:
        return actions.act(self.schedd, self.queue.look, action, ids, reason)  # type: ignore[arg-type]

    def edit(self, ids: Sequence[str], **attributes: float | str) -> Progress:
        return actions.edit(self.schedd, self.queue.look, ids, attributes)  # type: ignore[arg-type]


@pytest.fixture
def alice() -> Person:
    """She has a job that waits, one that runs, and one that is held; two that wait belong to Bob."""
    pretended = PretendedSchedd()
    pretended.submit(3)
    pretended.submit(2)
    pretended.change((1, 1), 2)
    pretended.change((1, 2), 5)
    for proc in range(2):
        pretended.jobs[2, proc]["Owner"] = "bob"
    pretended.clusters[2]["Owner"] = "bob"
    return Person(pretended)


def told(progress: Progress) -> dict[str, str]:
    return {item.id: item.result for item in progress.items}


def test_each_job_meets_its_own_result(alice: Person) -> None:
    asked = ["1.0", "1.1", "1.2", "2.0", "9.9"]
    held = alice.act("hold", asked)
    assert list(told(held)) == asked
    assert list(told(held).values()) == ["done", "done", "already", "denied", "missing"]
    assert [item.reason for item in held.items][3:] == ["it belongs to bob", "it is not in the queue"]
    alice.schedd.change((1, 1), 1)
    alice.look()
    released = alice.act("release", ["1", "8"])
    assert told(released) == {"1.0": "done", "1.1": "skipped", "1.2": "done", "8": "missing"}
    assert released.items[1].reason == "it is idle, not held: nothing to do"


def test_a_cluster_that_is_still_to_make_jobs_is_acted_on_as_a_whole(alice: Person) -> None:
    """Its jobs alone would be replaced by as many new ones."""
    factory, idle = alice.schedd.submit(5, made=2), alice.schedd.submit(4, made=0)
    alice.look()
    ids = ["1.0", f"{factory}.0", f"{factory}.1", str(factory), str(idle)]
    held = alice.act("hold", ids)
    assert told(held) == dict.fromkeys(["1.0", f"{factory}.0", f"{factory}.1", str(idle)], "done")
    assert alice.schedd.stopped == {factory, idle}
    alice.schedd.stopped.clear()
    assert told(alice.act("release", [f"{factory}.0"])) == {f"{factory}.0": "done"}
    assert alice.schedd.stopped == set()


def test_jobs_that_were_alike_are_not_looked_for(alice: Person) -> None:
    assert told(alice.act("hold", ["1.0", "1.1", "1.2"])) == {"1.0": "done", "1.1": "done", "1.2": "already"}
    alice.look()
    assert alice.act("vacate", ["1.2"]).items == (Item("1.2", "skipped", "it is held, not running: nothing to do"),)
    assert told(alice.act("remove", ["1.0", "1.1", "1.2"])) == dict.fromkeys(["1.0", "1.1", "1.2"], "done")
    assert alice.schedd.questions == 0


def test_jobs_never_seen_are_acted_on_all_the_same(alice: Person) -> None:
    alice.schedd.submit(3)
    alice.schedd.change((3, 2), 5)
    assert told(alice.act("hold", ["3.0", "3.2", "2.1"])) == {"3.0": "done", "3.2": "already", "2.1": "denied"}
    assert alice.act("release", ["2.1"]).items == (Item("2.1", "denied", "it belongs to bob"),)


def test_ones_own_job_that_is_just_leaving_is_not_called_anothers(alice: Person) -> None:
    """HTCondor says of it that permission was denied: measured of a job held right after it was removed."""
    alice.schedd.leaving.add((1, 0))
    alice.schedd.change((1, 0), 3)
    alice.look()
    assert alice.act("hold", ["1.0"]).items == (Item("1.0", "skipped", "it is removed: nothing to do"),)
    act = alice.schedd.act

    def leaves(*args: Any) -> dict[str, int]:
        totals = act(*args)
        alice.schedd.leave((1, 0), 3)
        return totals

    alice.schedd.act = leaves  # type: ignore[method-assign]
    assert alice.act("hold", ["1.0"]).items == (Item("1.0", "missing", "it is not in the queue"),)


def test_many_are_parted(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 4)
    alice.schedd.submit(10)
    alice.look()
    progress = alice.act("hold", ["3", "7.0"])
    assert list(told(progress)) == ["3.0", "3.1", "3.2", "3.3"]
    assert [list(part) for part in progress.rest] == [["3.4", "3.5", "3.6", "3.7"], ["3.8", "3.9", "7.0"]]
    assert alice.schedd.jobs[3, 4]["JobStatus"] == 1
    results = [told(alice.act("hold", part)) for part in progress.rest]
    assert Counter(result for part in results for result in part.values()) == {"done": 6, "missing": 1}
    assert alice.schedd.questions == 1, "which jobs the cluster has"
    assert alice.act("hold", []) == Progress(())


@pytest.fixture
def three(alice: Person) -> Person:
    """Three more jobs wait, run, or are held: as they were at the last look."""
    alice.schedd.submit(3)
    return alice


def become(person: Person, status: int) -> None:
    for proc in range(3):
        person.schedd.change((3, proc), status)
    person.look()


THREE = ["3.0", "3.1", "3.2"]


def test_what_others_have_done_since_the_last_look_is_not_called_done(three: Person) -> None:
    become(three, 1)
    three.schedd.change((3, 1), 5, HoldReason="via condor_hold (by user bob)")
    three.schedd.leave((3, 2))
    assert list(told(three.act("hold", THREE)).values()) == ["done", "already", "missing"]
    become_held = three.schedd.jobs[3, 0]["HoldReason"]
    assert become_held == "tired"


def test_what_was_released_by_others_since_the_last_look_is_skipped(three: Person) -> None:
    become(three, 5)
    three.schedd.change((3, 1), 1, ReleaseReason="via condor_release (by user alice)")
    released = three.act("release", THREE)
    assert list(told(released).values()) == ["done", "skipped", "done"]
    assert released.items[1].reason == "it is idle, not held: nothing to do"


def test_what_ended_by_itself_was_not_removed(three: Person) -> None:
    become(three, 2)
    three.schedd.leave((3, 1))
    removing, schedd = three.schedd.act, three.schedd
    schedd.act = lambda *asked: _then(removing(*asked), lambda: schedd.leave((3, 2), 3))  # type: ignore[method-assign]
    assert list(told(three.act("remove", THREE)).values()) == ["done", "missing", "done"]


def test_what_had_stopped_was_not_vacated(three: Person) -> None:
    become(three, 2)
    three.schedd.change((3, 1), 5)
    three.schedd.leave((3, 2))
    assert list(told(three.act("vacate", THREE)).values()) == ["done", "skipped", "missing"]


def test_a_reason_of_several_lines_is_one_line(alice: Person) -> None:
    """HTCondor drops it otherwise."""
    alice.act("hold", ["1.0"], "tired\n  of \r\nwaiting ")
    assert alice.schedd.jobs[1, 0]["HoldReason"] == "tired of waiting"


def _then(answer: Any, what: Callable[[], None]) -> Any:
    what()
    return answer


@pytest.mark.parametrize(("answered", "kind"), [(0, "unreachable"), (1, "timeout")])
def test_when_the_schedd_goes_away_in_the_midst_nothing_is_said_not_to_be_done(
    alice: Person, answered: int, kind: str
) -> None:
    answers = iter([alice.schedd.act] * answered)

    def answer(*asked: Any) -> Any:
        if act := next(answers, None):
            return act(*asked)
        raise AWAY

    alice.schedd.act = answer  # type: ignore[method-assign]
    with pytest.raises(Problem, match="does not answer") as raised:
        alice.act("hold", ["1.0", "1.1", "1.2"])
    assert raised.value.kind == kind


def test_edits_are_made_together_and_looked_at(alice: Person) -> None:
    assert told(alice.edit(["1", "2.0", "9.9"], RequestMemory=4096, Why='a "b"')) == {
        "1.0": "done", "1.1": "done", "1.2": "done", "2.0": "denied", "9.9": "missing"
    }  # fmt: skip
    assert alice.schedd.jobs[1, 2]["Why"] == 'a "b"'
    assert alice.schedd.questions == 3, "the cluster, what was not known, and how it is now"
    assert told(alice.edit(["2"], RequestMemory=1)) == {"2.0": "denied", "2.1": "denied"}
    assert told(alice.edit([], RequestMemory=1)) == {}


def test_a_refused_edit_has_failed_also_when_the_schedd_says_nothing(alice: Person) -> None:
    refused = alice.edit(["1.0", "1.1"], RequestMemory=1, Owner="bob")
    assert set(told(refused).values()) == {"failed"}
    assert refused.items[0].reason == "Owner cannot be changed: HTCondor refused: failed to set attribute."
    alice.schedd.edit = lambda *_: None  # type: ignore[method-assign]
    kept = alice.edit(["1.0", "1.1"], RequestMemory=2)
    assert {item.reason for item in kept.items} == {"RequestMemory cannot be changed: HTCondor kept it."}


def test_one_that_left_keeps_no_other_from_being_edited(alice: Person) -> None:
    alice.schedd.leave((1, 1))
    assert told(alice.edit(["1.0", "1.1", "1.2"], RequestMemory=7)) == {"1.0": "done", "1.1": "missing", "1.2": "done"}
    assert alice.schedd.jobs[1, 0]["RequestMemory"] == 7


def test_of_more_edits_than_can_be_named_the_clusters_are_looked_at(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "NAMED", 2)
    edited = alice.edit(["1"], RequestMemory=4096)
    alice.queue.name(item.id for item in edited.items)
    alice.queue.refresh()
    assert alice.queue.frame["memory_mib"].tolist() == [4096] * 3


def test_when_the_schedd_goes_away_an_edit_may_have_been_made(alice: Person) -> None:
    @contextmanager
    def away() -> Iterator[PretendedSchedd]:
        raise AWAY
        yield alice.schedd

    alice.schedd.asked = away  # type: ignore[method-assign]
    with pytest.raises(Problem) as raised:
        alice.edit(["1.0"], RequestMemory=1)
    assert raised.value.kind == "timeout"


@pytest.mark.parametrize("asked", ["1.x", "all", "1.0; DROP", "", "1.0@far", "1."])
def test_what_is_no_id_is_refused(alice: Person, asked: str) -> None:
    with pytest.raises(Problem, match="is not a job id"):
        alice.act("hold", [asked])
    with pytest.raises(Problem, match="is not something one can do"):
        alice.act("eat", ["1.0"])
    with pytest.raises(Problem, match="is not the name"):
        alice.edit(["1.0"], **{"a b": 1})


@pytest.mark.parametrize("text", ["", "7.", "x.0", "7.-1", "99999999999.0", "7.99999999999", "9" * 5000])
def test_what_cannot_be_a_job_is_refused_in_words(alice: Person, text: str) -> None:
    with pytest.raises(Problem, match=r"is not a job id: write cluster\.proc"):
        alice.act("hold", [text])

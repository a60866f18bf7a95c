"""Actions happen once."""

import threading

import pytest

from dashboard.domain.problem import Problem
from dashboard.workspace import once
from dashboard.workspace.once import Once, new_id
from tests.awaiting import awaited


def test_ids_differ() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


def test_asking_again_gets_the_same_answer() -> None:
    answers = iter(range(10))
    actions = Once()
    assert [actions.run("a", lambda: next(answers)) for _ in range(3)] == [0, 0, 0]
    assert actions.run("b", lambda: next(answers)) == 1


def test_concurrent_callers_share_one_run() -> None:
    actions, runs, go = Once(), [], threading.Event()
    answers: list[int] = []

    def act() -> int:
        runs.append(1)
        go.wait(10)
        return len(runs)

    threads = [threading.Thread(target=lambda: answers.append(actions.run("a", act))) for _ in range(8)]
    for thread in threads:
        thread.start()
    awaited(lambda: runs, "the first run")
    go.set()
    for thread in threads:
        thread.join(10)
    assert answers == [1] * 8


def test_concurrent_callers_share_the_failure_and_it_may_be_tried_again() -> None:
    actions, runs, go = Once(), [], threading.Event()
    told: list[str] = []

    def fail() -> None:
        runs.append(1)
        go.wait(10)
        raise Problem("denied", f"refused {len(runs)}")

    def ask() -> None:
        try:
            actions.run("a", fail)
        except Problem as problem:
            told.append(problem.sentence)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    awaited(lambda: runs, "the first run")
    # All wait for the answer that the first is making.
    awaited(lambda: all(thread.is_alive() for thread in threads), "four callers")
    go.set()
    for thread in threads:
        thread.join(10)
    assert len(told) == 4
    with pytest.raises(Problem, match="refused"):
        actions.run("a", fail)
    assert actions.run("a", lambda: "well") == "well"


def test_only_so_many_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "KEPT", 2)
    actions, runs = Once(), []
    for name in ("a", "b", "c", "a"):
        actions.run(name, lambda: runs.append(1))
    assert len(runs) == 4

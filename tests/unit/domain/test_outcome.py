"""Outcomes and problems in words."""

import copy

from dashboard.domain.health import Health, off
from dashboard.domain.outcome import Item, Outcome, outcome
from dashboard.domain.problem import Problem


def test_words_name_every_result_and_reason() -> None:
    items = (
        Item("1.0", "done"),
        Item("1.1", "already"),
        Item("2.0", "denied", "not your job"),
        Item("3.0", "missing", "it has left the queue"),
    )
    told = Outcome("hold", "a1", items)
    assert str(told) == "hold: 1 done, 1 already so, 1 denied, 1 not there (not your job; it has left the queue)"
    assert told.counts == {"done": 1, "already": 1, "denied": 1, "missing": 1}
    assert not told.ok
    assert told.ids("denied", "missing") == ("2.0", "3.0")


def test_all_alike() -> None:
    told = outcome("remove", "a2", ["1.0", "1.1"], "unknown", "no reply")
    assert str(told) == "remove: 2 not known (no reply)"
    assert outcome("remove", "a3", ["1.0"], "already").ok
    assert str(Outcome("hold", "a4", ())) == "hold: nothing to do"


def test_what_an_action_does_not_fit_has_not_failed() -> None:
    told = Outcome(
        "release", "a5", (Item("1.0", "done"), Item("1.1", "skipped", "it is idle, not held: nothing to do"))
    )
    assert told.told == "1 done, 1 not held"
    assert told.ok


def test_a_problem_is_its_sentence() -> None:
    problem = Problem("quota", "No quota: free space.")
    again = copy.copy(problem)
    assert (str(again), again.kind) == ("No quota: free space.", "quota")


def test_health() -> None:
    assert not off().answers
    assert Health("ok", off().since).answers
    assert off().reason == "not configured"

"""An action on many is asked for part by part; what fails on the way is told, and so is all that was done before."""

from __future__ import annotations

from collections import deque

import pytest

from dashboard.domain.outcome import Item, Outcome, Progress
from dashboard.domain.problem import Problem
from dashboard.workspace import Workspace
from tests.unit.workspace.conftest import Replies

FIRST = Progress((Item("1.0", "done"), Item("1.1", "already")), (("1.2", "1.3"), ("1.4",)))
SECOND = Progress((Item("1.2", "done"), Item("1.3", "missing", "not there")))
THIRD = Progress((Item("1.4", "done"),))


def results(told: Outcome) -> dict[str, str]:
    return {item.id: item.result for item in told.items}


def test_parts_follow_each_other_and_make_one_outcome(ws: Workspace, htcondor: Replies) -> None:
    htcondor.replies["act"] = deque([FIRST, SECOND, THIRD])
    told = ws.hold("1", reason="tired", action_id="k1")
    assert results(told) == {"1.0": "done", "1.1": "already", "1.2": "done", "1.3": "missing", "1.4": "done"}
    asked = [["1"], ("1.2", "1.3"), ("1.4",)]
    assert htcondor.asked == [("act", "hold", ids, "tired") for ids in asked]
    assert htcondor.ticked == [0, 2], "the first, since nobody knew that more would follow, and the last"
    assert ws.hold("1", action_id="k1") is told
    [entry] = ws.audit.recent()
    assert entry["counts"] == {"done": 3, "already": 1, "missing": 1}


@pytest.mark.parametrize(
    ("kind", "result"), [("timeout", "unknown"), ("internal", "unknown"), ("unreachable", "failed")]
)
def test_a_failure_in_the_midst_ends_it_and_says_what_was_done(
    ws: Workspace, htcondor: Replies, kind: str, result: str
) -> None:
    htcondor.replies["act"] = deque([FIRST, Problem(kind, "No reply."), THIRD])  # type: ignore[arg-type]
    told = ws.remove("1", action_id="k1")
    assert results(told) == {"1.0": "done", "1.1": "already", "1.2": result, "1.3": result, "1.4": "failed"}
    assert told.items[-1].reason == "not tried, since what came before it failed: No reply."
    assert len(htcondor.asked) == 2
    assert ws.remove("1", action_id="k1") is told
    assert ws.audit.recent()[0]["counts"] == told.counts


def test_what_is_refused_in_the_midst_hides_nothing_that_was_done(ws: Workspace, htcondor: Replies) -> None:
    htcondor.replies["act"] = deque([FIRST, Problem("invalid", "Nonsense.")])
    assert results(ws.hold("1"))["1.0"] == "done"


def test_who_may_no_longer_act_is_stopped(ws: Workspace, htcondor: Replies) -> None:
    allowed = [True, True]

    def permit() -> None:
        if not allowed:
            raise Problem("denied", "ruth may look but not act.")
        allowed.pop()

    htcondor.replies["act"] = deque([FIRST, SECOND, THIRD])
    told = ws.acting_for("ruth", permit).hold("1")
    assert results(told)["1.2"] == "done"
    assert told.items[-1] == Item("1.4", "denied", "ruth may look but not act.")
    assert len(htcondor.asked) == 2

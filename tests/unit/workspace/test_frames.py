"""What scripts read: frames, batches, waiting for a submission or for data."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.domain import job, rule
from dashboard.domain.problem import Problem
from dashboard.workspace import Workspace
from tests.unit.workspace.conftest import Replies


def jobs(*states: int, owner: str = "alice") -> Any:
    return job.frame([{"ClusterId": 7, "ProcId": n, "JobStatus": s, "Owner": owner} for n, s in enumerate(states)])


def rules(state: str, ok: int = 0) -> Any:
    row = {"id": "abc", "scope": "data26", "name": "AOD", "state": state, "locks_ok_cnt": ok}
    return rule.frame([row | {"locks_replicating_cnt": 4 - ok}])


def test_nothing_is_known_yet(ws: Workspace) -> None:
    with pytest.raises(Problem, match="not answered yet") as told:
        ws.jobs.frame()
    assert told.value.kind == "unreachable"


def test_frames_and_batches(ws: Workspace, htcondor: Replies) -> None:
    htcondor.show(jobs(1, 2, 4))
    assert len(ws.jobs.frame()) == 3
    assert len(ws.jobs.frame(owner="alice")) == 3
    assert ws.jobs.frame(owner="bob").empty
    assert ws.jobs.batches().loc["7", "total"] == 3
    assert ws.jobs.look() is htcondor.snapshot


def test_batches_are_made_once_per_version(ws: Workspace, htcondor: Replies) -> None:
    htcondor.show(jobs(1))
    first = ws.batches_of(htcondor.snapshot)
    assert ws.batches_of(htcondor.snapshot) is first
    htcondor.show(jobs(1, 1))
    assert ws.batches_of(htcondor.snapshot).loc["7", "total"] == 2


def test_history_and_ad(ws: Workspace, htcondor: Replies) -> None:
    htcondor.replies |= {"history": jobs(4), "ad": {"ClusterId": "7"}}
    assert len(ws.jobs.history("7d", limit=5)) == 1
    assert ws.jobs.ad("7.0") == {"ClusterId": "7"}
    since = datetime(2026, 11, 1, tzinfo=UTC)
    ws.jobs.history(since)
    [(_, first, limit), _, (_, second, _)] = htcondor.asked
    assert abs(datetime.now(UTC) - timedelta(days=7) - first) < timedelta(minutes=1)
    assert (limit, second) == (5, since)


def test_a_submission_is_over_when_none_of_its_jobs_can_still_run(ws: Workspace, htcondor: Replies) -> None:
    htcondor.replies["submit"] = (7, 2)
    submitted = ws.submit("executable = /bin/true\nqueue 2\n")
    for states in ((), (4,), (4, 2), (4, 5)):
        htcondor.show(jobs(*states))
        with pytest.raises(TimeoutError):
            submitted.wait(timeout=0)
    htcondor.show(jobs(4, 3))
    assert list(submitted.wait(timeout=0)["state"]) == ["done", "removed"]
    assert len(submitted.frame()) == 2


def test_refresh_ticks_all(ws: Workspace, htcondor: Replies, rucio: Replies) -> None:
    ws.refresh()
    assert htcondor.asked == rucio.asked == [("wake",)]
    assert {name: health.state for name, health in ws.health.items()} == {"htcondor": "starting", "rucio": "starting"}


def test_what_rucio_is_asked(ws: Workspace, rucio: Replies) -> None:
    rucio.show(rules("OK", 4))
    rucio.replies |= {"scopes": ["data26"], "expand": ["SITE_DISK"]}
    assert ws.rules.scopes() == ["data26"]
    assert ws.rules.rses("tier=2") == ["SITE_DISK"]
    assert ws.rules.look() is rucio.snapshot
    with pytest.raises(Problem, match="not a data identifier"):
        ws.rules.find("A*")
    with pytest.raises(Problem, match="not a filter"):
        ws.find("data26:*", filters="AOD")


def in_turn(rucio: Replies, *parts: Any) -> None:
    """Have a search answered by these parts, one after the other."""
    call, waiting = rucio.call, iter(parts)

    def answer(method: str, *args: Any, deadline: float | None = None) -> Any:
        rucio.replies |= {"search": 7} if method != "more" else {"more": next(waiting)}
        return call(method, *args, deadline=deadline)

    rucio.call = answer  # type: ignore[method-assign]


def test_a_search_gives_what_is_found_while_it_goes_on(ws: Workspace, rucio: Replies) -> None:
    in_turn(rucio, ([{"did": "data26:1"}], False, None), ([], False, None), ([{"did": "data26:2"}], True, None))
    found = ws.rules.find("data26:*", limit=2)
    assert next(found) == {"did": "data26:1"}
    assert rucio.asked[-1] == ("more", 7)
    assert list(found) == [{"did": "data26:2"}]
    assert not found.cut
    assert len(rucio.asked) == 4  # what has ended needs no closing


def test_a_search_says_when_there_is_more_and_leaves_it(ws: Workspace, rucio: Replies) -> None:
    in_turn(rucio, ([{"did": "data26:1"}, {"did": "data26:2"}], False, None))
    found = ws.find("data26:*", type="dataset", limit=1)
    assert list(found) == [{"did": "data26:1"}]
    assert found.cut
    assert ("search", ("data26", "*"), "dataset", 1, [{}]) in rucio.asked
    del found
    assert rucio.asked[-1] == ("close", 7)


def test_a_search_that_breaks_off_says_so_after_what_it_found(ws: Workspace, rucio: Replies) -> None:
    in_turn(rucio, ([{"did": "data26:1"}], True, Problem("unreachable", "Rucio's answer ended early.")))
    found = ws.rules.find("data26:*")
    assert next(found) == {"did": "data26:1"}
    with pytest.raises(Problem, match="ended early"):
        next(found)


def test_staging(ws: Workspace, rucio: Replies) -> None:
    locks = [
        {"did": "data26:1", "state": "OK", "path": "/eos/1", "bytes": 1, "rse": "S", "error": ""},
        {"did": "data26:2", "state": "OK", "path": "", "bytes": 1, "rse": "T", "error": ""},
        {"did": "data26:3", "state": "REPLICATING", "path": "/eos/3", "bytes": 1, "rse": "S", "error": ""},
    ]
    rucio.replies |= {"stage": ("abc", False), "read_locks": 7, "more": ([locks], True, None)}
    staging = ws.stage("data26:AOD", rse="S")
    rucio.show(rules("REPLICATING", 1))
    assert (staging.state, staging.progress, staging.paths) == ("REPLICATING", 0.25, ["/eos/1"])
    with pytest.raises(TimeoutError, match="data26:AOD is not finished"):
        staging.wait(timeout=0)
    rucio.show(rules("OK", 4))
    assert staging.wait(timeout=0) == ["/eos/1"]
    assert repr(staging) == "Staging('data26:AOD', rule_id='abc')"
    rucio.show(rule.frame([]))
    with pytest.raises(Problem, match="not there any more"):
        _ = staging.state

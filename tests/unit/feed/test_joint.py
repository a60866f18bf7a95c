"""Snapshots of several schedds as one: nothing is lost, nothing is counted that is not known, and it is said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from dashboard.domain import batch, job, label
from dashboard.domain.health import Health, State
from dashboard.feed.joint import Joint, join, stacked
from dashboard.feed.snapshot import Snapshot

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def snapshot(name: str, clusters: int, state: State = "ok", version: int = 1, reason: str = "") -> Snapshot:
    """What one schedd tells: clusters of two jobs; nothing when it never answered."""
    ads = [
        {"ClusterId": 1 + n // 2, "ProcId": n % 2, "Owner": "alice", "JobStatus": 1 + n % 2, "Cmd": f"/bin/{name}{n}"}
        for n in range(2 * clusters)
    ]
    frame = job.frame(ads, f"{name}.cern.ch")
    batches = label.of_rows(batch.batches(frame), name)
    time = None if state in ("starting", "down") else NOW
    return Snapshot(version, time, Health(state, NOW, reason), label.of_jobs(frame, name), {"batches": batches})


def test_rows_and_totals_of_all_under_their_own_ids() -> None:
    near, far = snapshot("near", 2), snapshot("far", 1)
    both = join({"near": near, "far": far})
    assert list(both.frame.index) == ["1.0@near", "1.1@near", "2.0@near", "2.1@near", "1.0@far", "1.1@far"]
    assert list(both.totals["batches"].index) == ["1@near", "2@near", "1@far"]
    assert both.totals["batches"]["total"].tolist() == [2, 2, 2]
    assert list(both.frame["batch"].astype(str)) == ["1@near"] * 2 + ["2@near"] * 2 + ["1@far"] * 2
    assert list(both.frame["schedd"].astype(str).unique()) == ["near.cern.ch", "far.cern.ch"]
    assert {name: str(dtype) for name, dtype in both.frame.dtypes.items()} == {
        name: str(dtype) for name, dtype in near.frame.dtypes.items()
    }
    assert (both.time, both.health.state, both.complete) == (NOW, "ok", True)
    pd.testing.assert_frame_equal(stacked([far.frame, near.frame.iloc[:0]]), far.frame)


def test_nothing_new_is_the_same_frame_and_version() -> None:
    parts = {"near": snapshot("near", 2), "far": snapshot("far", 1)}
    first = join(parts)
    later = {name: replace(part, time=NOW + timedelta(seconds=2)) for name, part in parts.items()}
    second = join(later, first, parts)
    assert second.frame is first.frame
    assert (second.version, second.time) == (first.version, NOW + timedelta(seconds=2))
    third = join(later | {"far": snapshot("far", 2, version=2)}, second, later)
    assert (third.version, len(third.frame)) == (first.version + 1, 8)


@pytest.mark.parametrize(
    ("state", "counted", "told"),
    [("stale", True, "its jobs are shown as of"), ("down", False, "its jobs are missing from all numbers")],
)
def test_one_that_fails_hides_nothing_of_the_others(state: Any, counted: bool, told: str) -> None:
    far = snapshot("far", 1 if counted else 0, state, reason="The schedd far does not answer.")
    both = join({"near": snapshot("near", 2), "far": far, "mid": snapshot("mid", 1)})
    assert len(both.frame) == 6 + 2 * counted
    assert both.health.state == "part"
    assert both.health.brief == "without far (1 of 3 not answering)"
    assert "far is not answering since" in both.health.reason
    assert "(The schedd far does not answer)" in both.health.reason
    assert told in both.health.reason
    assert (both.time, both.complete) == (NOW, counted)


def test_one_still_to_answer_is_said_to_be_missing() -> None:
    both = join({"near": snapshot("near", 2), "far": snapshot("far", 0, "starting", 0)})
    assert (both.health.state, both.health.brief, both.complete) == ("starting", "waiting for far", False)
    assert both.time == NOW
    assert len(both.frame) == 4
    none = join({name: snapshot(name, 0, "starting", 0) for name in ("near", "far")})
    assert (none.time, none.health.state, none.health.brief) == (None, "starting", "")


@pytest.mark.parametrize(("state", "together"), [("down", "down"), ("stale", "stale")])
def test_when_all_fail_it_is_as_with_one(state: Any, together: str) -> None:
    both = join({"near": snapshot("near", 0, "down", reason="Gone."), "far": snapshot("far", 1, state, reason="Gone.")})
    assert both.health.state == together
    assert both.health.brief == ""
    assert both.health.reason.count("(Gone)") == 2


def test_time_is_that_of_those_that_answer() -> None:
    old = replace(snapshot("far", 1, "stale"), time=NOW - timedelta(hours=1))
    near, mid = snapshot("near", 1), replace(snapshot("mid", 1), time=NOW - timedelta(seconds=3))
    assert join({"near": near, "far": old, "mid": mid}).time == NOW - timedelta(seconds=3)


class Told:
    """Stands where a poller is."""

    name = "htcondor"

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.asked: list[str] = []

    def look(self) -> Snapshot:
        self.asked.append("look")
        return self.snapshot

    def begun(self, _timeout: float) -> bool:
        return True

    def fresh(self, timeout: float) -> Snapshot:
        assert timeout >= 0
        self.asked.append("fresh")
        return self.snapshot


def test_joined_once_for_all_who_look() -> None:
    near, far = Told(snapshot("near", 2)), Told(snapshot("far", 1))
    pollers: Any = {"near": near, "far": far}
    both = Joint(pollers)
    assert both.look() is both.look() is both.snapshot
    assert near.asked == far.asked == ["look", "look"]
    before = both.snapshot
    far.snapshot = replace(far.snapshot, version=2, frame=far.snapshot.frame.iloc[:1])
    assert (both.snapshot.version, len(both.snapshot.frame)) == (before.version + 1, 5)


def test_nobody_waits_for_one_that_fails() -> None:
    near, far = Told(snapshot("near", 2)), Told(snapshot("far", 1, "stale"))
    pollers: Any = {"near": near, "far": far}
    both = Joint(pollers)
    assert len(both.fresh(5.0).frame) == 6
    assert "fresh" in near.asked
    assert "fresh" not in far.asked
    near.snapshot = replace(near.snapshot, health=Health("stale", NOW))
    both.fresh(5.0)
    assert "fresh" in far.asked

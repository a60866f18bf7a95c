from datetime import UTC, datetime, timedelta

import pytest

from dashboard.domain.health import Health
from dashboard.domain.rule import row, table
from dashboard.feed.snapshot import Snapshot
from dashboard.models.arrival import Arrivals

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def snapshot(seconds: int, ok: int, replicating: int) -> Snapshot:
    raw = {"scope": "s", "name": "n", "state": "REPLICATING", "locks_ok_cnt": ok, "locks_replicating_cnt": replicating}
    frame = table([{"id": "r", **row(raw)}])
    return Snapshot(seconds, START + timedelta(seconds=seconds), Health("ok", START), frame)


def test_time_left_follows_from_what_this_session_saw():
    seen = Arrivals()
    seen.see(snapshot(0, 0, 20))
    assert seen.seconds("r", 0, 20) is None
    seen.see(snapshot(10, 5, 15))
    assert seen.seconds("r", 5, 15) == pytest.approx(30)
    seen.see(snapshot(30, 5, 15))
    assert seen.seconds("r", 5, 15) == pytest.approx(90)


def test_complete_and_vanished_rules_are_forgotten():
    seen = Arrivals()
    seen.see(snapshot(0, 0, 20))
    seen.see(snapshot(10, 20, 0))
    assert seen.seconds("r", 20, 0) is None
    assert seen.seconds("gone", 0, 1) is None

"""Rucio's rules: states, rows, dtypes."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from dashboard.domain import rule

CREATED = datetime(2026, 11, 22, 12, 0)  # as Rucio tells them
RULE: dict[str, Any] = {
    "id": "abc",
    "scope": "data26",
    "name": "AOD:1",
    "did_type": "DATASET",
    "account": "alice",
    "rse_expression": "SITE_DISK",
    "copies": 1,
    "state": "REPLICATING",
    "locks_ok_cnt": 5,
    "locks_replicating_cnt": 14,
    "locks_stuck_cnt": 1,
    "bytes": 2_000_000,
    "created_at": CREATED,
    "updated_at": CREATED,
    "expires_at": None,
    "error": None,
}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("O", "OK"), ("REPLICATING", "REPLICATING"), ("S", "STUCK"), ("U", "SUSPENDED"), ("NEW", "NEW")],
)
def test_state(raw: str, expected: str) -> None:
    assert rule.state(raw) == expected
    assert rule.state(SimpleNamespace(name=raw)) == expected


def test_words_for_every_state() -> None:
    for state in ("OK", "REPLICATING", "STUCK", "SUSPENDED", "WAITING_APPROVAL", "INJECT"):
        assert "Rucio says" not in rule.words(state)
    assert rule.words("NEW") == "Rucio says NEW"


def test_frame_has_the_documented_dtypes_also_when_empty() -> None:
    full, empty = rule.frame([RULE, {"id": "x", "scope": "s", "name": "n"}]), rule.frame([])
    for frame in (full, empty):
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == rule.COLUMNS
        assert frame.index.name == "id"
    assert full.loc["abc", "did"] == "data26:AOD:1"
    assert full.loc["abc", "progress"] == 0.25
    assert full.loc["abc", "created"] == pd.Timestamp("2026-11-22 12:00", tz="UTC")
    assert pd.isna(full.loc["abc", "expires"])
    assert (full.loc["abc", "error"], full.loc["x", "did_type"]) == ("", "")


@pytest.mark.parametrize(("state", "progress"), [("OK", 1.0), ("INJECT", 0.0)])
def test_progress_without_locks(state: str, progress: float) -> None:
    assert rule.row({"scope": "s", "name": "n", "state": state})["progress"] == progress


def test_locks_frame() -> None:
    row = {"did": "s:n", "rse": "SITE", "state": "OK", "bytes": 5, "path": "/p", "error": ""}
    for frame in (rule.locks_frame([row]), rule.locks_frame([])):
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == rule.LOCK_COLUMNS


def test_eta() -> None:
    start = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    later = start + timedelta(seconds=60)
    assert rule.eta((start, 5), (later, 8), 4) == rule.Eta(80.0)
    assert rule.eta(None, (later, 8), 4) is None
    assert rule.eta((start, 8), (later, 8), 4) is None
    assert rule.eta((start, 5), (later, 8), 0) is None

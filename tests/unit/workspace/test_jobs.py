"""What people write and wait for."""

from datetime import timedelta

import pytest

from dashboard.domain.problem import Problem
from dashboard.workspace.jobs import seconds, until


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", timedelta(days=7)),
        (" 12 h ", timedelta(hours=12)),
        ("90min", timedelta(minutes=90)),
        ("90m", timedelta(minutes=90)),
        ("1.5h", timedelta(minutes=90)),
        ("2w", timedelta(weeks=2)),
        ("30s", timedelta(seconds=30)),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "7 days", "1e3d", "7d; rm"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="is not a duration") as told:
        seconds(text)
    assert told.value.kind == "invalid"


def test_a_duration_too_long_is_refused() -> None:
    with pytest.raises(Problem, match="is not a duration"):
        seconds("9" * 30 + "d")


def test_until() -> None:
    values = iter([None, 0])
    assert until(lambda: next(values), None, "it") == 0
    with pytest.raises(TimeoutError, match="batch 7 is not finished after 0 s"):
        until(lambda: None, 0.0, "batch 7")

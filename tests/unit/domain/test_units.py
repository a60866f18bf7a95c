"""Formatters: the examples of their docstrings, and what must hold for every value."""

from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import units

ABSENT = [None, float("nan"), pd.NA, pd.NaT]
CET = timezone(timedelta(hours=1), "CET")
NOW = datetime(2026, 11, 22, 13, 3, 22, tzinfo=UTC)


@pytest.mark.parametrize("absent", ABSENT, ids=str)
def test_absent(absent: None) -> None:
    for formatter in (units.count, units.size, units.memory, units.duration, units.percent, units.clock, units.exact):
        assert formatter(absent) == units.UNKNOWN
    assert units.moment(absent) == units.UNKNOWN


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (8457, "8,457"), (12.0, "12")])
def test_count(value: float, text: str) -> None:
    assert units.count(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (2.31e9, "2.31 GB"), (999_999, "1 MB"), (123e18, "123 EB")],
)
def test_size(value: float, text: str) -> None:
    assert units.size(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(512, "512 MiB"), (2048, "2 GiB"), (1536, "1.5 GiB"), (1023.7, "1 GiB"), (0, "0 MiB")]
)
def test_memory(value: float, text: str) -> None:
    assert units.memory(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (42, "42 s"),
        (61, "1 min 01 s"),
        (1860, "31 min"),
        (3840, "1 h 04 min"),
        (266400, "3 d 2 h"),
        (-42, "−42 s"),
        (59.6, "1 min 00 s"),
        (3599, "59 min"),
        (86399, "23 h 59 min"),
    ],
)
def test_duration(value: float, text: str) -> None:
    assert units.duration(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0 %"), (0.5, "50 %"), (0.9999, "99 %"), (1, "100 %"), (1.2, "100 %")])
def test_percent(value: float, text: str) -> None:
    assert units.percent(value) == text


@given(st.floats(0, 1, exclude_max=True))
def test_what_is_not_complete_never_reads_100_percent(fraction: float) -> None:
    assert units.percent(fraction) != "100 %"


@given(st.floats(0, 1e21))
def test_a_size_reads_back(value: float) -> None:
    number, unit = units.size(value).split()
    assert float(number) * 1000 ** ("B", "kB", "MB", "GB", "TB", "PB", "EB").index(unit) == pytest.approx(
        value, rel=0.006, abs=0.5
    )


@given(st.integers(0, 10**9))
def test_a_duration_reads_back(seconds: int) -> None:
    words = units.duration(seconds).split()
    unit = {"s": 1, "min": 60, "h": 3600, "d": 86400}
    told = sum(int(number) * unit[name] for number, name in zip(words[::2], words[1::2], strict=True))
    assert 0 <= seconds - told <= seconds * 0.1


def test_times() -> None:
    assert units.clock(NOW, CET) == "14:03:22"
    assert units.exact(NOW, CET) == "2026-11-22 14:03:22 CET"


@pytest.mark.parametrize(
    ("back", "text"),
    [
        (timedelta(hours=5), "09:03 today"),
        (timedelta(hours=15), "23:03 yesterday"),
        (timedelta(days=2), "20 Nov 14:03"),
        (timedelta(days=400), "18 Oct 2025"),
        (timedelta(days=-2), "24 Nov 14:03"),
    ],
)
def test_moment(back: timedelta, text: str) -> None:
    assert units.moment(NOW - back, NOW, CET) == text

"""Filters of a search for data: what Rucio is asked, and what is refused before."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from dashboard.domain.did_filter import alternatives
from dashboard.domain.problem import Problem


@pytest.mark.parametrize(
    ("filters", "asked"),
    [
        ("", [{}]),
        ({}, [{}]),
        ([], [{}]),
        ({"datatype": "AOD", "run_number.gte": 1}, [{"datatype": "AOD", "run_number.gte": 1}]),
        ([{"hidden": True}, {"bytes.lt": 1.5e9}], [{"hidden": True}, {"bytes.lt": 1.5e9}]),
        (" datatype = A*D, run_number>=1 ", [{"datatype": "A*D", "run_number.gte": "1"}]),
        ("a=1; b!=x y;", [{"a": "1"}, {"b.ne": "x y"}]),
        ("a>1,a<=4", [{"a.gt": "1", "a.lte": "4"}]),
        (
            {"created_at.gte": datetime(2026, 11, 22, 1, tzinfo=timezone(timedelta(hours=1)))},
            [{"created_at.gte": "2026-11-22T00:00:00"}],
        ),
    ],
)
def test_what_is_asked(filters, asked):
    assert alternatives(filters) == asked


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        ("AOD", "“AOD” is not a filter"),
        ("a=1,", "“” is not a filter"),
        ("1<a<4", "is not a filter"),
        ("a=1, a=2", "twice"),
        ({"a.like": "x"}, "cannot be filtered by"),
        ({"a'b": "x"}, "cannot be filtered by"),
        ({7: "x"}, "cannot be filtered by"),
        ({"name": "x"}, "in the pattern"),
        ({"a": None}, "can be compared with"),
        ({"a": ["x"]}, "can be compared with"),
        ({"a": float("nan")}, "can be compared with"),
        ({"run_number.gte": "1*"}, "equal only"),
        ({"created_at.gte": datetime(2026, 11, 22, tzinfo=UTC).replace(tzinfo=None)}, "no zone"),
    ],
)
def test_what_is_refused(filters, reason):
    with pytest.raises(Problem, match=reason) as refused:
        alternatives(filters)
    assert refused.value.kind == "invalid"

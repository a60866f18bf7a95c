"""Columns hold what they should, whatever people write into their jobs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.domain.table import TIME, build

DTYPES: dict[str, Any] = {
    "number": "int64",
    "maybe": "Int64",
    "real": "float64",
    "flag": "bool",
    "text": "str",
    "kind": "category",
    "time": TIME,
}
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(max_size=3), st.just([1, 2])
)


def typed(**values: Any) -> pd.Series[Any]:
    ((name, given_ones),) = values.items()
    rows = [{name: value} for value in given_ones]
    return build(rows, {name: DTYPES[name]}, pd.RangeIndex(len(rows)))[name]


@settings(max_examples=25)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(DTYPES, ANYTHING)), max_size=5))
def test_the_dtypes_are_as_asked_for_whatever_comes(rows: list[dict[str, Any]]) -> None:
    found = build(rows, DTYPES, pd.RangeIndex(len(rows)))
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == {n: str(d) for n, d in DTYPES.items()}
    assert found["kind"].cat.categories.dtype == "str"
    assert len(found) == len(rows)


def test_values_are_kept_and_others_are_missing() -> None:
    assert typed(number=[3, -(2**63)]).tolist() == [3, -(2**63)]
    assert typed(maybe=[3, None, "x", float("nan"), 2.5]).tolist() == [3, pd.NA, pd.NA, pd.NA, 2]
    assert np.isnan(typed(real=[None, "x"])).all()
    assert typed(real=[1, 2.5]).tolist() == [1.0, 2.5]
    assert typed(text=["a", 3]).tolist() == ["a", "3"]
    kinds = typed(kind=["b", None, "a", "b"])
    assert kinds.isna().tolist() == [False, True, False, False]
    assert kinds.cat.categories.tolist() == ["a", "b"]
    times = typed(time=[0, 1_000_000_000.7, None, "x", 2**60, -1])
    assert times.isna().tolist() == [False, False, True, True, True, True]
    assert times[1] == pd.Timestamp("2001-09-09 01:46:40", tz="UTC")

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.category import among, coded, combined, where

TEXTS = st.lists(st.none() | st.sampled_from(["", "a", "ab", "B", "<b>"]), max_size=20)
KINDS = pytest.mark.parametrize("kind", ["object", "str", "category"])


def column(values, kind):
    return pd.Series(values, dtype="object").astype(kind)


@KINDS
@given(values=TEXTS, wanted=st.sets(st.sampled_from(["", "a", "B", "x"])))
def test_rows_are_found_as_one_by_one(kind, values, wanted):
    asked = column(values, kind)
    assert list(among(asked, wanted)) == [value is not None and value in wanted for value in values]
    assert list(where(asked, lambda text: "a" in text)) == [value is not None and "a" in value for value in values]


def test_values_that_no_row_has_do_no_harm():
    codes, values = coded(pd.Series(pd.Categorical(["b"], categories=["a", "b"])))
    assert [values[code] for code in codes] == ["b"]


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans(), st.integers(0, 2)), max_size=30))
def test_combinations_are_numbered_in_the_order_of_their_first_row(rows):
    seen: dict = {}
    expected = [seen.setdefault(row, len(seen)) for row in rows]
    columns = [np.array([row[place] for row in rows]) for place in range(3)]
    assert list(combined(*columns)) == expected

"""Order of many values, beside pandas and numpy that sort them all."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import order
from dashboard.domain.order import Order

SHARES = (0.0, 0.1, 0.5, 0.9, 1.0)

numbers = st.one_of(st.floats(0, 1e6, width=32), st.sampled_from([0.0, -0.0, 1.0, 2048.0]))
unknown = st.sampled_from([np.nan, -np.nan, -1.0, np.inf, -np.inf])

CELLS = pytest.mark.parametrize("cells", [1 << 17, 40, 1], ids=["many bins", "few bins", "one bin"])


def ordered(cells: int, values: np.ndarray, codes: np.ndarray | None = None, groups: int = 1) -> Order:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "_CELLS", cells)
        return Order(np.array_split(values, 3), None if codes is None else np.array_split(codes, 3), groups)


@CELLS
@given(st.lists(st.tuples(st.integers(0, 4), st.one_of(numbers, unknown)), max_size=60))
def test_quantiles_of_groups_are_those_of_pandas(cells, pairs):
    frame = pd.DataFrame(pairs, columns=["group", "value"]).astype({"group": "int32", "value": "float32"})
    found = ordered(cells, frame["value"].to_numpy(), frame["group"].to_numpy(), 5)
    for group in range(5):
        some = (frame["group"] == group) & (frame["value"] >= 0) & (frame["value"] < np.inf)
        known = frame.loc[some, "value"].astype(float)
        assert found.known[group] == len(known)
        np.testing.assert_allclose(found.quantiles(SHARES)[group], known.quantile(SHARES), rtol=1e-6, atol=1e-30)


@CELLS
@given(st.lists(st.one_of(numbers, unknown), max_size=60))
def test_values_are_counted_between_edges_and_found_at_their_places(cells, values):
    values = np.array(values, dtype=np.float32)
    known = np.sort(values[(values >= 0) & (values < np.inf)])
    found = ordered(cells, values)
    edges = np.array([0, 0.05, 1, 43200, 2048, 2049.1, 1e6])
    edges.sort()
    expected = np.histogram(known, [0, *edges[1:-1], np.inf])[0]
    np.testing.assert_array_equal(found.counted(edges), expected)
    np.testing.assert_array_equal(found.at(np.arange(len(known))), known)


def test_very_many_are_as_exact_as_few():
    some = np.random.default_rng(1)
    values = np.concatenate([some.lognormal(7, 1.5, 200_000), np.full(50_000, 2048.0)]).astype(np.float32)
    groups = some.integers(0, 700, len(values)).astype(np.int32)
    frame = pd.Series(values.astype(float)).groupby(groups).quantile(SHARES).unstack()
    np.testing.assert_allclose(Order([values], [groups], 700).quantiles(SHARES), frame, rtol=1e-12)
    edges = np.linspace(0, 1e4, 50)
    counts = np.histogram(values.clip(max=1e4), edges)[0]
    np.testing.assert_array_equal(Order([values]).counted(edges), counts)

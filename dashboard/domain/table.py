"""Building frames with fixed columns and dtypes, also when they are empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

TIME = "datetime64[s, UTC]"
"""Dtype of times; their values are given in epoch seconds."""


def build(rows: Sequence[Mapping[str, Any]], dtypes: Mapping[str, Any], index: pd.Index[Any]) -> pd.DataFrame:
    """Frame of these rows with exactly these columns and dtypes; categories are always text."""
    columns = {name: _typed(pd.Series([row.get(name) for row in rows], index=index), dtypes[name]) for name in dtypes}
    return pd.DataFrame(columns, index=index, copy=False)


def _typed(values: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    if dtype == TIME:
        values = pd.to_datetime(pd.to_numeric(values), unit="s", utc=True)
    elif dtype == "category":
        # Otherwise an empty column would get categories that unite with no others.
        values = values.astype("str")
    typed: pd.Series[Any] = values.astype(dtype)
    return typed

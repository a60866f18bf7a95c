"""Building frames with fixed columns and dtypes, also when they are empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

TIME = "datetime64[s, UTC]"
"""Dtype of times; their values are given in epoch seconds."""


def build(rows: Sequence[Mapping[str, Any]], dtypes: Mapping[str, Any], index: pd.Index[Any]) -> pd.DataFrame:
    """Frame of these rows with exactly these columns and dtypes; categories are always text."""
    table = pd.DataFrame({name: [row.get(name) for row in rows] for name in dtypes}, index=index)
    for name, dtype in dtypes.items():
        values: pd.Series[Any] = table[name]
        if dtype == TIME:
            values = pd.to_datetime(pd.to_numeric(values), unit="s", utc=True)
        elif dtype == "category":
            # Otherwise an empty column would get categories that unite with no others.
            values = values.astype("str")
        table[name] = values.astype(dtype)
    return table

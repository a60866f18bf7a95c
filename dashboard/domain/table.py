"""Building frames with fixed columns and dtypes, also when they are empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

TIME = "datetime64[s, UTC]"
"""Dtype of times; their values are given in epoch seconds."""

_END = 2**63
"""The whole numbers that a column can hold are below this."""
_NEVER = -_END
"""The number of a missing time."""
_FAR = 253_402_300_800
"""Epoch seconds of the year 10000: beyond what a time can be."""


def build(rows: Sequence[Mapping[str, Any]], dtypes: Mapping[str, Any], index: pd.Index[Any]) -> pd.DataFrame:
    """Frame of these rows with exactly these columns and dtypes; categories are always text.

    A value that is not what its column holds (people may write anything into their jobs) is a missing one.
    """
    columns = {name: typed([row.get(name) for row in rows], dtype) for name, dtype in dtypes.items()}
    return pd.DataFrame(columns, index=index, copy=False)


def typed(values: list[Any], dtype: Any) -> Any:
    """Array of this dtype; a value that is not what it holds is a missing one."""
    # Arrays made at once: conversions of Series cost more than the few rows of a tick.
    if dtype == "category":
        texts = [None if value is None else str(value) for value in values]
        categories = sorted({text for text in texts if text is not None})
        places: dict[str | None, int] = {text: place for place, text in enumerate(categories)}
        codes = np.array([places.get(text, -1) for text in texts], dtype="int64")
        labels = pd.CategoricalDtype(pd.Index(categories, dtype="str"))
        return pd.Categorical.from_codes(codes, dtype=labels, validate=False)
    if dtype == "str":
        return pd.array([None if value is None else str(value) for value in values], dtype="str")
    if dtype == TIME:
        seconds = [int(value) if _is_number(value) and 0 <= value < _FAR else _NEVER for value in values]
        return pd.array(np.array(seconds, dtype="int64").view("datetime64[s]")).tz_localize("UTC")
    if dtype == "float64":
        return np.array([value if _is_number(value) else np.nan for value in values], dtype=dtype)
    known = np.array([_is_number(value) and -_END <= value < _END for value in values], dtype=bool)
    whole = np.array([int(value) if here else 0 for value, here in zip(values, known, strict=True)], dtype="int64")
    return pd.arrays.IntegerArray(whole, ~known) if dtype == "Int64" else whole.astype(dtype)


def _is_number(value: Any) -> bool:
    """Whether it is a number, and a finite one."""
    return isinstance(value, (int, float)) and value - value == 0

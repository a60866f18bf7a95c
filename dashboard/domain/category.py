"""Columns of few distinct values: what is asked of their rows is asked of each value once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import pandas as pd


def coded(column: pd.Series[Any]) -> tuple[np.ndarray, pd.Index[Any]]:
    """The code of each row, −1 where its value is missing, and the value that each code stands for."""
    if isinstance(values := column.array, pd.Categorical):  # quicker than by its Series
        return values.codes, values.categories
    codes, labels = pd.factorize(column)
    return codes, pd.Index(labels)


def where(column: pd.Series[Any], test: Callable[[str], bool]) -> np.ndarray:
    """Which rows have a value whose text passes the test; a missing one never does."""
    codes, values = coded(column)
    # The last place is where −1 points to.
    passed = np.array([*(test(str(value)) for value in values), False], dtype=bool)
    return np.asarray(passed[codes])


def among(column: pd.Series[Any], values: Collection[str]) -> np.ndarray:
    """Which rows have one of these values."""
    return where(column, lambda value: value in values)


def combined(*columns: np.ndarray) -> np.ndarray:
    """One code for each combination of these columns' values, counted from 0 in the order of their first row."""
    codes = np.zeros(len(columns[0]), dtype="int64")
    for column in columns:
        added, values = pd.factorize(column)
        codes = pd.factorize(codes * max(1, len(values)) + added)[0].astype("int64")
    return codes

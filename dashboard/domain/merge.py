"""Frames kept true by changes: the cost follows what changed, columns without a change are shared, none is altered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

Keys = Callable[[pd.DataFrame], np.ndarray]
"""Whole numbers in whose order a frame's rows stand, one of its own for each row."""


class _Places(NamedTuple):
    """Where rows are in a frame (for those it has, where in the order they belong), and which of them it has."""

    at: np.ndarray
    known: np.ndarray


def merged(
    frame: pd.DataFrame, upserts: pd.DataFrame, removals: Sequence[str] = (), keys: Keys | None = None
) -> pd.DataFrame:
    """Frame without the removals, changed and extended by the upserts; dtypes stay, unchanged columns are shared.

    Parameters
    ----------
    frame, upserts
        The same columns and dtypes; indexed by id. Of upserts with the same id the last one counts.
    removals
        Ids to leave out; those it does not have are passed over.
    keys
        When the rows stand in the order of numbers: no table of all ids has to be made to find one. Without it rows
        keep their places and new ones come last.

    Returns
    -------
    DataFrame
        The frame itself when nothing is different.
    """
    return updated(_without(frame, removals) if len(removals) else frame, upserts, keys)[0]


def updated(frame: pd.DataFrame, rows: pd.DataFrame, keys: Keys | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame with these rows (`merged`), and those of them that it did not have, or had with other values."""
    if not len(rows):
        return frame, rows
    if not rows.index.is_unique:
        rows = rows[~rows.index.duplicated(keep="last")]
    if keys is not None and ((numbers := keys(rows))[1:] < numbers[:-1]).any():
        rows = rows.iloc[np.argsort(numbers, kind="stable")]
    places = _places(frame, rows, keys)
    differs = ~places.known
    known, new = np.flatnonzero(places.known), np.flatnonzero(differs)
    at, between = places.at[known], places.at[new]
    columns = {}
    for name in frame.columns:
        old, values = _values(frame[name]), _values(rows[name])
        unequal = _unequal(old.take(at), values.take(known))
        differs[known] |= unequal
        if isinstance(old, pd.Categorical) and (unequal.any() or len(new)):
            old, values = _same_categories(old, values)
        if unequal.any():
            old = old.copy()
            old[at[unequal]] = values.take(known[unequal])
        columns[name] = _inserted(old, between, values.take(new)) if len(new) else old
    if not differs.any():
        return frame, rows.iloc[:0]
    index = frame.index
    if len(new):
        labels = _inserted(np.asarray(index, dtype=object), between, np.asarray(rows.index, dtype=object)[new])
        index = pd.Index(labels, dtype=object, name=index.name)
    return pd.DataFrame(columns, index=index, copy=False), rows if differs.all() else rows[differs]


def differing(frame: pd.DataFrame, rows: pd.DataFrame, keys: Keys | None = None) -> pd.DataFrame:
    """Those of the rows that the frame does not have, or has with other values."""
    places = _places(frame, rows, keys)
    differs = ~places.known
    at, known = places.at[places.known], np.flatnonzero(places.known)
    for name in frame.columns:
        differs[known] |= _unequal(_values(frame[name]).take(at), _values(rows[name]).take(known))
    return rows if differs.all() else rows[differs]


def _values(column: pd.Series[Any]) -> Any:
    """The column's array: NumPy's own where it has one, for that is the quickest."""
    return column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array


def _without(frame: pd.DataFrame, ids: Sequence[str]) -> pd.DataFrame:
    gone = frame.index.isin(pd.Index(ids, dtype=object))
    return frame[~gone] if gone.any() else frame


def _places(frame: pd.DataFrame, rows: pd.DataFrame, keys: Keys | None) -> _Places:
    if keys is None:
        found = frame.index.get_indexer(rows.index)
        return _Places(np.where(found < 0, len(frame), found), found >= 0)
    ours, theirs = keys(frame), keys(rows)
    at = np.searchsorted(ours, theirs)
    known = np.zeros(len(rows), dtype=bool)
    inside = at < len(ours)
    known[inside] = ours[at[inside]] == theirs[inside]
    return _Places(at, known)


def _unequal(old: Any, new: Any) -> np.ndarray:
    """Where the values differ; two missing ones do not."""
    if isinstance(old, pd.Categorical):
        return np.asarray(old.codes != _codes(new, old.categories))
    if isinstance(old, np.ndarray):
        return np.asarray((old != new) & ~((old != old) & (new != new)))
    empty, none = np.asarray(old.isna()), np.asarray(new.isna())
    differs = old != new
    if isinstance(differs, pd.arrays.BooleanArray):
        differs = differs.to_numpy(dtype=bool, na_value=False)
    return np.asarray((differs & ~empty) | (empty != none), dtype=bool)


def _codes(values: pd.Categorical, categories: pd.Index[Any]) -> np.ndarray:
    """Codes of the values by other categories: -1 for a missing value, -2 for one that is not among them."""
    there = categories.get_indexer(values.categories)
    return np.asarray(np.append(np.where(there < 0, -2, there), -1)[values.codes])


def _same_categories(old: pd.Categorical, new: pd.Categorical) -> tuple[pd.Categorical, pd.Categorical]:
    """Both with the categories of the old one first and those only the new one has behind them."""
    unseen = new.categories[~new.categories.isin(old.categories)]
    if len(unseen):
        old = old.add_categories(unseen)
    return old, new.set_categories(old.categories)


def _inserted(old: Any, at: np.ndarray, new: Any) -> Any:
    """Old values with the new ones before the places named, which are in order."""
    numpy = isinstance(old, np.ndarray)
    together = np.concatenate([old, new]) if numpy else type(old)._concat_same_type([old, new])
    if (at == len(old)).all():
        return together
    return together.take(np.insert(np.arange(len(old)), at, np.arange(len(old), len(together))))

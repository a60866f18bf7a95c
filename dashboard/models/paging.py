"""One page of a frame: filtered by text, sorted, cut; with exact totals and ties in a fixed order.

What is asked for is found by numbers; only the rows of the page are taken out of the frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dashboard.domain.category import coded, where


class Page(NamedTuple):
    """Rows of one page, which page it is, and how many rows all pages have."""

    frame: pd.DataFrame
    number: int
    total: int


def found(frame: pd.DataFrame, text: str, columns: Sequence[str]) -> np.ndarray:
    """Which rows have every word of `text` in one of `columns`, whatever its case; nothing is a pattern.

    Parameters
    ----------
    frame
        Any frame.
    text
        Words as typed by a person, separated by blanks; empty finds every row.
    columns
        Columns to look in; those the frame does not have are skipped.
    """
    keep = np.ones(len(frame), dtype=bool)
    for word in text.casefold().split():
        has = np.zeros(len(frame), dtype=bool)
        for column in columns:
            if column in frame.columns:
                has |= where(frame[column], lambda value, word=word: word in value.casefold())  # type: ignore[misc]  # word is text
        keep &= has
    return keep


def matching(frame: pd.DataFrame, text: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return the rows that are `found`."""
    return frame[found(frame, text, columns)] if text.strip() else frame


def page_of(
    frame: pd.DataFrame, sort: str = "", page: int = 1, page_size: int = 50, rows: np.ndarray | None = None
) -> Page:
    """Cut one page from `frame`.

    Parameters
    ----------
    frame
        Any frame.
    sort
        As in `Table.sort`: a column, with a minus when descending; missing values come last. A column the frame does
        not have leaves the order as it is: the name comes from the browser.
    page
        Wanted page, from 1; beyond the end the last page is given, since rows leave while people read.
    page_size
        Rows in a full page.
    rows
        Positions of the rows to choose from; by default all.
    """
    chosen = np.arange(len(frame)) if rows is None else rows
    number = min(max(1, page), max(1, -(-len(chosen) // page_size)))
    start, end = (number - 1) * page_size, number * page_size
    column = sort.removeprefix("-")
    if column in frame.columns:
        keys = _keys(frame[column])[chosen]
        chosen = chosen[_first(-keys if sort.startswith("-") else keys, end)]
    return Page(frame.iloc[chosen[start:end]], number, len(rows) if rows is not None else len(frame))


def _keys(column: pd.Series[Any]) -> np.ndarray:
    """Numbers in the order of a column's values, NaN where one is missing."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    if column.dtype.kind == "M":
        times = column.to_numpy()
        return np.asarray(np.where(np.isnat(times), np.nan, times.astype("int64")))
    if column.dtype.kind in "biuf":
        return column.to_numpy(dtype="float64", na_value=np.nan)
    codes, values = coded(column)
    ranks = np.empty(len(values) + 1)
    ranks[np.argsort(values.to_numpy(dtype=object), kind="stable")] = np.arange(len(values))
    ranks[-1] = np.nan  # where −1 points to
    return np.asarray(ranks[codes])


def _first(keys: np.ndarray, number: int) -> np.ndarray:
    """Where the first keys stand, in their order and equal ones in that of their places; NaN comes last."""
    if not len(keys) or (keys[1:] >= keys[:-1]).all():  # NaN is neither
        return np.arange(min(number, len(keys)))
    last = np.partition(keys, min(number, len(keys)) - 1)[min(number, len(keys)) - 1]
    missing = np.isnan(keys)
    before = np.flatnonzero(~missing if np.isnan(last) else keys < last)
    ties = np.flatnonzero(missing if np.isnan(last) else keys == last)[: number - len(before)]
    return np.concatenate([before[np.argsort(keys[before], kind="stable")], ties])

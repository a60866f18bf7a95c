"""One page of a frame: filtered by text, sorted, cut; with exact totals and ties in a fixed order."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd


class Page(NamedTuple):
    """Rows of one page, which page it is, and how many rows all pages have."""

    frame: pd.DataFrame
    number: int
    total: int


def matching(frame: pd.DataFrame, text: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return the rows that have every word of `text` in one of `columns`, whatever its case; nothing is a pattern.

    Parameters
    ----------
    frame
        Any frame.
    text
        Words as typed by a person, separated by blanks; empty finds every row.
    columns
        Columns to look in; those the frame does not have are skipped.
    """
    words = text.casefold().split()
    present = [column for column in columns if column in frame.columns]
    if not words or frame.empty:
        return frame
    if not present:
        return frame.iloc[:0]
    # A separator no one types keeps a word from matching across two columns.
    joined = frame[present[0]].astype("string").fillna("")
    for column in present[1:]:
        joined = joined + "\x1f" + frame[column].astype("string").fillna("")
    joined = joined.str.casefold()
    keep = pd.Series(True, index=frame.index)
    for word in words:
        keep &= joined.str.contains(word, regex=False).astype(bool)
    return frame[keep]


def ordered(frame: pd.DataFrame, sort: str) -> pd.DataFrame:
    """Return `frame` sorted by `sort` as in `Table.sort` (a column, with a minus when descending); missing values last.

    A column the frame does not have leaves the order as it is: the name comes from the browser.
    """
    column = sort.removeprefix("-")
    if column not in frame.columns:
        return frame
    return frame.sort_values(column, ascending=not sort.startswith("-"), kind="stable", na_position="last")


def page_of(frame: pd.DataFrame, sort: str = "", page: int = 1, page_size: int = 50) -> Page:
    """Cut one page from `frame`.

    Parameters
    ----------
    frame
        All rows, already filtered.
    sort
        As in `ordered`.
    page
        Wanted page, from 1; beyond the end the last page is given, since rows leave while people read.
    page_size
        Rows in a full page.
    """
    last = max(1, -(-len(frame) // page_size))
    number = min(max(1, page), last)
    start = (number - 1) * page_size
    return Page(ordered(frame, sort).iloc[start : start + page_size], number, len(frame))

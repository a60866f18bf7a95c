"""Which jobs a page shows: by state and by text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from dashboard.domain.category import among, coded
from dashboard.domain.job import PROCS
from dashboard.models.paging import found

_ID = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(@\S+)?")

SEARCHED = ("batch_name", "host", "reason")
"""Columns of the jobs frame that a text filter looks in, besides the id and, of several schedds, their names."""


def chosen(jobs: pd.DataFrame, state: str = "", text: str = "") -> np.ndarray:
    """Which jobs are in this state (all when empty) and have every word of the text in id, name, host or reason."""
    keep = among(jobs["state"], (state,)) if state else np.ones(len(jobs), dtype=bool)
    searched = (*SEARCHED, "schedd") if len(coded(jobs["schedd"])[1]) > 1 else SEARCHED
    for word in text.split():
        keep &= found(jobs, word, searched) | _in_ids(jobs.index, word)
    return keep


def _in_ids(ids: pd.Index[Any], word: str) -> np.ndarray:
    """Which ids, made of digits and a dot before the label of a schedd, have the word in them."""
    if word.partition("@")[0].strip("0123456789."):
        return np.zeros(len(ids), dtype=bool)
    return np.fromiter((word in job_id for job_id in ids), dtype=bool, count=len(ids))


def located(jobs: pd.DataFrame, rows: np.ndarray, ids: Iterable[object]) -> np.ndarray:
    """Those of these rows that have one of these ids; what is no id of a job is passed over."""
    matches = [match for text in ids if isinstance(text, str) and (match := _ID.fullmatch(text))]
    wanted = [int(match[1]) * PROCS + int(match[2]) for match in matches]
    there = rows[np.isin(_keys(jobs, rows), np.array(wanted, dtype="int64"))]
    # The numbers alone do not tell the jobs of several schedds apart.
    return np.asarray(there[jobs.index[there].isin([match[0] for match in matches])])


def by_id(jobs: pd.DataFrame, rows: np.ndarray, descending: bool = False) -> np.ndarray:
    """These rows in the order of their ids as numbers."""
    keys = _keys(jobs, rows)
    return np.asarray(rows[np.argsort(-keys if descending else keys, kind="stable")])


def _keys(jobs: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
    """Ids as numbers in their order."""
    return np.asarray(jobs["cluster"].to_numpy()[rows] * PROCS + jobs["proc"].to_numpy()[rows])

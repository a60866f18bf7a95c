"""Batches: jobs that were submitted together (one cluster, or all clusters of one DAG)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dashboard.domain import job
from dashboard.domain.job import JobState
from dashboard.domain.table import TIME, typed

STATES = tuple(state.value for state in JobState)
FINISHED = (JobState.DONE.value, JobState.FAILED.value, JobState.REMOVED.value)

CLUSTER_COLUMNS: dict[str, Any] = {
    "batch": "str",
    "batch_name": "str",
    "owner": "str",
    "schedd": "str",
    "command": "str",
    "submitted": TIME,
    "cpus": "Int64",
    "memory_mib": "float64",
    "total": "int64",
    "unborn": "int64",
    "idle": "int64",
    "running": "int64",
    "held": "int64",
    "present": "int64",
    "counted": "bool",
}
"""Columns of the clusters in the queue, from their cluster ads, and their dtypes; the index is ClusterId.

``total`` is TotalSubmitProcs, ``unborn`` the jobs its factory has not made yet (late materialization), ``idle, running,
held, present`` the schedd's own counts of its jobs; ``counted`` says that these are to count since its jobs are not in
the frame.
"""

COLUMNS: dict[str, Any] = (
    {"name": "str", "owner": "str", "schedd": "str", "clusters": "int64"}
    | {"submitted": TIME, "finished": TIME, "command": "str", "cpus": "Int64", "memory_mib": "float64"}
    | dict.fromkeys(STATES, "int64")
    | {"total": "int64", "rows": "int64", "unborn": "int64", "lost": "int64", "progress": "float64"}
)
"""Columns of the batches and their dtypes; the index is the batch id (`batches`)."""


def called(name: str | None, command: str | None) -> str:
    """What a batch is called: its name, otherwise its program."""
    return name or (command or "").rpartition("/")[2]


def batches(jobs: pd.DataFrame, clusters: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per batch, in the order in which they came, indexed by batch id.

    Columns: ``name`` (of the batch, otherwise its program), ``owner, schedd, clusters`` (how many), ``total``, one
    count for each `JobState`, ``rows`` (how many of its jobs are in the frame), ``unborn`` (not made yet by their
    factory), ``lost`` (jobs that left the queue and are not in the history any more), ``progress`` (finished / total,
    0–1), ``submitted``, ``finished`` (last one, UTC), ``command``, ``cpus``, ``memory_mib`` (of its first job).

    Parameters
    ----------
    jobs
        The jobs frame (`dashboard.domain.job.COLUMNS`), in its order.
    clusters
        The clusters in the queue (`CLUSTER_COLUMNS`); where ``counted``, their jobs in the queue are not in ``jobs``.
    """
    clusters = empty_clusters() if clusters is None else clusters
    labels = jobs["batch"].cat.categories
    labels = labels.append(pd.Index(clusters["batch"].unique()).difference(labels, sort=False))
    size = len(labels)
    codes = jobs["batch"].cat.codes.to_numpy().astype("int64")
    of_cluster = labels.get_indexer(pd.Index(clusters["batch"]))
    counts = _counts(jobs["state"], codes, size)
    rows = counts.sum(axis=1)

    def summed(column: str, *, counted: bool = True) -> np.ndarray:
        weights = clusters[column].to_numpy() * (clusters["counted"].to_numpy() if counted else 1)
        return np.bincount(of_cluster, weights=weights, minlength=size).astype("int64")

    here = {state: summed(state) for state in ("idle", "running", "held")}
    for state, numbers in here.items():
        counts[:, STATES.index(state)] += numbers
    # What is in the queue and neither waits, runs nor is held has ended there.
    counts[:, STATES.index("done")] += summed("present") - sum(here.values())
    unborn, total = summed("unborn", counted=False), counts.sum(axis=1)
    lost = (summed("total", counted=False) - total - unborn).clip(min=0)
    total += unborn + lost
    ended = counts[:, [STATES.index(state) for state in FINISHED]].sum(axis=1) + lost
    columns = _heads(jobs, clusters, codes, of_cluster, size)
    columns["clusters"] = np.maximum(_parts(jobs["cluster"], codes, size), np.bincount(of_cluster, minlength=size))
    columns["submitted"] = _extreme(np.minimum, size, (codes, jobs["submitted"]), (of_cluster, clusters["submitted"]))
    columns["finished"] = _extreme(np.maximum, size, (codes, jobs["finished"]))
    columns |= {state: counts[:, number] for number, state in enumerate(STATES)}
    columns |= {"total": total, "rows": rows, "unborn": unborn, "lost": lost, "progress": ended / total.clip(min=1)}
    index = labels.astype(object).rename("batch")
    table = pd.DataFrame({name: columns[name] for name in COLUMNS}, index=index, copy=False)
    known: pd.DataFrame = table[total > 0]
    return known


def empty_clusters() -> pd.DataFrame:
    """No cluster in the queue."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in CLUSTER_COLUMNS.items()})


def _counts(states: pd.Series[Any], codes: np.ndarray, size: int) -> np.ndarray:
    """Jobs of each batch (rows) in each of `STATES` (columns)."""
    places = pd.Index(STATES).get_indexer(states.cat.categories)
    cells = codes * len(STATES) + places[states.cat.codes.to_numpy()] if len(codes) else codes
    return np.bincount(cells, minlength=size * len(STATES)).reshape(size, len(STATES))


def _heads(
    jobs: pd.DataFrame, clusters: pd.DataFrame, codes: np.ndarray, of_cluster: np.ndarray, size: int
) -> dict[str, Any]:
    """What is said once of a batch: by its first job, or by its first cluster when none of its jobs is known."""
    ours, theirs = _first(codes, size), _first(of_cluster, size)
    known, told = np.flatnonzero(ours >= 0), np.flatnonzero((ours < 0) & (theirs >= 0))

    def said(name: str) -> list[Any]:
        values: list[Any] = [None] * size
        for table, places, rows in ((jobs, known, ours[known]), (clusters, told, theirs[told])):
            part = table[name].array.take(rows)
            for place, value, missing in zip(places.tolist(), part.tolist(), part.isna(), strict=True):
                values[place] = None if missing else value
        return values

    names, commands = said("batch_name"), said("command")
    programs = [called(name, command) for name, command in zip(names, commands, strict=True)]
    others = {name: said(name) for name in ("owner", "schedd", "cpus", "memory_mib")}
    return {
        name: typed(values, CLUSTER_COLUMNS.get(name, "str"))
        for name, values in {"name": programs, "command": commands, **others}.items()
    }


def _first(codes: np.ndarray, size: int) -> np.ndarray:
    """Where each code stands first; -1 where it does not."""
    first = np.full(size, -1)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first


def _parts(clusters: pd.Series[Any], codes: np.ndarray, size: int) -> np.ndarray:
    """How many clusters each batch has; rows of one cluster stand together."""
    numbers = clusters.to_numpy()
    begins = np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)]
    return np.bincount(codes[begins], minlength=size)


def _extreme(which: np.ufunc, size: int, *times: tuple[np.ndarray, pd.Series[Any]]) -> Any:
    """Earliest (``minimum``) or latest (``maximum``) time of each code."""
    # A missing time is the least of all numbers with a sign, and beyond all times without: it never is the one wanted.
    number, missing = ("uint64", 2**63) if which is np.minimum else ("int64", -(2**63))
    found = np.full(size, missing, dtype=number)
    for codes, column in times:
        which.at(found, codes, column.to_numpy(dtype="datetime64[s]").view(number))
    return pd.Series(found.view("datetime64[s]")).dt.tz_localize("UTC").array


def counts(jobs: pd.DataFrame) -> dict[str, int]:
    """Number of jobs of a frame in each `JobState`, all states present."""
    found = jobs["state"].value_counts()
    return {state: int(found.get(state, 0)) for state in STATES}


def summed(table: pd.DataFrame) -> dict[str, int]:
    """Number of jobs in each `JobState` by the batches, all states present; those not made yet are idle."""
    found = {state: int(table[state].sum()) for state in STATES}
    found[JobState.IDLE] += int(table["unborn"].sum())
    return found


NONE = batches(job.table([]))
"""No batches."""

"""Clusters as their cluster ads tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dashboard.domain.batch import CLUSTER_COLUMNS
from dashboard.domain.job import PROCS, JobState
from dashboard.domain.table import build

ATTRIBUTES = ["TotalSubmitProcs", "JobMaterializeNextProcId", "JobsPresent", "JobsIdle", "JobsRunning", "JobsHeld"]
"""What is needed besides what a job's row needs; the schedd itself counts the jobs."""


def frame(ads: Sequence[Mapping[str, Any]], schedd: str) -> pd.DataFrame:
    """Frame of clusters (`dashboard.domain.batch.CLUSTER_COLUMNS`) from their ads."""
    index = pd.Index([int(ad["ClusterId"]) for ad in ads], dtype="int64", name="cluster")
    return build([_row(ad, schedd) for ad in ads], CLUSTER_COLUMNS, index)


def made(clusters: pd.DataFrame) -> pd.Series[Any]:
    """How many jobs each cluster has had, whether they are still there or not."""
    return clusters["total"] - clusters["unborn"]


def numbers(clusters: pd.DataFrame, keys: np.ndarray) -> np.ndarray:
    """How many of these jobs each cluster has; their keys (`dashboard.domain.job.keys`) are in order."""
    first = clusters.index.to_numpy(dtype="int64") * PROCS
    return np.asarray(np.searchsorted(keys, first + PROCS) - np.searchsorted(keys, first))


def excess(clusters: pd.DataFrame, keys: np.ndarray) -> np.ndarray:
    """How many more of these jobs, whose keys are in order, each cluster has than the schedd counts."""
    return np.asarray(numbers(clusters, keys) - clusters["present"].to_numpy())


def passed(clusters: pd.DataFrame, keys: np.ndarray, before: pd.Series[Any]) -> np.ndarray:
    """Which clusters have had jobs, since so many `before`, that are not among these."""
    first = clusters.index.to_numpy(dtype="int64") * PROCS
    since, until = before.reindex(clusters.index, fill_value=0).to_numpy(), made(clusters).to_numpy()
    found = np.searchsorted(keys, first + until) - np.searchsorted(keys, first + since)
    return np.asarray(found < until - since)


def gone(clusters: pd.DataFrame, keys: np.ndarray) -> np.ndarray:
    """Those of these jobs whose clusters are not there any more; their keys are in order."""
    if numbers(clusters, keys).sum() == len(keys):
        return keys[:0]
    return np.asarray(keys[~np.isin(keys // PROCS, clusters.index.to_numpy(dtype="int64"))])


def agreed(clusters: pd.DataFrame, queued: pd.DataFrame) -> set[int]:
    """Clusters of which we know as many idle, held and other jobs as the schedd counts."""
    held = queued["state"].isin([JobState.HELD, JobState.UPLOADING])
    ours = {"present": queued, "idle": queued[queued["state"] == JobState.IDLE], "held": queued[held]}
    same = np.ones(len(clusters), dtype=bool)
    for column, jobs in ours.items():
        found = jobs["cluster"].value_counts().reindex(clusters.index, fill_value=0)
        same &= (found == clusters[column]).to_numpy()
    return set(clusters.index[same])


def unborn(ad: Mapping[str, Any]) -> int:
    """How many jobs a cluster, by its ad, is still to make."""
    made = ad.get("JobMaterializeNextProcId")
    return 0 if made is None else max(0, int(ad.get("TotalSubmitProcs") or 0) - int(made))


def _row(ad: Mapping[str, Any], schedd: str) -> dict[str, Any]:
    return {
        "batch": str(ad.get("DAGManJobId") or ad["ClusterId"]),
        "batch_name": str(ad.get("JobBatchName") or ""),
        "owner": str(ad.get("Owner", "")),
        "schedd": schedd,
        "command": str(ad.get("Cmd", "")),
        "submitted": int(ad.get("QDate") or 0),
        "cpus": ad.get("RequestCpus"),
        "memory_mib": ad.get("RequestMemory"),
        "total": int(ad.get("TotalSubmitProcs") or 0),
        "unborn": unborn(ad),
        "idle": ad.get("JobsIdle", 0),
        "running": ad.get("JobsRunning", 0),
        "held": ad.get("JobsHeld", 0),
        "present": ad.get("JobsPresent", 0),
        "counted": True,
    }

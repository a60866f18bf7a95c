"""HTCondor jobs: their states and the columns of the jobs frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dashboard.domain.table import TIME, build


class JobState(StrEnum):
    """State of a job as people think of it; finer than HTCondor's JobStatus."""

    IDLE = "idle"
    RUNNING = "running"
    TRANSFERRING = "transferring"
    SUSPENDED = "suspended"
    UPLOADING = "uploading"
    HELD = "held"
    DONE = "done"
    FAILED = "failed"
    REMOVED = "removed"


LIVE = (
    JobState.IDLE,
    JobState.RUNNING,
    JobState.TRANSFERRING,
    JobState.SUSPENDED,
    JobState.UPLOADING,
    JobState.HELD,
)
"""States in which a job can still be acted on."""

SPOOLING_INPUT = 16
"""HoldReasonCode while the input of a spooled submission is being uploaded."""

_BY_STATUS = {
    1: JobState.IDLE,
    2: JobState.RUNNING,
    3: JobState.REMOVED,
    6: JobState.TRANSFERRING,
    7: JobState.SUSPENDED,
}


class Column(NamedTuple):
    """A column of a frame: name, dtype, unit, and the ClassAd attribute it comes from."""

    name: str
    dtype: Any
    unit: str
    source: str


COLUMNS = (
    Column("cluster", "int64", "", "ClusterId"),
    Column("proc", "int64", "", "ProcId"),
    Column("schedd", "category", "", "name of the schedd asked"),
    Column("owner", "category", "", "Owner"),
    Column("batch", "category", "", "DAGManJobId, otherwise ClusterId"),
    Column("batch_name", "category", "", "JobBatchName"),
    Column("state", "category", "", "JobStatus, HoldReasonCode, ExitCode, TransferringInput …"),
    Column("submitted", TIME, "UTC", "QDate"),
    Column("started", TIME, "UTC", "JobStartDate"),
    Column("since", TIME, "UTC", "EnteredCurrentStatus"),
    Column("finished", TIME, "UTC", "CompletionDate"),
    Column("run_s", "float64", "s", "RemoteWallClockTime: runs before the present one; see `timed`"),
    Column("run_since", TIME, "UTC", "JobCurrentStartDate, while it runs"),
    Column("cpu_s", "float64", "s", "RemoteUserCpu + RemoteSysCpu"),
    Column("starts", "Int64", "", "NumJobStarts"),
    Column("cpus", "Int64", "", "RequestCpus"),
    Column("memory_mib", "float64", "MiB", "RequestMemory"),
    Column("memory_used_mib", "float64", "MiB", "MemoryUsage"),
    Column("disk_kib", "float64", "KiB", "RequestDisk"),
    Column("exit_code", "Int64", "", "ExitCode"),
    Column("exit_signal", "Int64", "", "ExitSignal, when ExitBySignal"),
    Column("hold_code", "Int64", "", "HoldReasonCode, kept after release"),
    Column("hold_subcode", "Int64", "", "HoldReasonSubCode"),
    Column("reason", "category", "", "HoldReason; RemoveReason; VacateReason"),
    Column("host", "category", "", "RemoteHost, otherwise LastRemoteHost, without the slot"),
    Column("command", "category", "", "Cmd"),
    Column("arguments", "str", "", "Args or Arguments"),
    Column("folder", "category", "", "Iwd"),
    Column("submit_id", "category", "", "CygnetSubmitId"),
)
"""Columns of the jobs frame, in order of cluster and proc; its index is the id, ``"cluster.proc"``.

Where there are several schedds, one comes after the other, and ids and batches name theirs (`dashboard.domain.label`).
"""

MOVING = ("TransferringInput", "TransferringOutput", "TransferQueued")
"""Attributes that say that a running job's files are on their way."""

ATTRIBUTES = [
    "ClusterId",
    "ProcId",
    "Owner",
    "DAGManJobId",
    "JobBatchName",
    "JobStatus",
    "HoldReasonCode",
    "HoldReasonSubCode",
    "HoldReason",
    "RemoveReason",
    "VacateReason",
    "QDate",
    "JobStartDate",
    "EnteredCurrentStatus",
    "CompletionDate",
    "JobCurrentStartDate",
    "RemoteWallClockTime",
    "RemoteUserCpu",
    "RemoteSysCpu",
    "NumJobStarts",
    "RequestCpus",
    "RequestMemory",
    "MemoryUsage",
    "RequestDisk",
    "ExitCode",
    "ExitBySignal",
    "ExitSignal",
    "RemoteHost",
    "LastRemoteHost",
    "Cmd",
    "Args",
    "Arguments",
    "Iwd",
    "CygnetSubmitId",
    *MOVING,
]
"""The projection a row needs."""

Ad = Mapping[str, Any]
"""A job's ClassAd with its values evaluated: numbers, strings, booleans; attributes that are undefined are absent."""


def state(ad: Ad) -> JobState:
    """State of a job, from JobStatus and what refines it."""
    status = ad.get("JobStatus")
    if status == 5:
        return JobState.UPLOADING if ad.get("HoldReasonCode") == SPOOLING_INPUT else JobState.HELD
    if status == 4:
        clean = ad.get("ExitCode", 0) == 0 and not ad.get("ExitBySignal")
        return JobState.DONE if clean else JobState.FAILED
    if status == 2 and any(ad.get(name) for name in MOVING):
        return JobState.TRANSFERRING
    return _BY_STATUS.get(status, JobState.IDLE) if isinstance(status, int) else JobState.IDLE


def row(ad: Ad, schedd: str = "") -> dict[str, Any]:
    """One row of the jobs frame from a job's ad (values as they go into the columns, times in epoch seconds)."""
    job_state = state(ad)
    running = job_state in (JobState.RUNNING, JobState.TRANSFERRING, JobState.SUSPENDED)
    host = str(ad.get("RemoteHost") if running else ad.get("LastRemoteHost") or "")
    if job_state in (JobState.HELD, JobState.UPLOADING):
        reason = ad.get("HoldReason")
    elif job_state is JobState.REMOVED:
        reason = ad.get("RemoveReason")
    else:
        reason = ad.get("VacateReason")
    return {
        "cluster": ad["ClusterId"],
        "proc": ad["ProcId"],
        "schedd": schedd,
        "owner": ad.get("Owner", ""),
        "batch": str(ad.get("DAGManJobId") or ad["ClusterId"]),
        "batch_name": ad.get("JobBatchName") or "",
        "state": job_state.value,
        "submitted": ad.get("QDate"),
        "started": ad.get("JobStartDate"),
        "since": ad.get("EnteredCurrentStatus"),
        "finished": ad.get("CompletionDate") or None,
        "run_s": float(ad.get("RemoteWallClockTime") or 0),
        "run_since": ad.get("JobCurrentStartDate") or None if running else None,
        "cpu_s": float(ad.get("RemoteUserCpu") or 0) + float(ad.get("RemoteSysCpu") or 0),
        "starts": ad.get("NumJobStarts", 0),
        "cpus": ad.get("RequestCpus"),
        "memory_mib": ad.get("RequestMemory"),
        "memory_used_mib": ad.get("MemoryUsage"),
        "disk_kib": ad.get("RequestDisk"),
        "exit_code": ad.get("ExitCode"),
        "exit_signal": ad.get("ExitSignal") if ad.get("ExitBySignal") else None,
        "hold_code": ad.get("HoldReasonCode"),
        "hold_subcode": ad.get("HoldReasonSubCode"),
        "reason": str(reason or ""),
        "host": host.rpartition("@")[2] if host != "None" else "",
        "command": ad.get("Cmd", ""),
        "arguments": str(ad.get("Arguments") or ad.get("Args") or ""),
        "folder": ad.get("Iwd", ""),
        "submit_id": ad.get("CygnetSubmitId") or "",
    }


def frame(ads: Iterable[Ad], schedd: str = "") -> pd.DataFrame:
    """Jobs frame from job ads: columns and dtypes of `COLUMNS`, indexed by id."""
    return table([row(ad, schedd) for ad in ads])


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Jobs frame from rows as `row` makes them."""
    index = pd.Index([f"{r['cluster']}.{r['proc']}" for r in rows], name="id", dtype="object")
    return build(rows, {column.name: column.dtype for column in COLUMNS}, index)


PROCS = 2**32
"""More than a cluster may have jobs."""


def keys(jobs: pd.DataFrame) -> np.ndarray:
    """Numbers in whose order a jobs frame stands: by cluster, then proc."""
    return np.asarray(jobs["cluster"].to_numpy() * PROCS + jobs["proc"].to_numpy())


def keys_of(ads: Iterable[Ad]) -> np.ndarray:
    """The same numbers of jobs' ads, in the order of these."""
    return np.array([ad["ClusterId"] * PROCS + ad["ProcId"] for ad in ads], dtype="int64")


def are_in(keys: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which of the keys are among those known, which are in order."""
    return np.asarray(np.append(known, -1)[np.searchsorted(known, keys)] == keys)


def timed(jobs: pd.DataFrame, now: datetime | None) -> pd.DataFrame:
    """The same jobs with the present run counted in ``run_s``, as it is at that time.

    Kept apart from the frame, where otherwise every running job would change with every tick.
    """
    if now is None or jobs.empty:
        return jobs
    present = (pd.Timestamp(now) - jobs["run_since"]).dt.total_seconds().clip(lower=0).fillna(0.0)
    return jobs.assign(run_s=jobs["run_s"] + present)


def id_key(job_id: str) -> tuple[int, int]:
    """Sorting key of a job id: cluster and proc as numbers.

    Raises
    ------
    ValueError
        When the text is not ``cluster.proc``.
    """
    cluster, dot, proc = job_id.partition(".")
    if not dot:
        raise ValueError(job_id)
    return int(cluster), int(proc)

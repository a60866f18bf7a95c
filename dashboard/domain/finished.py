"""Finished jobs as they are kept: one row each in fixed columns, 64 bytes a job, text only once.

No column has nulls, so that numpy sees a mapped file as it is: an unknown number is NaN, an unknown time 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from dashboard.domain import job

_NAN = float("nan")

UNKNOWN_EXIT = -(2**31)
"""Value of ``exit`` when neither a code nor a signal is known."""


class Mark(NamedTuple):
    """One record of a history: ids are given again after a schedd's spool was wiped, but not at the same second."""

    cluster: int
    proc: int
    submitted: int


class Piece(NamedTuple):
    """Some finished jobs, whether there are more than were asked for, and how long the schedd took (seconds)."""

    table: bytes
    cut: bool
    seconds: float


def _number(name: str) -> Callable[[job.Ad], float]:
    def value(ad: job.Ad) -> float:
        given = ad.get(name)
        return float(given) if isinstance(given, int | float) else _NAN

    return value


def _whole(name: str, otherwise: int = 0) -> Callable[[job.Ad], int]:
    def value(ad: job.Ad) -> int:
        given = ad.get(name)
        return int(given) if isinstance(given, int | float) else otherwise

    return value


def _text(name: str) -> Callable[[job.Ad], str]:
    return lambda ad: str(ad.get(name) or "")


def _exit(ad: job.Ad) -> int:
    if ad.get("ExitBySignal"):
        return -int(ad.get("ExitSignal") or 0)
    code = ad.get("ExitCode")
    return int(code) if isinstance(code, int) else UNKNOWN_EXIT


class _Column(NamedTuple):
    dtype: pa.DataType
    value: Callable[[job.Ad], Any]


def _words(index: pa.DataType) -> pa.DataType:
    return pa.dictionary(index, pa.string())


_COLUMNS: Mapping[str, _Column] = {
    "cluster": _Column(pa.int32(), _whole("ClusterId")),
    "proc": _Column(pa.int32(), _whole("ProcId")),
    "submitted": _Column(pa.uint32(), _whole("QDate")),
    "started": _Column(pa.uint32(), _whole("JobStartDate")),
    "ended": _Column(pa.uint32(), lambda ad: int(ad.get("EnteredCurrentStatus") or ad.get("CompletionDate") or 0)),
    "run_s": _Column(pa.float32(), lambda ad: float(ad.get("RemoteWallClockTime") or 0)),
    "cpu_s": _Column(pa.float32(), lambda ad: float(ad.get("RemoteUserCpu") or 0) + float(ad.get("RemoteSysCpu") or 0)),
    "memory_mib": _Column(pa.float32(), _number("RequestMemory")),
    "memory_used_mib": _Column(pa.float32(), _number("MemoryUsage")),
    "cpus": _Column(pa.int16(), _whole("RequestCpus", 1)),
    "exit": _Column(pa.int32(), _exit),
    "batch": _Column(pa.int32(), lambda ad: int(ad.get("DAGManJobId") or ad["ClusterId"])),
    "state": _Column(_words(pa.int8()), lambda ad: str(job.state(ad).value)),
    "batch_name": _Column(_words(pa.int32()), _text("JobBatchName")),
    "owner": _Column(_words(pa.int32()), _text("Owner")),
    "host": _Column(_words(pa.int32()), lambda ad: str(ad.get("LastRemoteHost") or "").rpartition("@")[2]),
    "command": _Column(_words(pa.int32()), _text("Cmd")),
    "schedd": _Column(_words(pa.int8()), _text("schedd")),
}
"""Columns of a finished job: times in epoch seconds, durations in seconds, memory in MiB.

``ended`` is when it took its last state; ``started`` its first start, 0: never; ``run_s`` of all its runs together;
``exit`` its exit code, or the negative of the signal that ended it; ``batch`` as in the jobs frame.
"""

SCHEMA = pa.schema([(name, column.dtype) for name, column in _COLUMNS.items()])

WORDS = tuple(name for name, column in _COLUMNS.items() if pa.types.is_dictionary(column.dtype))
"""Columns of text, each a number per row and a list of what the numbers mean."""

ATTRIBUTES = [
    "ClusterId",
    "ProcId",
    "QDate",
    "JobStartDate",
    "EnteredCurrentStatus",
    "CompletionDate",
    "RemoteWallClockTime",
    "RemoteUserCpu",
    "RemoteSysCpu",
    "RequestMemory",
    "MemoryUsage",
    "ResidentSetSize",
    "RequestCpus",
    "ExitCode",
    "ExitBySignal",
    "ExitSignal",
    "DAGManJobId",
    "JobStatus",
    "JobBatchName",
    "Owner",
    "LastRemoteHost",
    "Cmd",
]
"""The projection a row needs."""


def table(ads: Sequence[job.Ad], schedd: str = "") -> pa.Table:
    """Rows of these jobs, in the order given."""
    known = [{**ad, "schedd": schedd} for ad in ads]
    columns = []
    for column in _COLUMNS.values():
        values = [column.value(ad) for ad in known]
        if pa.types.is_dictionary(column.dtype):
            columns.append(pa.array(values, pa.string()).dictionary_encode().cast(column.dtype))
        else:
            columns.append(pa.array(values, column.dtype))
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def packed(rows: pa.Table) -> bytes:
    """Rows as bytes, to be sent."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def unpacked(data: bytes) -> pa.Table:
    """Rows that were `packed`."""
    with pa.ipc.open_stream(data) as reader:
        return reader.read_all()


def empty() -> pa.Table:
    """No rows."""
    return SCHEMA.empty_table()

"""How jobs and batches are told in the cells of tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from dashboard.domain import ending, hold
from dashboard.domain.forecast import Forecast
from dashboard.domain.job import LIVE, JobState
from dashboard.domain.label import parted
from dashboard.domain.palette import STATE_COLOURS
from dashboard.domain.units import about, count, duration, memory, moment
from dashboard.views.table import Row

RARE = (JobState.TRANSFERRING, JobState.UPLOADING, JobState.SUSPENDED, JobState.REMOVED)
"""States that have no column of their own."""


def batch_row(batch_id: str, row: Any, forecast: Callable[[str], Forecast | None], now: datetime) -> Row:
    """Cells of one batch: counts by state, stacked bar, and when it finishes as ``forecast`` says of its id."""
    total = max(1, int(row["total"]))
    counts = {state: int(row[state]) for state in STATE_COLOURS}
    return {
        "id": batch_id,
        "name": row["name"] or batch_id,
        "sub": batch_id if parted(batch_id)[1] else " · ".join(part for part in (batch_id, row["schedd"]) if part),
        "progress": [[state, number / total, number] for state, number in counts.items() if number],
        **counts,
        "rare": ", ".join(f"{count(counts[state])} {state}" for state in RARE if counts[state]),
        "total": int(row["total"]),
        "finishes": finishes(row, lambda: forecast(batch_id)),
        "submitted": moment(row["submitted"], now),
    }


def finishes(row: Any, forecast: Callable[[], Forecast | None]) -> str:
    """When a batch finishes: ``≈ 40 min ± 10 min``, ``unknown yet``, ``finished``."""
    live = sum(int(row[state]) for state in LIVE)
    if not live:
        return "finished"
    if int(row["held"]) == live:
        return "waits for you"
    known = forecast()
    return f"≈ {about(known.seconds)} ± {about(known.error_s)}" if known else "unknown yet"


def job_row(job_id: str, row: Mapping[Any, Any], now: datetime) -> Row:
    """Cells of one job."""
    return {
        "id": job_id,
        "job": job_id,
        "state": [row["state"], row["state"].capitalize()],
        "why": why(row),
        "run_s": duration(row["run_s"]) if row["run_s"] else "",
        "memory_used_mib": memory(row["memory_used_mib"]),
        "memory_mib": memory(row["memory_mib"]),
        "host": row["host"],
        "since": moment(row["since"], now),
    }


def why(row: Any) -> str:
    """Why a job is held, how it failed, or what it came back from; its original words."""
    if row["state"] == JobState.FAILED:
        return ending.explain(_number(row["exit_code"]), _number(row["exit_signal"])).word
    if row["state"] == JobState.HELD:
        return f"{hold.explain(_number(row['hold_code']), row['reason']).word}: {row['reason']}"
    return str(row["reason"])


def asks(row: Any) -> str:
    """What the jobs of a batch run and ask for: ``selmu.sh · 1 CPU · 2 GiB``."""
    cpus = _number(row["cpus"])
    return " · ".join(
        part
        for part in (
            str(row["command"]).rpartition("/")[2],
            f"{count(cpus)} CPU{'' if cpus == 1 else 's'}" if cpus is not None else "",
            memory(row["memory_mib"]) if pd.notna(row["memory_mib"]) else "",
        )
        if part
    )


def _number(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)

"""What is said of the finished jobs as a whole, and of each group."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from dashboard.domain.archive_statistics import Statistics
from dashboard.domain.insight import halves
from dashboard.domain.units import about, count, duration, memory, moment, percent
from dashboard.feed.recorder import Standing
from dashboard.views.table import Row

_DAY = 86400


def day(seconds: int) -> str:
    """A day as people call it: ``12 Oct``, with the year when that is another."""
    local = datetime.fromtimestamp(seconds, UTC).astimezone()
    return f"{local.day} {local:%b}" + ("" if local.year == datetime.now().astimezone().year else f" {local.year}")


def answer(found: Statistics) -> tuple[str, str]:
    """``1,204,311 jobs since 12 Oct``, and how they did: ``96 % done, half ran under 31 min, …``."""
    if not found.total:
        return "No such jobs", "none of the finished jobs passes the filter"
    jobs = "job" if found.total == 1 else "jobs"
    said = []
    shares = {state: number / found.total for state, number in found.counts.items() if number}
    if len(found.counts) and found.total == sum(found.counts.values()):
        done = shares.get("done", 0.0)
        said.append(f"{_share(done)} done" if done else "none done")
        said += [f"{_share(shares[state])} {state}" for state in ("failed", "removed") if state in shares]
    if not np.isnan(found.run.median):
        said.append(f"half ran under {duration(found.run.median)}")
    if not np.isnan(found.wait.median):
        waited = duration(found.wait.median)
        said.append("half did not wait" if waited == duration(0) else f"half waited under {waited}")
    if found.known:
        over = int(found.passed.sum())
        said.append(
            f"memory: {_share(over / found.known)} passed what they asked" if over else "none passed its memory"
        )
    return f"{count(found.total)} {jobs} since {day(found.first)}", ", ".join(said)


def notes(standing: Standing, first: int) -> list[str]:
    """What is to be known of what is missing or still comes."""
    told, position = [], standing.position
    if standing.reason:
        told.append(f"What has finished lately is not known: {standing.reason}")
    elif standing.read is None:
        told.append("Asking HTCondor what has finished …")
    if position.fill:
        told.append("Older jobs are still being read; the numbers grow.")
    for since, until in position.gaps[-3:]:
        if until >= max(first, position.after):
            told.append(f"Some jobs that ended {_between(since, until)} are missing: the schedd forgot them unread.")
    if position.after and first <= position.after + _DAY:
        told.append(f"Jobs before {day(position.after)} were forgotten to save space: history_mb in the settings.")
    return told


def waited(found: Statistics) -> str:
    """``half under 3 min, 90 % under 1 h``."""
    return "none has started" if np.isnan(found.wait.median) else halves(found.wait.median, found.wait.high)


def ran(found: Statistics) -> str:
    """``half under 31 min, 90 % under 52 min``."""
    return "none has run" if np.isnan(found.run.median) else halves(found.run.median, found.run.high)


def remembered(found: Statistics) -> str:
    """``90 % under 1.1 GiB; 3 % above asked``."""
    if np.isnan(found.memory.high):
        return "no usage is known"
    over = int(found.passed.sum())
    passed = f"; {_share(over / found.known)} above asked" if over else "; none above asked"
    return f"90 % under {memory(found.memory.high)}{passed}"


def computed(found: Statistics) -> str:
    """``half above 83 %, one in ten below 62 %``."""
    if np.isnan(found.efficiency.median):
        return "no CPU time is known"
    if found.efficiency.median < 0.01:
        return "half under 1 %"
    low = "under 1 %" if found.efficiency.low < 0.01 else f"below {percent(found.efficiency.low)}"
    return f"half above {percent(found.efficiency.median)}, one in ten {low}"


def paced(found: Statistics) -> str:
    """``2,300 a day``."""
    if not found.total:
        return "none"
    days = (found.last - found.first) / _DAY
    return f"{count(found.total / days)} a day" if days >= 1 else f"{count(found.total)} within a day"


def group_row(name: Any, group: Any) -> Row:
    """A row of the table of groups."""
    jobs = int(group["jobs"])
    states = [[state, group[state] / jobs, int(group[state])] for state in ("done", "failed", "removed")]
    return {
        "id": name if isinstance(name, str) else f"{name:%Y-%m-%d}",
        "name": name if isinstance(name, str) else f"{name.day} {name:%b %Y}",
        "share": states,
        "jobs": jobs,
        "done": _share(group["done"] / jobs),
        "wait": duration(group["wait"]),
        "run": duration(group["run"]),
        "memory": memory(group["memory_high"]),
        "asked": memory(group["asked"] or None),
        "passed": _share(group["passed"]),
        "efficiency": percent(group["efficiency"]),
        "last": moment(group["last"]),
    }


def _share(part: float) -> str:
    """A share of jobs, never rounded to nothing or to all: several together are 100 %, or nearly."""
    if 0 < part < 0.01:
        return "under 1 %"
    if 0.99 < part < 1:
        return "over 99 %"
    return percent(part) if np.isnan(part) else f"{round(100 * part)} %"


def _between(since: int, until: int) -> str:
    if day(since) != day(until):
        return f"between {day(since)} and {day(until)}"
    return f"on {day(since)}, within {about(until - since)}"

"""What finished jobs tell: how long they waited and ran, what memory and CPU they used; of all, and group by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dashboard.domain.archive import Archive, Array, Choice, Rows, rows

STATES = ("done", "failed", "removed")

MEASURES = ("wait", "run", "memory", "efficiency")
"""Seconds from submission to the first start; seconds of all runs; MiB used; CPU time per core and run time."""

GROUPS = ("batch", "week", "host")

SHARES = (0.1, 0.5, 0.9)
"""Parts of the jobs below the ``low``, ``median`` and ``high`` of a measure."""

DURATIONS = np.array(
    [0, 1, 2, 5, 10, 20, 30]
    + [60 * minutes for minutes in (1, 2, 5, 10, 20, 30)]
    + [3600 * hours for hours in (1, 2, 4, 8, 12)]
    + [86400 * days for days in (1, 2, 4, 7, 14, 30, 90, 365)],
    dtype=float,
)
"""Edges between which durations are counted, in steps people count in; the last bin holds what is longer."""

EFFICIENCIES = np.linspace(0.0, 1.0, 21)
"""Edges between which CPU efficiencies are counted; above 1 (more threads than cores) counts as 1."""

MEMORY_BINS = 14

_NEEDED = ("state", "submitted", "started", "run_s", "cpu_s", "cpus", "memory_mib", "memory_used_mib")


class Spread(NamedTuple):
    """How a measure is spread: quantiles (NaN when nothing is known), and jobs between each two of the edges."""

    low: float
    median: float
    high: float
    edges: Array
    jobs: Array


@dataclass(frozen=True)
class Statistics:
    """The chosen jobs as a whole.

    Attributes
    ----------
    counts
        Jobs by state, whatever state was chosen.
    total
        Jobs chosen.
    first, last
        Epoch seconds at which the first and last of them ended; 0 when there is none.
    wait, run, memory, asked, efficiency
        The measures, and the memory asked for (MiB); memory used and asked share their edges.
    passed
        Jobs that used more memory than they asked for, in the bins of ``memory``; and of how many both is known.
    ended
        Jobs by state (columns) and time they ended: the index is the start of each interval in local time.
    owners
        Whose jobs there are, whatever was chosen.
    """

    counts: Mapping[str, int]
    total: int
    first: int
    last: int
    wait: Spread
    run: Spread
    memory: Spread
    asked: Spread
    efficiency: Spread
    passed: Array
    known: int
    ended: pd.DataFrame
    owners: Sequence[str]


def statistics(archive: Archive, choice: Choice, zone: tzinfo | None = None) -> Statistics:
    """Statistics of the chosen jobs; intervals are those of this time zone (by default the local one)."""
    every = rows(archive, replace(choice, state=""), _NEEDED)
    states = every.values["state"].astype(np.int64)
    found = np.bincount(states, minlength=len(every.words["state"]))
    counts = dict.fromkeys(STATES, 0) | {
        state: int(count) for state, count in zip(every.words["state"], found, strict=False)
    }
    if choice.state:
        mask = states == (every.words["state"].index(choice.state) if choice.state in every.words["state"] else -1)
        every = Rows({name: values[mask] for name, values in every.values.items()}, every.words)
    measures = _measures(every)
    used, asked = measures["memory"], every.values["memory_mib"].astype(np.float32, copy=False)
    passed, known = used > asked, ~np.isnan(used) & ~np.isnan(asked)
    wait, run, used, asked, efficiency, over = map(
        _in_order, (measures["wait"], measures["run"], used, asked, measures["efficiency"], used[passed])
    )
    edges = _memory_edges(used, asked)
    ended = every.values["ended"]
    return Statistics(
        counts=counts,
        total=len(every),
        first=int(ended.min()) if len(ended) else 0,
        last=int(ended.max()) if len(ended) else 0,
        wait=_spread(wait, DURATIONS),
        run=_spread(run, DURATIONS),
        memory=_spread(used, edges),
        asked=_spread(asked, edges),
        efficiency=_spread(efficiency, EFFICIENCIES),
        passed=_counted(over, edges),
        known=int(np.count_nonzero(known)),
        ended=_ended(every, zone),
        owners=archive.words["owner"],
    )


def grouped(archive: Archive, choice: Choice, by: str, zone: tzinfo | None = None) -> pd.DataFrame:
    """One row for each group of the chosen jobs, indexed by its name (a batch's, a host's) or start (a week's).

    Columns: ``jobs``, one for each of `STATES`; ``wait``, ``run``, ``memory``, ``efficiency`` (the medians), each also
    with ``_low`` and ``_high`` (`SHARES`); ``asked`` (most MiB asked), ``passed`` (part that used more memory than
    asked), ``first`` and ``last`` (epoch seconds of their ends), ``order`` (where it comes when sorted by name).

    Parameters
    ----------
    by
        One of `GROUPS`: a batch's name (or program, without a name), the week it ended in, the host it ran on last.
    """
    extra = {"batch": ("batch_name", "command"), "host": ("host",), "week": ()}[by]
    chosen = rows(archive, choice, (*_NEEDED, *extra))
    names, codes = _labels(chosen, by, zone)
    count = np.bincount(codes, minlength=len(names))
    table: dict[str, Any] = {"jobs": count}
    for state in STATES:
        code = chosen.words["state"].index(state) if state in chosen.words["state"] else -1
        table[state] = np.bincount(codes[chosen.values["state"] == code], minlength=len(names))
    measures = _measures(chosen)
    for name in MEASURES:
        low, median, high = quantiles(codes, measures[name], len(names)).T
        table |= {name: median, f"{name}_low": low, f"{name}_high": high}
    used, asked = measures["memory"], chosen.values["memory_mib"]
    table["asked"] = _most(codes, np.nan_to_num(asked), len(names))
    known = ~np.isnan(used) & ~np.isnan(asked)
    with np.errstate(invalid="ignore"):
        table["passed"] = np.bincount(codes[used > asked], minlength=len(names)) / np.bincount(
            codes[known], minlength=len(names)
        )
    ended = chosen.values["ended"]
    table["last"] = _most(codes, ended, len(names))
    frame = pd.DataFrame(table, index=pd.Index(names, dtype=object, name=by))
    return frame[frame["jobs"] > 0]


def quantiles(codes: Array, values: Array, groups: int, shares: Sequence[float] = SHARES) -> Array:
    """Quantiles of the values of each group, interpolated; one row per group, NaN when no value of it is known.

    Parameters
    ----------
    codes
        The group of each value, from 0.
    values
        Not negative; NaN: not known.
    """
    known = ~np.isnan(values)
    if not known.all():
        codes, values = codes[known], values[known]
    # Bits of floats that are not negative are in the order of the floats: one sort does all groups at once.
    keys = codes.astype(np.uint64) << np.uint64(32)
    keys |= (values.astype(np.float32) + np.float32(0)).view(np.uint32)
    keys.sort()
    in_order = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32).view(np.float32)
    counts = np.bincount(codes, minlength=groups)
    starts = np.cumsum(counts) - counts
    told = np.full((groups, len(shares)), np.nan)
    some = counts > 0
    for column, share in enumerate(shares):
        place = (counts[some] - 1) * share
        low = np.floor(place).astype(np.int64)
        at, after = in_order[starts[some] + low], in_order[starts[some] + np.ceil(place).astype(np.int64)]
        told[some, column] = at + (place - low) * (after.astype(float) - at)
    return told


def _measures(chosen: Rows) -> dict[str, Array]:
    """Each measure of each job; NaN where it is not known."""
    values = chosen.values
    started = values["started"]
    wait = started.astype(np.float32)
    np.subtract(started, values["submitted"], out=wait, dtype=np.float64, casting="unsafe")
    np.maximum(wait, 0, out=wait)
    wait[started == 0] = np.nan
    cores = values["run_s"] * np.maximum(values["cpus"], 1)
    efficiency = np.full(len(chosen), np.nan, dtype=np.float32)
    np.divide(values["cpu_s"], cores, out=efficiency, where=cores > 0, casting="unsafe")
    # Who never ran has no run time.
    run = np.where(started == 0, np.float32(np.nan), values["run_s"]).astype(np.float32, copy=False)
    memory = values["memory_used_mib"].astype(np.float32, copy=False)
    return {"wait": wait, "run": run, "memory": memory, "efficiency": efficiency}


def _in_order(values: Array) -> Array:
    """The known values, sorted."""
    return np.sort(values[~np.isnan(values)])


def _spread(in_order: Array, edges: Array) -> Spread:
    places = [(len(in_order) - 1) * share for share in SHARES] if len(in_order) else []
    # As numpy's own quantiles, which would look for the order once more.
    low, median, high = (float(np.interp(at, *_around(in_order, at))) for at in places) if places else [np.nan] * 3
    return Spread(low, median, high, edges, _counted(in_order, edges))


def _around(in_order: Array, place: float) -> tuple[Array, Array]:
    """The places before and after this one, and the values there."""
    places = np.array([int(place), min(int(place) + 1, len(in_order) - 1)])
    return places, in_order[places].astype(float)


def _counted(in_order: Array, edges: Array) -> Array:
    """How many values lie between each two of the edges; those beyond count to the outermost."""
    return np.diff(np.searchsorted(in_order, edges[1:-1]), prepend=0, append=len(in_order))


def _memory_edges(used: Array, asked: Array) -> Array:
    """Edges in steps of a power of two, as memory is asked for, which hold all but the few largest."""
    most = max([1.0, *(float(values[int(0.995 * (len(values) - 1))]) for values in (used, asked) if len(values))])
    step = 2.0 ** np.ceil(np.log2(most / MEMORY_BINS))
    edges: Array = np.arange(0, int(np.floor(most / step)) + 2) * step
    return edges


def _most(codes: Array, values: Array, groups: int) -> Array:
    """Largest value of each group; 0 for none."""
    most = np.zeros(groups, values.dtype)
    np.maximum.at(most, codes, values)
    return most


def _labels(chosen: Rows, by: str, zone: tzinfo | None) -> tuple[Sequence[Any], Array]:
    """Names of the groups, and the group of each job."""
    if by == "week":
        return _intervals(chosen.values["ended"], "week", zone)
    if by == "host":
        return [name or "no host" for name in chosen.words["host"]], chosen.values["host"].astype(np.int64)
    known: dict[str, int] = {}

    def places(texts: Sequence[str]) -> Array:
        return np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)

    named = places(chosen.words["batch_name"])
    programs = places([text.rpartition("/")[2] or "no name" for text in chosen.words["command"]])
    codes = named[chosen.values["batch_name"]] if len(named) else np.zeros(0, np.int64)
    if "" in known:
        nameless = codes == known[""]
        codes[nameless] = programs[chosen.values["command"][nameless]]
    return list(known), codes


def _ended(chosen: Rows, zone: tzinfo | None) -> pd.DataFrame:
    ended = chosen.values["ended"]
    span = int(ended.max()) - int(ended.min()) if len(ended) else 0
    step = "hour" if span <= 2 * 86400 else "day" if span <= 60 * 86400 else "week"
    starts, codes = _intervals(ended, step, zone)
    count = len(chosen.words["state"])
    table = np.bincount(codes * count + chosen.values["state"], minlength=len(starts) * count)
    frame = pd.DataFrame(table.reshape(len(starts), count), index=starts, columns=list(chosen.words["state"]))
    return frame.reindex(columns=list(STATES), fill_value=0)


def _intervals(times: Array, step: str, zone: tzinfo | None) -> tuple[list[datetime], Array]:
    """Starts of the hours, days or weeks (from Monday) these epoch seconds fall in, in local time; and which, each."""
    if not len(times):
        return [], np.zeros(0, np.int64)
    first, last = (datetime.fromtimestamp(int(end), zone).astimezone(zone) for end in (times.min(), times.max()))
    start = first.replace(minute=0, second=0, microsecond=0)
    if step != "hour":
        start = start.replace(hour=0)
    if step == "week":
        start -= timedelta(days=start.weekday())
    naive, starts = start.replace(tzinfo=None), []
    long = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}[step]
    while (at := naive.replace(tzinfo=zone).astimezone(zone)) <= last:
        starts.append(at)
        naive += long
    edges = np.array([int(at.timestamp()) for at in starts[1:]], dtype=times.dtype)
    return starts, np.searchsorted(edges, times, side="right")

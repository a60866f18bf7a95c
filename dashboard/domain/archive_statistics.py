"""What finished jobs tell: how long they waited and ran, what memory and CPU they used; of all, and group by group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dashboard.domain.archive import Archive, Array, Choice, Rows, rows
from dashboard.domain.order import Order

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

_EDGES = {"wait": DURATIONS, "run": DURATIONS, "efficiency": EFFICIENCIES}


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
        Jobs by state (columns) and time they ended: the index is the start of each interval in local time,
        and its name what they are: ``hour``, ``day`` or ``week``.
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
    every = rows(archive, replace(choice, state="")).pieces
    pieces = rows(archive, choice).pieces if choice.state else every
    spreads = {name: _spread(Order(_measured(pieces, name)), edges) for name, edges in _EDGES.items()}
    used, asked = _measured(pieces, "memory"), [one.column("memory_mib") for one in pieces]
    orders = Order(used), Order(asked)
    edges = _memory_edges(*orders)
    over = [some[some > most] for some, most in zip(used, asked, strict=True)]
    first, last = _span([one.column("ended") for one in pieces])
    return Statistics(
        counts=dict.fromkeys(STATES, 0) | _states(every),
        total=sum(map(len, used)),
        first=first,
        last=last,
        memory=_spread(orders[0], edges),
        asked=_spread(orders[1], edges),
        passed=Order(over).counted(edges),
        known=sum(int(np.count_nonzero(~np.isnan(some + most))) for some, most in zip(used, asked, strict=True)),
        ended=_ended(pieces, zone),
        owners=archive.words["owner"],
        **spreads,
    )


def grouped(archive: Archive, choice: Choice, by: str, zone: tzinfo | None = None) -> pd.DataFrame:
    """One row for each group of the chosen jobs, indexed by its name (a batch's, a host's) or start (a week's).

    Columns: ``jobs``, one for each of `STATES`; ``wait``, ``run``, ``memory``, ``efficiency`` (the medians), each also
    with ``_low`` and ``_high`` (`SHARES`); ``asked`` (most MiB asked), ``passed`` (part that used more memory than
    asked), ``last`` (UTC, the last end).

    Parameters
    ----------
    by
        One of `GROUPS`: a batch's name (or program, without a name), the week it ended in, the host it ran on last.
    """
    pieces = rows(archive, choice).pieces
    names, codes = _labels(pieces, by, zone)
    groups, words = len(names), pieces[0].words["state"]
    states = _counted(codes, groups, [one.column("state") for one in pieces], len(words))
    table: dict[str, Any] = {"jobs": states.sum(axis=1)}
    for state in STATES:
        table[state] = states[:, words.index(state)] if state in words else np.zeros(groups, np.int64)
    for name in MEASURES:
        low, median, high = Order(_measured(pieces, name), codes, groups).quantiles(SHARES).T
        table |= {name: median, f"{name}_low": low, f"{name}_high": high}
    used, asked = _measured(pieces, "memory"), [one.column("memory_mib") for one in pieces]
    table["asked"] = _most(codes, [np.nan_to_num(some) for some in asked], groups)
    # Nothing known, within what was asked, or more than that.
    passed = [(some > most).view(np.int8) + ~np.isnan(some + most) for some, most in zip(used, asked, strict=True)]
    known = _counted(codes, groups, passed, 3)
    with np.errstate(invalid="ignore"):
        table["passed"] = known[:, 2] / known[:, 1:].sum(axis=1)
    last = _most(codes, [one.column("ended") for one in pieces], groups)
    table["last"] = pd.DatetimeIndex(last.astype("datetime64[s]")).tz_localize("UTC")
    frame = pd.DataFrame(table, index=pd.Index(names, dtype=object, name=by))
    return frame[frame["jobs"] > 0]


def _counted(codes: Sequence[Array], groups: int, kinds: Sequence[Array], number: int) -> Array:
    """How many jobs of each group (rows) are of each kind."""
    counts: Array = np.zeros(groups * number, dtype=np.int64)
    for group, kind in zip(codes, kinds, strict=True):
        counts += np.bincount(group * np.int32(number) + kind, minlength=len(counts))
    return counts.reshape(groups, number)


def _states(pieces: Sequence[Rows]) -> dict[str, int]:
    columns = [one.column("state") for one in pieces]
    return {
        state: sum(int(np.count_nonzero(some == code)) for some in columns)
        for code, state in enumerate(pieces[0].words["state"])
    }


def _measured(pieces: Sequence[Rows], name: str) -> list[Array]:
    return [_measure(one, name) for one in pieces]


def _measure(chosen: Rows, name: str) -> Array:
    """One of `MEASURES` of each job; NaN where it is not known."""
    unknown = np.float32(np.nan)
    if name == "memory":
        return chosen.column("memory_used_mib")
    started = chosen.column("started")
    if name == "wait":
        submitted = chosen.column("submitted")
        wait = np.maximum(started, submitted) - submitted
        return np.where(started == 0, unknown, wait.astype(np.float32))
    run = chosen.column("run_s")
    if name == "run":
        return np.where(started == 0, unknown, run)  # who never ran has no run time
    cores = run * np.maximum(chosen.column("cpus"), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(cores > 0, chosen.column("cpu_s") / cores, unknown)


def _spread(order: Order, edges: Array) -> Spread:
    low, median, high = order.quantiles(SHARES)[0].tolist()
    return Spread(low, median, high, edges, order.counted(edges))


def _memory_edges(*orders: Order) -> Array:
    """Edges in steps of a power of two, as memory is asked for, which hold all but the few largest."""
    known = [(order, int(order.known[0])) for order in orders]
    most = max([1.0, *(float(order.at(np.array([int(0.995 * (n - 1))]))[0]) for order, n in known if n)])
    step = 2.0 ** np.ceil(np.log2(most / MEMORY_BINS))
    edges: Array = np.arange(0, int(np.floor(most / step)) + 2) * step
    return edges


def _most(codes: Sequence[Array], values: Sequence[Array], groups: int) -> Array:
    """Largest value of each group; 0 for none."""
    most = np.zeros(groups, values[0].dtype)
    for group, some in zip(codes, values, strict=True):
        np.maximum.at(most, group, some)
    return most


def _labels(pieces: Sequence[Rows], by: str, zone: tzinfo | None) -> tuple[Sequence[Any], list[Array]]:
    """Names of the groups, and the group of each job."""
    words = pieces[0].words
    if by == "week":
        return _intervals([one.column("ended") for one in pieces], "week", zone)
    if by == "host":
        return [name or "no host" for name in words["host"]], [one.column("host") for one in pieces]
    known: dict[str, int] = {}

    def places(texts: Iterable[str]) -> Array:
        return np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int32)

    named = places(words["batch_name"])
    codes = [one.column("batch_name", named) for one in pieces]
    if "" in known:
        programs = places(text.rpartition("/")[2] or "no name" for text in words["command"])
        codes = [
            np.where(some == known[""], one.column("command", programs), some)
            for one, some in zip(pieces, codes, strict=True)
        ]
    return list(known), codes


def _ended(pieces: Sequence[Rows], zone: tzinfo | None) -> pd.DataFrame:
    ended = [one.column("ended") for one in pieces]
    first, last = _span(ended)
    step = "hour" if last - first <= 2 * 86400 else "day" if last - first <= 60 * 86400 else "week"
    starts, codes = _intervals(ended, step, zone)
    words = list(pieces[0].words["state"])
    table = _counted(codes, len(starts), [one.column("state") for one in pieces], len(words))
    return pd.DataFrame(table, index=pd.Index(starts, name=step), columns=words).reindex(
        columns=list(STATES), fill_value=0
    )


def _span(times: Sequence[Array]) -> tuple[int, int]:
    """The first and the last of these times; zeros when there is none."""
    known = [some for some in times if len(some)]
    return (min(int(some.min()) for some in known), max(int(some.max()) for some in known)) if known else (0, 0)


def _intervals(times: Sequence[Array], step: str, zone: tzinfo | None) -> tuple[list[datetime], list[Array]]:
    """Starts of the hours, days or weeks (from Monday) these epoch seconds fall in, in local time; and which, each."""
    if not any(map(len, times)):
        return [], [np.zeros(0, np.int32) for _ in times]
    first, last = (datetime.fromtimestamp(end, zone).astimezone(zone) for end in _span(times))
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
    edges = np.array([int(at.timestamp()) for at in starts[1:]], dtype=times[0].dtype)
    return starts, [np.searchsorted(edges, some, side="right").astype(np.int32) for some in times]

"""Several pollers of one kind seen as one: a snapshot of all they know, whatever becomes of some of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from dashboard.domain.health import Health
from dashboard.domain.units import clock
from dashboard.feed.poller import Poller
from dashboard.feed.snapshot import Snapshot

SILENT = ("stale", "down")


class Joint:
    """What is known by pollers of the same kind, each with a worker of its own: none waits for another.

    Parameters
    ----------
    pollers
        By label (`dashboard.domain.label`); their ids must differ.
    """

    def __init__(self, pollers: Mapping[str, Poller]) -> None:
        self._pollers = dict(pollers)
        self._lock = threading.Lock()
        self._parts: dict[str, Snapshot] = {}
        self._joined = self.snapshot

    @property
    def name(self) -> str:
        """Backend, as of each of them."""
        return next(iter(self._pollers.values())).name

    @property
    def worker_pid(self) -> int | None:
        """Process id of the first one's worker."""
        return next(iter(self._pollers.values())).worker_pid

    @property
    def snapshot(self) -> Snapshot:
        """The latest snapshots as one; put together once for all who read it."""
        with self._lock:
            parts = {label: poller.snapshot for label, poller in self._pollers.items()}
            if not self._parts:
                self._joined = join(parts)
            elif any(parts[label] is not part for label, part in self._parts.items()):
                self._joined = join(parts, self._joined, self._parts)
            self._parts = parts
            return self._joined

    def look(self) -> Snapshot:
        """The latest snapshot, and keep ticks frequent: somebody is looking."""
        for poller in self._pollers.values():
            poller.look()
        return self.snapshot

    def wake(self) -> None:
        """Tick now."""
        for poller in self._pollers.values():
            poller.wake()

    def fresh(self, timeout: float) -> Snapshot:
        """A snapshot at most one interval old of those that answer: nobody waits for one that failed last time."""
        end = time.monotonic() + timeout
        pollers = self._pollers.values()
        for poller in pollers:
            poller.begun(max(0.0, end - time.monotonic()))
        answering = [poller for poller in pollers if poller.snapshot.health.state not in SILENT]
        for poller in answering or pollers:
            poller.fresh(max(0.0, end - time.monotonic()))
        return self.look()


def join(
    parts: Mapping[str, Snapshot], known: Snapshot | None = None, of: Mapping[str, Snapshot] | None = None
) -> Snapshot:
    """One snapshot of several: their rows one below the other, and health that tells what is missing.

    Its time is the earliest of those that answer, so that what is said to be so has been seen everywhere.

    Parameters
    ----------
    parts
        By label; frames have the same columns, and no id twice.
    known, of
        What was joined before, and of which parts: where these had the same data it is taken from there.
    """
    told, health = [part for part in parts.values() if part.time], joined_health(parts)
    times = [part.time for part in told if part.time and part.health.answers]
    time = min(times) if times else max((part.time for part in told if part.time), default=None)
    same = known and of and all(of[label].version == part.version for label, part in parts.items())
    if known and same and (known.time is None) == (time is None):
        return replace(known, time=time, health=health)
    names = dict.fromkeys(name for part in parts.values() for name in part.totals)
    totals = {name: stacked([part.totals[name] for part in parts.values() if name in part.totals]) for name in names}
    frame = stacked([part.frame for part in parts.values()])
    version = known.version + 1 if known else 0
    return Snapshot(version, time, health, frame, totals, all(part.complete and part.time for part in parts.values()))


def joined_health(parts: Mapping[str, Snapshot]) -> Health:
    """How several are together: ``part`` as long as some of them fail."""
    silent = {label: part for label, part in parts.items() if part.health.state in SILENT}
    coming = [label for label, part in parts.items() if part.health.state == "starting"]
    since = {label: part.health.since for label, part in parts.items()}
    if silent:
        reason = " ".join(_missing(label, part) for label, part in silent.items())
        brief = f"without {_named(list(silent))} ({len(silent)} of {len(parts)} not answering)"
        begin = min(since[label] for label in silent)
        if len(silent) < len(parts):
            return Health("part", begin, reason, brief)
        return Health("stale" if any(part.time for part in silent.values()) else "down", begin, reason)
    if len(coming) == len(parts):
        return Health("starting", min(since.values()))
    if coming:
        reason = f"{_named(coming)} {'has' if len(coming) == 1 else 'have'} not answered yet: nothing is counted there."
        return Health("starting", max(since.values()), reason, f"waiting for {_named(coming)}")
    return Health("ok", max(since.values()))


def _missing(label: str, part: Snapshot) -> str:
    shown = f"shown as of {clock(part.time)}" if part.time else "missing from all numbers"
    reason = part.health.reason.rstrip(".")
    return f"{label} is not answering since {clock(part.health.since)} ({reason}): its jobs are {shown}."


def _named(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables with the same columns and dtypes one below the other; that of texts stays categorical."""
    filled = [table for table in tables if len(table)] or list(tables[:1])
    if len(filled) == 1:
        return filled[0]
    columns = {name: _stacked([table[name].array for table in filled]) for name in filled[0].columns}
    labels = np.concatenate([np.asarray(table.index, dtype=object) for table in filled])
    return pd.DataFrame(columns, index=pd.Index(labels, dtype=object, name=filled[0].index.name), copy=False)


def _stacked(arrays: list[Any]) -> Any:
    if isinstance(arrays[0], pd.Categorical):
        return union_categoricals(arrays)
    return type(arrays[0])._concat_same_type(arrays)

"""Finished jobs of a workspace, as far back as they are known: frames, statistics, groups."""

from __future__ import annotations

import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from dashboard.domain.archive import Archive, Choice, rows, together
from dashboard.domain.archive_statistics import GROUPS, Statistics, grouped, statistics
from dashboard.domain.finished import SCHEMA, UNKNOWN_EXIT
from dashboard.domain.label import of_rows
from dashboard.domain.problem import Problem
from dashboard.feed.archive_folder import Position
from dashboard.feed.joint import stacked
from dashboard.feed.recorder import Recorder, Standing
from dashboard.workspace.jobs import seconds, until

KEPT = 32
"""How many answers are remembered, for all sessions together."""

FIRST_SECONDS = 90.0
"""How long the first reading of the history may take until what is known is told."""

ALL = Choice()

T = TypeVar("T")


class History:
    """Finished jobs, kept in a local cache as long as its limit allows, also when the schedd has forgotten them.

    Reading begins when it is first asked for, and goes on as long as the workspace is open.

    Parameters
    ----------
    record
        Begins to keep them: a recorder for each schedd, by label.
    """

    def __init__(self, record: Callable[[], Mapping[str, Recorder]]) -> None:
        self._record = record
        self._recorders: Mapping[str, Recorder] = {}
        self._told: dict[str, Standing] = {}
        self._joined = Standing()
        self._answers: OrderedDict[tuple[object, ...], Future[Any]] = OrderedDict()
        self._lock = threading.Lock()
        self._computing = ThreadPoolExecutor(2, "cygnet-statistics")  # a page asks two things at once

    def keep(self) -> None:
        """Begin to keep the jobs that finish."""
        with self._lock:
            self._recorders = self._recorders or self._record()

    def look(self) -> Standing:
        """What is known, at once; and read often from now on, for somebody is looking."""
        told = self._look()
        if len(told) == 1:
            return next(iter(told.values()))
        with self._lock:
            if any(self._told.get(label) is not standing for label, standing in told.items()):
                self._joined, self._told = join(told, self._joined, self._told), told
            return self._joined

    def _look(self) -> dict[str, Standing]:
        self.keep()
        return {label: recorder.look() for label, recorder in self._recorders.items()}

    def statistics(self, choice: Choice = ALL, *, at_once: bool = False) -> Future[Statistics]:
        """Statistics of the chosen jobs; computed once for all who ask, in a thread.

        Waits until the history has been read once, unless it is to be `at_once` of what is known, as pages want it.
        """
        if not at_once:
            self._known()
        known = self.look().jobs
        return self._answer(("all", choice), known.version, lambda: statistics(known, choice))

    def groups(self, by: str, choice: Choice = ALL, *, at_once: bool = False) -> Future[pd.DataFrame]:
        """One row for each batch's name, week or host (`dashboard.domain.archive_statistics.grouped`).

        Waits as `statistics` does.
        """
        if by not in GROUPS:
            raise Problem("invalid", f"Jobs cannot be grouped by “{by}”: say {', '.join(GROUPS[:-1])} or {GROUPS[-1]}.")
        if not at_once:
            self._known()
        known = self.look().jobs
        return self._answer((by, choice), known.version, lambda: grouped(known, choice, by))

    def frame(
        self,
        since: datetime | str | None = None,
        before: datetime | None = None,
        *,
        text: str = "",
        owner: str = "",
        host: str = "",
        state: str = "",
        limit: int = 100_000,
    ) -> pd.DataFrame:
        """Finished jobs, the last ended first, indexed by id; waits until the history has been read once.

        Columns as in the jobs frame where it has them (times UTC, durations in seconds, memory in MiB); ``ended`` is
        when a job took its last state.

        Parameters
        ----------
        since, before
            Ended at or after, and before this time with zone; ``since`` also as how far back (``"30d"``).
        text
            Words that must be in the batch's name, the program or the batch's id.
        owner, host, state
            Of this owner; with this in the host's name; ``done``, ``failed`` or ``removed``.
        limit
            At most so many.

        Raises
        ------
        Problem
            When nothing is known because HTCondor does not answer.
        """
        start = datetime.now(UTC) - seconds(since) if isinstance(since, str) else since
        choice = Choice(_epoch(start), _epoch(before), text, host, owner, state)
        parts = [of_rows(_frame(standing.jobs, choice, limit), label) for label, standing in self._known().items()]
        frame = stacked(parts)
        order = np.argsort(frame["ended"].to_numpy(), kind="stable")[::-1][:limit]
        return frame if len(parts) == 1 else frame.iloc[order]

    def close(self) -> None:
        """Read no more."""
        with self._lock:
            for recorder in self._recorders.values():
                recorder.close()
        self._computing.shutdown(wait=False, cancel_futures=True)

    def _known(self) -> dict[str, Standing]:
        def answered() -> dict[str, Standing] | None:
            told = self._look()
            return told if all(standing.read or standing.reason for standing in told.values()) else None

        told: dict[str, Standing] = until(answered, FIRST_SECONDS, "The history of jobs")
        standing = self.look()
        if standing.read is None and not standing.jobs.rows:
            raise Problem("unreachable", standing.reason)
        if len(told) > 1 and standing.reason:
            warnings.warn(f"Finished jobs may be missing: {standing.reason}", stacklevel=3)
        return told

    def _answer(self, key: tuple[object, ...], version: int, compute: Callable[[], T]) -> Future[T]:
        with self._lock:
            answer = self._answers.get((version, *key))
            if answer is None:
                for old in [key for key in self._answers if key[0] != version]:
                    del self._answers[old]  # nobody asks for it again
                answer = self._answers[version, *key] = self._computing.submit(compute)
                while len(self._answers) > KEPT:
                    self._answers.popitem(last=False)
            else:
                self._answers.move_to_end((version, *key))
            return answer


def join(told: Mapping[str, Standing], known: Standing, of: Mapping[str, Standing]) -> Standing:
    """What is known of the histories of several schedds, by label, as one.

    Parameters
    ----------
    known, of
        What was joined before, and of which: where these had the same jobs they are taken from there.
    """
    same = of and all(of[label].jobs is standing.jobs for label, standing in told.items())
    archives = [standing.jobs for standing in told.values()]
    times = [standing.read for standing in told.values() if standing.read]
    reasons = {label: standing.reason for label, standing in told.items()}
    if times:
        unread = "its history has not been read yet."
        reasons |= {label: reasons[label] or unread for label, standing in told.items() if not standing.read}
    positions = [standing.position for standing in told.values()]
    return Standing(
        known.jobs if same else together(archives, known.jobs.version + 1),
        min(times, default=None),
        Position(
            fill=next((position.fill for position in positions if position.fill), None),
            after=max(position.after for position in positions),
            gaps=tuple(sorted(gap for position in positions for gap in position.gaps)),
        ),
        " ".join(f"{label}: {reason}" for label, reason in reasons.items() if reason),
    )


def _epoch(time: datetime | None) -> int:
    return int(time.timestamp()) if time else 0


def _frame(known: Archive, choice: Choice, limit: int) -> pd.DataFrame:
    chosen = rows(known, choice)
    order = np.argsort(chosen.column("ended"), kind="stable")[::-1][:limit]
    columns: dict[str, Any] = {}
    for name in SCHEMA.names:
        values = chosen.column(name)[order]
        if name in chosen.words:
            columns[name] = pd.Categorical.from_codes(
                values, categories=pd.Index(list(chosen.words[name]), dtype="str")
            )
        elif name in ("submitted", "started", "ended"):
            times = values.astype("datetime64[s]")
            columns[name] = pd.DatetimeIndex(np.where(values > 0, times, np.datetime64("NaT"))).tz_localize("UTC")
        elif name == "exit":
            code = values.astype("float64")
            code[values == UNKNOWN_EXIT] = np.nan
            columns["exit_code"] = pd.array(np.where(code >= 0, code, np.nan), dtype="Int64")
            columns["exit_signal"] = pd.array(np.where(code < 0, -code, np.nan), dtype="Int64")
        else:
            columns[name] = values.astype("int64" if values.dtype.kind in "iu" else "float64")
    ids = [f"{cluster}.{proc}" for cluster, proc in zip(columns["cluster"], columns["proc"], strict=True)]
    return pd.DataFrame(columns, index=pd.Index(ids, dtype=object, name="id"))

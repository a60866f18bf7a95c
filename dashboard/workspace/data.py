"""Data of a workspace: rules, locks, staging, paths."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.domain import did as dids
from dashboard.domain import rule
from dashboard.domain.did_filter import Filters, alternatives
from dashboard.domain.problem import Problem
from dashboard.feed.poller import Poller
from dashboard.feed.snapshot import Snapshot
from dashboard.workspace.jobs import known, until

if TYPE_CHECKING:
    from dashboard.workspace import Workspace

PAUSE = 0.08
"""Seconds until a long answer that has brought nothing new is looked at again, so that ticks get their turn."""

READ_SECONDS = 60.0
"""Deadline of a single read: replicas of a large dataset take their time."""


class Found:
    """What a search finds, row by row while it goes on; an iterator."""

    def __init__(self, parts: Iterator[list[dict[str, Any]]], limit: int) -> None:
        self._rows = (row for part in parts for row in part)
        self._limit = limit
        self.cut = False
        """Whether there is more than was asked for; known at the end."""

    def __iter__(self) -> Found:
        return self

    def __next__(self) -> dict[str, Any]:
        row = next(self._rows)
        if self._limit <= 0:
            self.cut = True
            raise StopIteration
        self._limit -= 1
        return row


class Rules:
    """What is known of the account's rules; ``look`` is for pages (never waits)."""

    def __init__(self, poller: Poller) -> None:
        self._poller = poller

    def look(self) -> Snapshot:
        """The latest snapshot, at once; totals hold ``usage`` (quota by RSE) and ``rses``."""
        return self._poller.look()

    def frame(self) -> pd.DataFrame:
        """One row per rule of the account; columns in `dashboard.domain.rule.COLUMNS`, index: rule id."""
        return known(self._poller).frame

    def locks(self, rule_id: str) -> pd.DataFrame:
        """Locks of a rule: ``did, rse, state, bytes, path, error``; ``path`` where the RSE is mounted here.

        Raises
        ------
        Problem
            When Rucio does not list all of them.
        """
        return rule.locks_frame([lock for piece in self.reading_locks(rule_id) for lock in piece])

    def reading_locks(self, rule_id: str) -> Iterator[list[dict[str, Any]]]:
        """The same as rows, in pieces as they come: of a rule with very many files the first are soon there."""
        return (piece for pieces in self._read("read_locks", rule_id) for piece in pieces)

    def find(self, pattern: str, kind: str = "collection", limit: int = 50, filters: Filters = "") -> Found:
        """Data identifiers that match ``scope:pattern*``: rows with ``did, type, bytes, length``, as they are found.

        Parameters
        ----------
        filters
            What their metadata must be: see `dashboard.domain.did_filter.alternatives`.

        Raises
        ------
        Problem
            ``invalid``, when pattern or filters cannot be understood; while rows are read also when Rucio refuses the
            filters, or its answer ends before it is complete.
        """
        wanted = dids.parse(pattern, pattern=True), kind, limit, alternatives(filters)
        return Found(self._read("search", *wanted), limit)

    def _read(self, method: str, *args: Any) -> Iterator[list[Any]]:
        """Rows of a long answer, as they come; the worker goes on with other things meanwhile."""
        number: int | None = self._poller.call(method, *args).result()
        try:
            while True:
                rows, ended, problem = self._poller.call("more", number).result()
                if ended:
                    number = None
                if rows:
                    yield rows
                elif not ended:
                    time.sleep(PAUSE)
                if problem:
                    raise problem
                if ended:
                    return
        finally:
            if number is not None:
                self._poller.call("close", number)

    def did(self, did: str) -> dict[str, Any]:
        """Type, size and number of files of a data identifier: ``type, bytes, length``.

        Raises
        ------
        Problem
            ``missing`` when Rucio does not know it.
        """
        told: dict[str, Any] = self._poller.call("did", dids.parse(did), deadline=READ_SECONDS).result()
        return told

    def scopes(self) -> list[str]:
        """Scopes there are."""
        scopes: list[str] = self._poller.call("scopes").result()
        return scopes

    def rses(self, expression: str) -> list[str]:
        """RSEs an expression means.

        Raises
        ------
        Problem
            ``invalid`` when Rucio does not understand it or it means none.
        """
        rses: list[str] = self._poller.call("expand", expression).result()
        return rses


@dataclass(frozen=True)
class Staging:
    """Data on its way to an RSE: the rule that brings it, where its files will be, and its ``workspace``."""

    did: str
    rule_id: str
    workspace: Workspace

    def _row(self) -> dict[str, Any]:
        frame = self.workspace.rules.frame()
        if self.rule_id not in frame.index:
            raise Problem("missing", f"The rule {self.rule_id} is not there any more: it expired or was deleted.")
        return dict(frame.loc[self.rule_id])

    @property
    def state(self) -> str:
        """State of the rule: OK, REPLICATING, STUCK, SUSPENDED, WAITING_APPROVAL or INJECT."""
        return str(self._row()["state"])

    @property
    def progress(self) -> float:
        """Part of the files that have arrived, 0–1."""
        return float(self._row()["progress"])

    @property
    def paths(self) -> list[str]:
        """Local paths of the files that have arrived on a mounted RSE."""
        locks = self.workspace.rules.locks(self.rule_id)
        arrived = locks[(locks["state"] == "OK") & (locks["path"] != "")]
        return list(arrived["path"])

    def wait(self, timeout: float | None = None) -> list[str]:
        """Wait until all files have arrived; their local paths.

        Raises
        ------
        TimeoutError
            After ``timeout`` seconds.
        """
        return list(until(lambda: self.paths if self.state == "OK" else None, timeout, self.did))

    def __repr__(self) -> str:
        return f"Staging({self.did!r}, rule_id={self.rule_id!r})"

"""Data of a workspace: rules, locks, staging, paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.domain import did as dids
from dashboard.domain.problem import Problem
from dashboard.feed.poller import Poller
from dashboard.feed.snapshot import Snapshot
from dashboard.workspace.jobs import known, until

if TYPE_CHECKING:
    from dashboard.workspace import Workspace

READ_SECONDS = 60.0
"""Deadline of a single read: replicas of a large dataset take their time."""


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
        """Locks of a rule: ``did, rse, state, bytes, path, error``; ``path`` where the RSE is mounted here."""
        frame: pd.DataFrame = self._poller.call("locks", rule_id, deadline=READ_SECONDS).result()
        return frame

    def find(self, pattern: str, kind: str = "collection", limit: int = 50) -> list[dict[str, Any]]:
        """Data identifiers that match ``scope:pattern*``: rows with ``did, type, bytes, length``."""
        did = dids.parse(pattern, pattern=True)
        found: list[dict[str, Any]] = self._poller.call("find", did, kind, limit, deadline=READ_SECONDS).result()
        return found

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

"""What is known of an account's rules, and the questions that keep it true at a cost that follows what changes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Protocol

from rucio.common.exception import RuleNotFound

from dashboard.backends.rucio.sweep import Sweep, Window
from dashboard.backends.sent import Row, Sent
from dashboard.domain import rule

OVERLAP = timedelta(seconds=30)
"""How far ticks look back behind the last one: servers' clocks differ, and a change may be seen after it was made.

What takes longer to be seen, as a judge's long transaction may, is found by the sweep."""

ALONE = 5
"""Rules asked for one by one in a tick at most: those that must have ended by now."""


class Client(Protocol):
    """What is asked of Rucio's client."""

    account: str

    def list_replication_rules(self, filters: Mapping[str, str]) -> Iterable[Mapping[str, Any]]:
        """Rules that have all these properties."""
        ...

    def get_replication_rule(self, rule_id: str) -> Mapping[str, Any]:
        """One rule."""
        ...


class Rules:
    """Rows of the rules as last told, of which only what differs is sent on."""

    def __init__(self) -> None:
        self.sent = Sent()
        self._sweep = Sweep()
        self._asked = datetime.min.replace(tzinfo=UTC)

    def read(self, client: Client, now: datetime, *, full: bool) -> tuple[dict[str, Row], tuple[str, ...]]:
        """Rules that may have changed since the last call, and ids of those that are gone.

        Parameters
        ----------
        client
            Rucio's.
        now
            Time by the server's clock before this call.
        full
            Ask for all of them.
        """
        if full:
            rows = _listed(client)
            self._asked = now
            self._sweep.begin(rows, time.monotonic())
            return dict(sorted(rows.items())), ()  # in the same order each time: pages keep it where they can
        rows = _listed(client, updated_after=self._asked - OVERLAP)
        self._asked = now
        gone = self._ended(client, now)
        if window := self._sweep.due(time.monotonic()):
            there, missed = self._compare(client, window)
            rows |= there
            gone |= missed
            self._sweep.done(window, {**self.sent.rows, **rows}, time.monotonic())
        return {rule_id: row for rule_id, row in rows.items() if rule_id not in gone}, tuple(gone)

    def _ended(self, client: Client, now: datetime) -> set[str]:
        """Rules whose time is over and that are gone: a deleted rule, too, ends so, and no list of changes tells."""
        time_now = now.timestamp()
        rows = self.sent.rows
        over = [rule_id for rule_id, row in rows.items() if row["expires"] is not None and row["expires"] <= time_now]
        gone = set()
        for rule_id in random.sample(over, min(ALONE, len(over))):
            try:
                client.get_replication_rule(rule_id)
            except RuleNotFound:
                gone.add(rule_id)
        return gone

    def _compare(self, client: Client, window: Window) -> tuple[dict[str, Row], set[str]]:
        """Rules of a window as they are, and ids of those that are gone."""
        there, gone = self._listed_and_absent(client, window)
        if gone:
            # An answer that was cut off without notice must not make rules disappear: absent is what is absent twice.
            more, gone_again = self._listed_and_absent(client, window)
            there |= more
            gone = gone & gone_again
        return there, gone

    def _listed_and_absent(self, client: Client, window: Window) -> tuple[dict[str, Row], set[str]]:
        known = {rule_id for rule_id, row in self.sent.rows.items() if window.holds(row["created"] or 0)}
        there = _listed(
            client,
            created_after=None if window.first is None else datetime.fromtimestamp(window.first, UTC),
            # Rucio keeps fractions of a second and does not tell them.
            created_before=None if window.last is None else datetime.fromtimestamp(window.last + 1, UTC),
        )
        return there, known - there.keys()


def _listed(client: Client, **times: datetime | None) -> dict[str, Row]:
    """Rows of the account's rules within these times, by id (REST: GET /rules/?account=…)."""
    filters = {name: stamp(when) for name, when in times.items() if when is not None}
    listed = client.list_replication_rules(filters={"account": client.account, **filters})
    return {str(raw["id"]): {"id": str(raw["id"]), **rule.row(raw)} for raw in listed}


def stamp(when: datetime) -> str:
    """A time as Rucio's filters take it, in whatever language this machine speaks."""
    return format_datetime(when.astimezone(UTC), usegmt=True).replace("GMT", "UTC")

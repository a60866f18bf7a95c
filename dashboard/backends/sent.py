"""What a worker has sent before, so that a tick sends only what differs."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Mapping
from typing import Any

Row = dict[str, Any]


class Sent:
    """Rows as the asker has them; the cursor says whether it has them all.

    A cursor is the number of the last answer. Numbers start at the clock, so one of a worker that was killed is never
    taken for our own.
    """

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._numbers = itertools.count(time.time_ns())
        self._last = 0

    @property
    def rows(self) -> Mapping[str, Row]:
        """The rows by id."""
        return self._rows

    def begin(self, cursor: int | None) -> bool:
        """Start an answer to this cursor; True when all must be sent."""
        full = cursor is None or cursor != self._last
        if full:
            self._rows = {}
        return full

    def changed(self, rows: Mapping[str, Row]) -> list[Row]:
        """Those rows that are new or differ from what was sent, now taken as sent."""
        new = {key: row for key, row in rows.items() if self._rows.get(key) != row}
        self._rows |= new
        return list(new.values())

    def absent(self, present: Mapping[str, Any]) -> tuple[str, ...]:
        """Ids that were sent and are not present any more."""
        return tuple(self._rows.keys() - present.keys())

    def forget(self, ids: Iterable[str]) -> None:
        """Take these rows as not sent."""
        for key in ids:
            self._rows.pop(key, None)

    def end(self) -> int:
        """Cursor of this answer."""
        self._last = next(self._numbers)
        return self._last

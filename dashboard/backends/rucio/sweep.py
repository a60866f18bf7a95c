"""Which rules are compared with Rucio's own next: what no tick tells, deleted ones above all, is found so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

ROUND = 300.0
"""Seconds in which every rule is compared once."""

PIECE = 1000
"""Rules in one request, about."""


class Window(NamedTuple):
    """Rules made between two times, both included (epoch seconds, None for no end)."""

    first: int | None
    last: int | None

    def holds(self, made: int) -> bool:
        """Whether a rule made then is in it."""
        return (self.first is None or made >= self.first) and (self.last is None or made <= self.last)


def windows(made: Iterable[int], size: int = PIECE) -> list[Window]:
    """Part all time so that each part holds about ``size`` of the rules made at these times (epoch seconds)."""
    times = sorted(made)
    # Rules made in one second are not parted: Rucio is asked by the second.
    starts = sorted({times[place] for place in range(size, len(times), size)} - set(times[:1]))
    return [
        Window(first, None if end is None else end - 1)
        for first, end in zip([None, *starts], [*starts, None], strict=True)
    ]


class Sweep:
    """Goes round all rules, piece by piece, so that no tick takes long; times are monotonic seconds."""

    def __init__(self) -> None:
        self._begun = 0.0
        self._windows: list[Window] = []
        self._next = 0

    def begin(self, rows: Mapping[str, Mapping[str, Any]], now: float) -> None:
        """Start a round over these rules."""
        self._begun, self._next = now, 0
        self._windows = windows(row["created"] or 0 for row in rows.values())

    def due(self, now: float) -> Window | None:
        """What is to be compared now, if anything."""
        parts = len(self._windows)
        end = min(parts, int((now - self._begun) / ROUND * parts))
        if end <= self._next:
            return None
        return Window(self._windows[self._next].first, self._windows[end - 1].last)

    def done(self, window: Window, rows: Mapping[str, Mapping[str, Any]], now: float) -> None:
        """Go on behind this window; after the last one with a new round over these rules."""
        if window.last is None:
            self.begin(rows, now)
        else:
            self._next = next(n for n, part in enumerate(self._windows) if part.last == window.last) + 1

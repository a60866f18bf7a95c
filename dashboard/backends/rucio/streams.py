"""Long answers of Rucio, each read in a thread of its own, so that ticks and actions do not wait for them."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from dashboard.domain.problem import Problem

WAIT = 0.02
"""Seconds a question for more waits at most: ticks and actions wait as long."""

KEPT = 16
"""Answers that may be read at the same time; of more the oldest is given up."""

PIECE = 2_000
"""Rows a part holds at most: what takes it is not held up by more."""


class Part(NamedTuple):
    """The next rows of an answer; ``problem`` says why it ended before it was complete."""

    rows: list[Any]
    ended: bool
    problem: Problem | None = None


class Stream:
    """One answer, read until it ends or nobody wants it any more."""

    def __init__(self, read: Callable[[], Iterable[Any]]) -> None:
        self._read = read
        self._rows: list[Any] = []
        self._ended = self._unwanted = False
        self._problem: Problem | None = None
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="rucio-stream", daemon=True).start()

    def more(self) -> Part:
        """What has come and was not told yet, as far as a part holds it."""
        with self._changed:
            self._changed.wait_for(lambda: self._rows or self._ended, WAIT)
            rows, self._rows = self._rows[:PIECE], self._rows[PIECE:]
            ended = self._ended and not self._rows
            return Part(rows, ended, self._problem if ended else None)

    def give_up(self) -> None:
        """Read no further."""
        self._unwanted = True

    def _run(self) -> None:
        problem: Problem | None = Problem(
            "internal", "Reading Rucio's answer broke off by a mistake of Cygnet's: try again."
        )
        try:
            for row in self._read():
                if self._unwanted:
                    return
                with self._changed:
                    self._rows.append(row)
                    self._changed.notify_all()
        except Problem as told:
            problem = told
        else:
            problem = None
        finally:
            with self._changed:
                self._ended, self._problem = True, problem
                self._changed.notify_all()


class Streams:
    """The answers being read, by number."""

    def __init__(self) -> None:
        # From the clock on, so that a number of a worker that was killed is never taken for ours.
        self._numbers = itertools.count(time.time_ns())
        self._open: dict[int, Stream] = {}

    def start(self, read: Callable[[], Iterable[Any]]) -> int:
        """Begin to read an answer; its number."""
        while len(self._open) >= KEPT:
            self.close(next(iter(self._open)))
        number = next(self._numbers)
        self._open[number] = Stream(read)
        return number

    def more(self, number: int) -> Part:
        """What has come of an answer and was not told yet; one that has ended is closed."""
        if number not in self._open:
            raise Problem("missing", "Rucio's answer was lost before it was complete: ask again.")
        part = self._open[number].more()
        if part.ended:
            del self._open[number]
        return part

    def close(self, number: int) -> None:
        """Give an answer up, if it is being read."""
        if stream := self._open.pop(number, None):
            stream.give_up()

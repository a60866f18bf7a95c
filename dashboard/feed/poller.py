"""One thread per backend and identity: asks for changes, serves actions between ticks, keeps the snapshot."""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from dashboard.domain.change import Change, Cursor
from dashboard.domain.health import NAMES, Health, State
from dashboard.domain.merge import Keys
from dashboard.domain.problem import Problem
from dashboard.feed import delta
from dashboard.feed.listeners import Listeners
from dashboard.feed.process import WorkerProcess
from dashboard.feed.snapshot import Snapshot

UNWATCHED_AFTER = 60.0
"""Seconds without anybody looking after which ticks become `UNWATCHED_FACTOR` times rarer."""
UNWATCHED_FACTOR = 6
BACKOFF_FACTOR = 5
"""Failing ticks become rarer up to this many intervals."""
PATIENCE = 0.5
"""Seconds for which a tick that is due waits for what is asked for, when very much is."""
PAUSE = 0.02
"""Seconds in which who asks for one part after another asks for the next."""
CLOSE_SECONDS = 5.0
"""How long what is under way may take to end when the poller is closed; then its worker is killed."""

log = logging.getLogger(__name__)


class Answer(Future[Any]):
    """What the worker answers; the tick after the first ``ticks`` is the first that shows what it did."""

    ticks = 0


@dataclass(frozen=True)
class _Request:
    method: str
    args: tuple[Any, ...]
    deadline: float
    tick: bool
    answer: Answer


class Poller:
    """Keeps the snapshot of one backend true.

    Parameters
    ----------
    name
        Backend: module of `dashboard.backends`.
    settings
        Its settings; ``interval`` and ``deadline`` in seconds are used here.
    empty
        Frame without rows.
    package
        Where the module of that name is.
    keys
        Order of the frame's rows, if they have one.
    """

    def __init__(
        self,
        name: str,
        settings: Any,
        empty: pd.DataFrame,
        package: str = "dashboard.backends",
        keys: Keys | None = None,
    ) -> None:
        self.name = name
        self.title = NAMES.get(name, name)
        self._interval: float = settings.interval
        self._deadline: float = settings.deadline
        self._worker = WorkerProcess(name, settings, package)
        self._keys = keys
        self._snapshot = Snapshot(0, None, Health("starting", datetime.now(UTC)), empty)
        self._cursor: Cursor = None
        self._coming: Snapshot | None = None
        self._more = False
        self._failures = 0
        self._attempts = 0
        self._looked = self._due = self._ticked = time.monotonic()
        self._pause = 0.0
        self._woken = self._ticking = False
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._attempted = threading.Condition()
        self.listeners = Listeners()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"cygnet-{name}", daemon=True)
        self._thread.start()

    @property
    def snapshot(self) -> Snapshot:
        """The latest snapshot; reading it costs nothing."""
        return self._snapshot

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, while it runs."""
        return self._worker.pid

    def look(self) -> Snapshot:
        """The latest snapshot, and keep ticks frequent: somebody is looking."""
        resting = time.monotonic() - self._looked > UNWATCHED_AFTER
        self._looked = time.monotonic()
        if resting:
            self.wake()
        return self._snapshot

    def wake(self) -> None:
        """Tick now, or once more when a tick is under way."""
        self._woken = True
        self._requests.put(None)

    def fresh(self, timeout: float) -> Snapshot:
        """A snapshot at most one interval old if the backend gives one within ``timeout`` seconds, else the latest.

        While rows come in pieces, each of them may take so long.
        """
        known = self.look()
        age = None if known.time is None else (datetime.now(UTC) - known.time).total_seconds()
        if age is not None and age <= self._interval and known.health.answers and known.complete:
            return known
        while self.after_tick(timeout) and self._more and not self._snapshot.complete:
            pass
        return self._snapshot

    def begun(self, timeout: float) -> bool:
        """Wait until any tick has been answered or failed; False at the timeout."""
        with self._attempted:
            return self._attempted.wait_for(lambda: self._attempts > 0 or self._closing, timeout)

    def after_tick(self, timeout: float, answer: Answer | None = None) -> bool:
        """Wait until a tick that begins from now on has been answered or failed; False at the timeout.

        Parameters
        ----------
        answer
            The tick that follows this answer, to a call with ``tick``, is enough; it may have begun already.
        """
        with self._attempted:
            # A tick may be under way that began before this call: the one after it counts.
            wanted = 1 + (answer.ticks if answer else self._attempts + self._ticking)
            if not answer:
                self.wake()
            return self._attempted.wait_for(lambda: self._attempts >= wanted or self._closing, timeout)

    def call(self, method: str, *args: Any, deadline: float | None = None, tick: bool = False) -> Answer:
        """Have the worker call a method of its backend; the future fails with `Problem`.

        Parameters
        ----------
        tick
            Tick as soon as it has answered, for it changes what is shown.
        """
        answer = Answer()
        self._requests.put(_Request(method, args, deadline or self._deadline, tick, answer))
        if self._closing:
            self._refuse_waiting()
        return answer

    def close(self) -> None:
        """End the worker and the thread; nothing of the poller lives on."""
        self._closing = True
        self._requests.put(None)
        self._thread.join(CLOSE_SECONDS)
        while self._thread.is_alive():
            self._worker.interrupt()
            self._thread.join(0.1)

    def _run(self) -> None:
        try:
            while not self._closing:
                # What is asked for goes first, but not for ever: who acts on many jobs asks for one part after another.
                patient = time.monotonic() - self._ticked < PATIENCE
                request = self._next() if patient or not self._is_due() else None
                if request is not None:
                    self._serve(request)
                elif not self._closing and self._is_due():
                    self._tick()
        finally:
            if not self._closing:  # a mistake of ours: say so, for nothing is kept true from here on
                self._closing = True
                self._fail(Problem("internal", f"The connection to {self.title} broke: start Cygnet again."))
            self._worker.kill()
            self._refuse_waiting()
            with self._attempted:
                self._attempted.notify_all()
            self.listeners.tell()

    def _is_due(self) -> bool:
        return self._woken or time.monotonic() >= self._due

    def _next(self) -> _Request | None:
        try:
            wait = 0.0 if self._woken else self._due - time.monotonic()
            return self._requests.get(timeout=max(self._pause, wait))
        except queue.Empty:
            return None

    def _serve(self, request: _Request) -> None:
        if not request.answer.set_running_or_notify_cancel():
            return
        answer = request.answer
        try:
            told = self._worker.ask(request.method, *request.args, deadline=request.deadline)
        except Exception as error:  # noqa: BLE001  handed to the caller; most are a Problem
            told = error
        if request.tick:
            self._woken = True
        self._pause = 0.0 if request.tick else PAUSE
        answer.ticks = self._attempts
        if isinstance(told, Exception):
            answer.set_exception(told)
        else:
            answer.set_result(told)

    def _tick(self) -> None:
        self._pause = 0.0
        self._woken = False  # first: a wake from here on is for the tick after this one
        self._ticking = True
        try:
            change: Change = self._worker.ask("tick", self._cursor, deadline=self._deadline)
        except Problem as problem:
            self._fail(problem)
        else:
            self._cursor = change.cursor
            self._failures = 0
            self._take(change)
        finally:
            self._ticked = time.monotonic()
            self._due = self._ticked + (0.0 if self._more else self._delay())
            with self._attempted:
                self._ticking = False
                self._attempts += 1
                self._attempted.notify_all()
            self.listeners.tell()

    def _take(self, change: Change) -> None:
        self._more = change.more
        known = self._coming or self._snapshot
        if change.full and not change.complete and len(known.frame):
            # All is told anew, in pieces: what was known stays shown until they are together.
            known = replace(self._snapshot, frame=self._snapshot.frame.iloc[:0], totals={})
        merged = delta.merge(known, change, self._keys)
        if known is self._snapshot or change.complete:
            self._coming, self._snapshot = None, merged
            return
        self._coming = merged
        if self._snapshot.health.state == "ok":  # the worker ended between two ticks, and another one began
            sentence = f"What {self.title} knows is read anew; until then what was known before is shown."
            self._snapshot = replace(self._snapshot, health=Health("stale", datetime.now(UTC), sentence))

    def _fail(self, problem: Problem) -> None:
        # What happened meanwhile is not known: the next answer must be the whole truth.
        self._cursor, self._coming, self._more = None, None, False
        self._failures += 1
        known = self._snapshot
        state: State = "down" if known.time is None else "stale"
        since = known.health.since if known.health.state == state else datetime.now(UTC)
        self._snapshot = replace(known, health=Health(state, since, problem.sentence))
        log.warning("%s: %s", self.name, problem.sentence)

    def _delay(self) -> float:
        unwatched = time.monotonic() - self._looked > UNWATCHED_AFTER
        factor = min(2.0 ** max(0, self._failures - 1), BACKOFF_FACTOR) * (UNWATCHED_FACTOR if unwatched else 1)
        # Jitter keeps the dashboards of a whole lab from asking in the same second.
        return self._interval * factor * random.uniform(0.95, 1.05)  # noqa: S311  not a secret

    def _refuse_waiting(self) -> None:
        with suppress(queue.Empty):
            while True:
                request = self._requests.get_nowait()
                if request is not None and request.answer.set_running_or_notify_cancel():
                    request.answer.set_exception(
                        Problem("internal", f"The connection to {self.title} has been closed.")
                    )

"""What is new comes into a view: every home is told when there is something, and works only then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context

from tornado.ioloop import IOLoop

from dashboard.models.session import Session

LOOK_SECONDS = 1.0
"""How often a session is asked whether there is news of which nobody tells."""

SOON_SECONDS = 0.05
"""After which it is asked when somebody does: what comes together is shown together."""


def _at_once(pull: Callable[[], None]) -> None:
    pull()


def _here() -> bool:
    return True


def _nothing() -> None:
    pass


class Watch:
    """Has a session pull when there is news; made and used on one event loop.

    Not a callback of Panel's or of the document: those lock the document and count themselves busy, again and again,
    also when there is nothing. Nor one of Tornado's, which makes a task each time.

    Parameters
    ----------
    session
        Whose views are kept up to date.
    run
        Has what it is given run where the views may be changed.
    seen
        Whether anybody is still there; otherwise the watch ends.
    beside
        Done at each look; costs next to nothing.
    """

    def __init__(
        self,
        session: Session,
        run: Callable[[Callable[[], None]], object] = _at_once,
        seen: Callable[[], bool] = _here,
        beside: Callable[[], None] = _nothing,
    ) -> None:
        self._session = session
        self._run = run
        self._seen = seen
        self._beside = beside
        self._pulling = False
        self._loop: asyncio.AbstractEventLoop
        self._context: Context
        self._next: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether it looks."""
        return self._next is not None

    def start(self) -> None:
        """Look from now on."""
        self.stop()
        self._loop = IOLoop.current().asyncio_loop  # type: ignore[attr-defined]  # every loop of Tornado's has one
        self._context = copy_context()
        self._session.reminded = self.told
        self._session.workspace.listen(self)  # which does not keep it alive
        self._look_in(SOON_SECONDS)

    def stop(self) -> None:
        """Look no more."""
        if self._next is not None:
            self._next.cancel()
        self._next = None

    def told(self, after: float) -> None:
        """Look after so many seconds, if not before; from any thread."""
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._sooner, after + SOON_SECONDS, context=self._context)

    def _sooner(self, seconds: float) -> None:
        if self._next is not None and self._loop.time() + seconds < self._next.when():
            self._look_in(seconds)

    def _look_in(self, seconds: float) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next = self._loop.call_later(seconds, self._look, context=self._context)

    def _look(self) -> None:
        if not self._seen():
            self.stop()
            return
        self._look_in(LOOK_SECONDS)
        if not self._pulling and self._session.news:
            self._pulling = True
            self._run(self._pull)
        self._beside()

    def _pull(self) -> None:
        self._pulling = False
        if self.running:
            self._session.pull()

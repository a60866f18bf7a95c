"""What is new comes into a view: every home looks often whether there is anything, and works only then."""

from __future__ import annotations

from collections.abc import Callable

from tornado.ioloop import IOLoop

from dashboard.models.session import Session

LOOK_SECONDS = 0.2
"""How often a session is asked whether there is news."""


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
        self._next: object | None = None

    @property
    def running(self) -> bool:
        """Whether it looks."""
        return self._next is not None

    def start(self) -> None:
        """Look from now on."""
        self.stop()
        self._loop = IOLoop.current()
        self._next = self._loop.call_later(LOOK_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._next is not None:
            self._loop.remove_timeout(self._next)
        self._next = None

    def _look(self) -> None:
        if not self._seen():
            self.stop()
            return
        self.start()
        if not self._pulling and self._session.news:
            self._pulling = True
            self._run(self._pull)
        self._beside()

    def _pull(self) -> None:
        self._pulling = False
        if self.running:
            self._session.pull()

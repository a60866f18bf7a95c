import gc

from dashboard.feed.listeners import APART_SECONDS, Listeners


class Listening:
    """Somebody who listens."""

    def __init__(self) -> None:
        self.heard: list[float] = []

    def told(self, after: float) -> None:
        self.heard.append(after)


def test_all_are_told_one_after_the_other() -> None:
    listeners, here = Listeners(), [Listening() for _ in range(3)]
    for listener in (*here, here[0]):
        listeners.add(listener)
    listeners.tell()
    assert sorted(when for listener in here for when in listener.heard) == [n * APART_SECONDS for n in range(3)]


def test_nobody_is_kept_alive() -> None:
    listeners, stays, goes = Listeners(), Listening(), Listening()
    listeners.add(stays)
    listeners.add(goes)
    del goes
    gc.collect()
    listeners.tell()
    assert stays.heard == [0.0]
    assert len(listeners._listeners) == 1

"""What pages make of a snapshot: made once for all who look at it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

KEPT = 256
"""How many things are kept of one version; those made first go first."""

T = TypeVar("T")


class Derived:
    """Things made of the latest version of one backend's snapshot; with the next version they are let go."""

    def __init__(self) -> None:
        self._version = -1
        self._made: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, version: int, key: Hashable, make: Callable[[], T]) -> T:
        """The thing of this name: made by the first who asks, and whoever asks meanwhile waits for it.

        What is made of an older version is not kept.
        """
        with self._lock:
            if version > self._version:
                self._version = version
                self._made.clear()
            latest = version == self._version
            answer: Future[T] | None = self._made.get(key) if latest else None
            mine = answer is None
            if answer is None:
                answer = Future()
                if latest:
                    self._made[key] = answer
                    while len(self._made) > KEPT:
                        self._made.popitem(last=False)
        if mine:
            try:
                answer.set_result(make())
            except BaseException as error:  # noqa: BLE001  handed to every caller below, none is swallowed
                answer.set_exception(error)
        return answer.result()

"""Who wants to know at once that a backend has answered."""

from __future__ import annotations

import threading
import weakref
from typing import Protocol

APART_SECONDS = 0.002
"""One after the other is told, so that the event loop they share does other things in between."""


class Listener(Protocol):
    """Is told from the poller's thread."""

    def told(self, after: float) -> None:
        """There may be news to look at after so many seconds."""


class Listeners:
    """Those who listen to a poller; it does not keep them alive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: weakref.WeakSet[Listener] = weakref.WeakSet()

    def add(self, listener: Listener) -> None:
        """Tell this one, too, as long as it lives."""
        with self._lock:
            self._listeners.add(listener)

    def tell(self) -> None:
        """Tell all."""
        with self._lock:
            listeners = list(self._listeners)
        for place, listener in enumerate(listeners):
            listener.told(place * APART_SECONDS)

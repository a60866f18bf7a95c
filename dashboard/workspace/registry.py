"""The pollers of this process: one per backend and identity, shared by every session, cell and script.

The one global mutable state of Cygnet.
"""

from __future__ import annotations

import threading
from typing import Any

import pandas as pd

from dashboard.domain.merge import Keys
from dashboard.feed.poller import Poller

_lock = threading.Lock()
_pollers: dict[tuple[str, Any], tuple[Poller, int]] = {}


def acquire(name: str, settings: Any, empty: pd.DataFrame, keys: Keys | None = None) -> Poller:
    """The poller of a backend with these settings, started if nobody uses it yet; give it back with `release`."""
    key = (name, settings)
    with _lock:
        poller, users = _pollers.get(key) or (Poller(name, settings, empty, keys=keys), 0)
        _pollers[key] = (poller, users + 1)
        return poller


def release(name: str, settings: Any) -> None:
    """Give a poller back; the last user ends it."""
    key = (name, settings)
    with _lock:
        poller, users = _pollers.pop(key)
        if users > 1:
            _pollers[key] = (poller, users - 1)
            return
    poller.close()


def in_use() -> dict[str, int]:
    """Number of users of each backend's pollers, for tests and diagnosis."""
    with _lock:
        return {name: users for (name, _), (_, users) in _pollers.items()}

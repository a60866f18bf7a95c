"""How fast data arrives, as seen by one session."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from dashboard.domain.rule import eta
from dashboard.feed.snapshot import Snapshot

KEPT = 30
"""How many changes of a rule are looked back at."""


class Arrivals:
    """Remembers when the number of files in place changed, of rules whose missing files are all on their way."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[tuple[datetime, int]]] = {}
        self._now: datetime | None = None

    def see(self, snapshot: Snapshot) -> None:
        """Take note of a new snapshot."""
        self._now = snapshot.time
        if snapshot.time is None:
            return
        frame = snapshot.frame
        moving = frame.loc[(frame["replicating"] > 0) & (frame["stuck"] == 0), "ok"]
        self._seen = {str(rule): self._seen.get(str(rule)) or deque(maxlen=KEPT) for rule in moving.index}
        for rule, ok in zip(map(str, moving.index), moving, strict=True):
            seen = self._seen[rule]
            if not seen or seen[-1][1] != ok:
                seen.append((snapshot.time, int(ok)))

    def seconds(self, rule: str, ok: int, missing: int) -> float | None:
        """Seconds until a rule is complete if files go on arriving as they did; None when that is not known."""
        seen = self._seen.get(rule)
        if not seen or self._now is None:
            return None
        left = eta(seen[0], (self._now, ok), missing)
        return left.seconds if left else None

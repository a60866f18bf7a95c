"""The audit log: who did what, when, and what became of it; JSON lines, only ever appended to."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dashboard.domain.outcome import Outcome


class Audit:
    """Audit log in ``folder/audit.jsonl``; made with mode 600 at the first entry."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "audit.jsonl"
        self._lock = threading.Lock()

    def record(self, who: str, outcome: Outcome, **details: object) -> None:
        """Append one action with its outcome, and make sure it is on disk."""
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": who,
            "action": outcome.action,
            "id": outcome.id,
            "counts": dict(outcome.counts),
            "items": [[item.id, item.result, item.reason] for item in outcome.items],
            **details,
        }
        line = json.dumps(entry, default=str) + "\n"
        with self._lock:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as log:
                log.write(line)
                log.flush()
                os.fsync(log.fileno())

    def recent(self, limit: int = 20) -> list[dict[str, object]]:
        """The last entries, newest first; lines cut short by a crash are passed over."""
        return list(_entries(self.file, limit))


def _entries(file: Path, limit: int) -> Iterator[dict[str, object]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines[: -limit - 1 : -1]:
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue

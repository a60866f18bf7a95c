"""The audit log: who did what, when, and what became of it; JSON lines, only ever appended to."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
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
            descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "a+b") as log:
                # A line cut short by a crash must not swallow this one.
                torn = log.tell() and os.pread(log.fileno(), 1, log.tell() - 1) != b"\n"
                log.write((b"\n" if torn else b"") + line.encode())
                log.flush()
                os.fsync(log.fileno())

    def recent(self, limit: int = 20) -> list[dict[str, object]]:
        """The last entries, newest first; lines cut short by a crash are passed over."""
        return list(islice(_entries(self.file), limit))


def _entries(file: Path) -> Iterator[dict[str, object]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in reversed(lines):
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue

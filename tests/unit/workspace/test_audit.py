"""The audit log: JSON lines, appended, on disk, for the owner only."""

import json
import os
import stat
import threading
from datetime import datetime
from pathlib import Path

import pytest

from dashboard.domain.outcome import Item, Outcome, outcome
from dashboard.workspace.audit import Audit


def test_an_entry_says_who_did_what_when_and_what_became_of_it(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "state")
    told = Outcome("hold", "id1", (Item("1.0", "done"), Item("2.0", "denied", "not your job\nat all")))
    audit.record("alice@htcondor", told, reason="tired", folder=tmp_path)
    [line] = audit.file.read_text(encoding="utf-8").splitlines()
    entry = json.loads(line)
    assert datetime.fromisoformat(entry.pop("time")).tzinfo is not None
    assert entry == {
        "who": "alice@htcondor",
        "action": "hold",
        "id": "id1",
        "counts": {"done": 1, "denied": 1},
        "items": [["1.0", "done", ""], ["2.0", "denied", "not your job\nat all"]],
        "reason": "tired",
        "folder": str(tmp_path),
    }


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    audit.record("alice", outcome("hold", "1", ["1.0"], "done"))
    assert stat.S_IMODE(audit.file.stat().st_mode) == 0o600


def test_it_is_on_disk_before_the_action_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    audit = Audit(tmp_path)
    audit.record("alice", outcome("hold", "1", ["1.0"], "done"))
    assert synced == [audit.file.stat().st_size]


def test_recent_is_newest_first(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    assert audit.recent() == []
    for number in range(5):
        audit.record("alice", outcome("hold", str(number), ["1.0"], "done"))
    assert [entry["id"] for entry in audit.recent(3)] == ["4", "3", "2"]
    assert len(audit.recent()) == 5


def test_a_line_cut_short_by_a_crash_is_passed_over_and_spoils_no_other(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    audit.record("alice", outcome("hold", "1", ["1.0"], "done"))
    with audit.file.open("a") as log:
        log.write('{"time": "2026-11-')
    assert [entry["id"] for entry in audit.recent()] == ["1"]
    audit.record("alice", outcome("hold", "2", ["1.0"], "done"))
    audit.record("alice", outcome("hold", "3", ["1.0"], "done"))
    assert [entry["id"] for entry in audit.recent()] == ["3", "2", "1"]
    assert [entry["id"] for entry in audit.recent(3)] == ["3", "2", "1"]


def test_many_threads_write_whole_lines(tmp_path: Path) -> None:
    audit = Audit(tmp_path)

    def write() -> None:
        for _ in range(20):
            audit.record("alice", outcome("hold", "1", [f"1.{n}" for n in range(50)], "done"))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(audit.recent(1000)) == 80

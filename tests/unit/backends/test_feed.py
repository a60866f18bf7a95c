"""What is told of one of several schedds carries its label, tick by tick, and only what is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.backends.htcondor import actions, feed
from dashboard.domain import job
from dashboard.domain.health import Health
from dashboard.domain.outcome import Item, Progress
from dashboard.domain.problem import Problem
from dashboard.feed import delta
from dashboard.feed.snapshot import Snapshot
from dashboard.settings import HTCondorSettings
from tests.unit.backends.pretended import PretendedSchedd


@pytest.fixture
def schedd(monkeypatch: pytest.MonkeyPatch) -> PretendedSchedd:
    pretended = PretendedSchedd()
    monkeypatch.setattr(feed, "Schedd", lambda _settings: pretended)
    return pretended


def followed(backend: feed.HTCondor, cursor: Any, known: Snapshot) -> tuple[Any, Snapshot]:
    """What a poller knows after a tick and all there is to read."""
    more = True
    while more:
        change = backend.tick(cursor)
        cursor, known, more = change.cursor, delta.merge(known, change, job.keys), change.more
    return cursor, known


@pytest.mark.parametrize("few", [0, 50])
def test_changes_carry_the_label_as_the_whole_does(
    schedd: PretendedSchedd, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(feed, "FEW", few)  # batches are sent as they are, or what differs in them
    backend = feed.HTCondor(HTCondorSettings(interval=3600, label="far"))
    known = Snapshot(0, None, Health("starting", datetime.now(UTC)), job.table([]))
    schedd.submit(3)
    cursor, known = followed(backend, None, known)
    assert list(known.frame.index) == ["1.0@far", "1.1@far", "1.2@far"]
    assert list(known.totals["batches"].index) == ["1@far"]
    schedd.time += 10
    schedd.submit(2)
    schedd.change((1, 1), 2)
    schedd.leave((1, 2))
    schedd.leave((1, 0), trace=False)
    backend._queue.name(())  # look at once
    cursor, known = followed(backend, cursor, known)
    states = dict(zip(known.frame.index, known.frame["state"].astype(str), strict=True))
    assert states == {"1.1@far": "running", "1.2@far": "done", "2.0@far": "idle", "2.1@far": "idle"}
    assert list(known.frame["batch"].astype(str)) == ["1@far", "1@far", "2@far", "2@far"]
    assert set(known.totals["batches"].index) == {"1@far", "2@far"}
    whole = backend.tick(None)
    assert whole.full
    assert dict(zip(whole.upserts.index, whole.upserts["state"].astype(str), strict=True)) == states
    plain = feed.HTCondor(HTCondorSettings(interval=3600)).tick(None)
    assert not any("@" in batch for batch in plain.totals["batches"].upserts.index)  # type: ignore[union-attr]


def test_actions_take_and_tell_labelled_ids(schedd: PretendedSchedd, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def act(_schedd: object, _look: object, *what: Any) -> Progress:
        asked.append(what)
        return Progress((Item("1.0", "done"),), (("2.0",),))

    monkeypatch.setattr(actions, "act", act)
    monkeypatch.setattr(actions, "edit", act)
    backend = feed.HTCondor(HTCondorSettings(interval=3600, label="far"))
    told = Progress((Item("1.0@far", "done"),), (("2.0@far",),))
    assert backend.act("hold", ["1.0@far", "2@far"], "tired") == told
    assert backend.act("hold", told.rest[0], "tired") == told
    assert backend.edit(["1.0@far"], {"RequestMemory": 1}) == told
    assert asked == [
        ("hold", ["1.0", "2"], "tired"), ("hold", ["2.0"], "tired"), (["1.0"], {"RequestMemory": 1})
    ]  # fmt: skip
    assert schedd.jobs == {}


def test_an_id_of_another_schedd_is_none_here(schedd: PretendedSchedd) -> None:
    schedd.submit(1)
    backend = feed.HTCondor(HTCondorSettings(interval=3600, label="far"))
    with pytest.raises(Problem, match="is not a job id"):
        backend.act("hold", ["1.0@near"], "")

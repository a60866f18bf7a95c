"""Ticks against full listings: a written-down server whose rules change at random, late, and at the wrong hour."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rucio.common.exception import RuleNotFound

from dashboard.backends.rucio import rules as module
from dashboard.backends.rucio.rules import Rules, stamp
from dashboard.backends.rucio.sweep import ROUND
from dashboard.domain import rule

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Server:
    """Rules in a table; a change may have been stamped some time before it can be seen."""

    account = "alice"

    def __init__(self) -> None:
        self.now = START
        self.rules: dict[str, dict[str, Any]] = {}
        self.asked: list[object] = []
        self.cuts = 0
        self._number = 0

    def add(self, made: datetime, late: float) -> None:
        self._number += 1
        when = made.replace(tzinfo=None)
        self.rules[f"r{self._number}"] = {
            "id": f"r{self._number}",
            "scope": "s",
            "name": f"n{self._number}",
            "state": "REPLICATING",
            "locks_ok_cnt": 0,
            "bytes": 5,
            "created_at": when,
            "updated_at": when - timedelta(seconds=late),
        }

    def change(self, pick: int, late: float, **changes: Any) -> None:
        if self.rules:
            row = self.rules[sorted(self.rules)[pick % len(self.rules)]]
            row |= {"updated_at": (self.now - timedelta(seconds=late)).replace(tzinfo=None), **changes}

    def drop(self, pick: int) -> None:
        if self.rules:
            del self.rules[sorted(self.rules)[pick % len(self.rules)]]

    def list_replication_rules(self, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        assert filters["account"] == self.account
        self.asked.append(filters)
        within = {
            name: parsedate_to_datetime(text).replace(tzinfo=None) for name, text in filters.items() if "_" in name
        }
        found = [
            dict(row)
            for row in self.rules.values()
            if ("updated_after" not in within or row["updated_at"] >= within["updated_after"])
            and ("created_after" not in within or row["created_at"] >= within["created_after"])
            and ("created_before" not in within or row["created_at"] <= within["created_before"])
        ]
        if self.cuts and "updated_after" not in within:
            self.cuts -= 1
            found = found[: len(found) // 2]
        yield from found

    def get_replication_rule(self, rule_id: str) -> dict[str, Any]:
        self.asked.append(rule_id)
        if rule_id not in self.rules:
            raise RuleNotFound
        return self.rules[rule_id]

    def listing(self) -> dict[str, dict[str, Any]]:
        return {key: {"id": key, **rule.row(row)} for key, row in self.rules.items()}


class Asker:
    """What a poller makes of the changes it is told."""

    def __init__(self, server: Server) -> None:
        self.server, self.known = server, Rules()
        self.rows: dict[str, dict[str, Any]] = {}
        self.cursor: int | None = None

    def tick(self) -> int:
        sent = self.known.sent
        full = sent.begin(self.cursor)
        rows, gone = self.known.read(self.server, self.server.now, full=full)
        sent.forget(gone)
        changed = sent.changed(rows)
        self.cursor = sent.end()
        self.rows = {key: row for key, row in ({} if full else self.rows).items() if key not in gone}
        self.rows |= {row["id"]: row for row in changed}
        return len(changed) + len(gone)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(module.time, "monotonic", lambda: (server.now - START).total_seconds())
    return server


late = st.floats(0, 20)
events = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 10**6), late),
    st.tuples(st.just("change"), st.integers(0, 99), late),
    st.tuples(st.just("expire"), st.integers(0, 99), late),
    st.tuples(st.just("drop"), st.integers(0, 99), late),
    st.tuples(st.just("wait"), st.integers(0, 60), late),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(events, max_size=5), max_size=12))
def test_ticks_tell_what_a_full_listing_tells(story: list[list[tuple[str, int, float]]]) -> None:
    server = Server()
    asker = Asker(server)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.time, "monotonic", lambda: (server.now - START).total_seconds())
        asker.tick()
        for step in story:
            for what, number, delay in step:
                match what:
                    case "add":
                        server.add(server.now - timedelta(seconds=number % 10), delay)
                    case "change":
                        server.change(number, delay, locks_ok_cnt=number)
                    case "expire":
                        server.change(number, delay, expires_at=server.now.replace(tzinfo=None))
                    case "drop":
                        server.drop(number)
                    case "wait":
                        server.now += timedelta(seconds=number)
            server.now += timedelta(seconds=1)
            asker.tick()
            listing = server.listing()
            # What is there is as it is, at once; what is gone by no way a tick can see stays for a round at most.
            assert {key: row for key, row in asker.rows.items() if key in listing} == listing
        for _ in range(3):
            server.now += timedelta(seconds=ROUND)
            asker.tick()
        assert asker.rows == server.listing()
        server.now += timedelta(seconds=60)
        asker.tick()
        assert asker.tick() == 0


def test_a_steady_tick_is_one_request_that_brings_nothing(clock: Server) -> None:
    for age in range(3000):
        clock.add(START - timedelta(minutes=age + 5), 0)
    asker = Asker(clock)
    assert asker.tick() == 3000
    for _ in range(3):
        clock.now += timedelta(seconds=10)
        clock.asked.clear()
        assert asker.tick() == 0
        assert len(clock.asked) == 1
    clock.now += timedelta(seconds=ROUND)
    clock.asked.clear()
    assert asker.tick() == 0
    assert len(clock.asked) == 2  # three thousand are compared, too


def test_a_deleted_rule_is_gone_with_its_time_and_any_other_with_a_round(clock: Server) -> None:
    for _ in range(3):
        clock.add(clock.now, 0)
    asker = Asker(clock)
    asker.tick()
    clock.change(0, 0, expires_at=(clock.now + timedelta(seconds=2)).replace(tzinfo=None))
    clock.now += timedelta(seconds=1)
    asker.tick()
    clock.now += timedelta(seconds=2)
    asker.tick()
    assert "r1" in asker.rows  # its time is over, but Rucio has it still
    clock.drop(0)
    asker.tick()
    assert set(asker.rows) == {"r2", "r3"}
    clock.drop(0)
    asker.tick()
    assert set(asker.rows) == {"r2", "r3"}
    clock.now += timedelta(seconds=ROUND)
    asker.tick()
    assert set(asker.rows) == {"r3"}


def test_a_listing_cut_off_without_notice_makes_no_rule_disappear(clock: Server) -> None:
    for _ in range(8):
        clock.add(clock.now, 0)
    asker = Asker(clock)
    asker.tick()
    clock.now += timedelta(seconds=ROUND)
    clock.cuts = 1
    assert asker.tick() == 0
    assert len(asker.rows) == 8
    asker.cursor = None
    clock.cuts = 1
    asker.tick()
    assert len(asker.rows) == 4
    clock.now += timedelta(seconds=ROUND)
    asker.tick()
    assert len(asker.rows) == 8


def test_times_are_told_as_rucio_reads_them() -> None:
    assert stamp(datetime(2026, 11, 22, 0, 40, tzinfo=UTC)) == "Sun, 22 Nov 2026 00:40:00 UTC"

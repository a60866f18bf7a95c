"""Reading a schedd's history: whatever it forgets, gives again or interrupts, nothing is lost unsaid, nothing twice."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dashboard.domain import finished
from dashboard.domain.archive import Choice, rows
from dashboard.domain.finished import Mark, Piece
from dashboard.domain.job import PROCS
from dashboard.feed import reading
from dashboard.feed.archive_folder import ArchiveFolder
from tests.finished import T, ad

LIMIT = 10**9


class Broken(Exception):
    """The process was killed."""


class Schedd:
    """A history as HTCondor keeps it: in the order in which jobs left the queue."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.asked = 0
        self.breaks_at = 0

    def ask(self, since: Mark | None, ids: tuple[int, int] | None, after: int, limit: int) -> Piece:
        self.asked += 1
        if self.asked == self.breaks_at:
            raise Broken
        found = []
        for record in reversed(self.records):
            if since and (record["ClusterId"], record["ProcId"], record["QDate"]) == since:
                break
            number = record["ClusterId"] * PROCS + record["ProcId"]
            if (ids is None or ids[0] <= number < ids[1]) and record["EnteredCurrentStatus"] >= after:
                found.append(record)
        table = finished.table(found[:limit])
        return Piece(finished.packed(table), len(found) > limit, 0.0)


def marks(records: list[dict[str, Any]]) -> list[Mark]:
    return sorted(Mark(one["ClusterId"], one["ProcId"], one["QDate"]) for one in records)


def kept(files: ArchiveFolder) -> list[Mark]:
    found = rows(files.load(), Choice())
    return sorted(Mark(*one) for one in zip(*(found.column(name).tolist() for name in Mark._fields), strict=True))


def read(files: ArchiveFolder, schedd: Schedd) -> Any:
    position = reading.news(files, schedd.ask)
    for _ in range(500):
        if not position.fill:
            return position
        position = reading.step(files, schedd.ask, position.fill)
    raise AssertionError("it does not end")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "AT_ONCE", 6)
    monkeypatch.setattr(reading, "PIECE", 10)


moves = st.lists(
    st.one_of(
        st.tuples(st.just("finish"), st.integers(1, 40)),
        st.tuples(st.just("read"), st.integers(0, 4)),
        st.tuples(st.just("forget"), st.integers(0, 30)),
        st.tuples(st.just("wipe"), st.just(0)),
    ),
    max_size=14,
)


@settings(max_examples=30, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(moves=moves, random=st.randoms(use_true_random=False))
def test_all_that_could_be_read_is_kept_once(moves: list[tuple[str, int]], random: Any) -> None:
    schedd, told, lost, cluster, now = Schedd(), [], [], 1, T
    unread: list[dict[str, Any]] = []
    with TemporaryDirectory() as folder:
        for move, number in [*moves, ("finish", 1), ("read", 0)]:
            if move == "finish":
                done = [ad(cluster + n // 3, n % 3, now + random.randint(0, 50)) for n in range(number)]
                random.shuffle(done)
                cluster, now = cluster + number // 3 + 1, now + 100
                schedd.records += done
                unread += done
            elif move == "read":
                files = ArchiveFolder(Path(folder), LIMIT)  # as a new process
                schedd.breaks_at = schedd.asked + number if number else 0
                try:
                    position = read(files, schedd)
                except Broken:
                    continue
                schedd.breaks_at = 0
                told += [one for one in unread if one in schedd.records]
                unread = []
            else:
                count = len(schedd.records) if move == "wipe" else number
                gone, schedd.records = schedd.records[:count], schedd.records[count:]
                # The first reading cannot know of them.
                lost += [one for one in gone if one in unread and told]
                unread = [one for one in unread if one not in gone]
                cluster = 1 if move == "wipe" else cluster
        files = ArchiveFolder(Path(folder), LIMIT)
        found = kept(files)
    assert len(set(found)) == len(found)
    assert set(marks(told)) <= set(found)
    assert position.gaps or not lost, "what was lost is told"


def test_a_long_history_is_filled_behind_what_is_new(tmp_path: Path) -> None:
    schedd, files = Schedd(), ArchiveFolder(tmp_path, LIMIT)
    schedd.records = [ad(1, n, T + n) for n in range(120)] + [ad(5 + n, 0, T + 200 + n) for n in range(40)]
    position = reading.news(files, schedd.ask)
    assert position.fill is not None
    assert kept(files) == marks(schedd.records[-6:]), "the newest first"
    schedd.records.append(ad(99, 0, T + 500))
    fill = reading.step(files, schedd.ask, position.fill).fill
    assert read(ArchiveFolder(tmp_path, LIMIT), schedd).fill is None, "another process goes on"
    assert fill is not None
    assert kept(files) == marks(schedd.records)
    before = schedd.asked
    read(files, schedd)
    assert schedd.asked == before + 1, "only what is new is asked for"


def test_what_the_schedd_forgot_unread_is_told(tmp_path: Path) -> None:
    schedd, files = Schedd(), ArchiveFolder(tmp_path, LIMIT)
    schedd.records = [ad(1, n, T + n) for n in range(5)]
    assert read(files, schedd).gaps == ()
    schedd.records = [ad(2, n, T + 100 + n) for n in range(3)]  # and 1.5, which was forgotten at once
    position = read(files, schedd)
    assert position.gaps == ((T + 4, T + 100),)
    assert len(kept(files)) == 8, "what the schedd forgot stays"
    schedd.records = [ad(3, n, T + 300 + n) for n in range(40)]
    assert read(files, schedd).gaps == ((T + 4, T + 100), (T + 102, T + 300))
    assert len(kept(files)) == 48

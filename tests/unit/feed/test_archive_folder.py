"""The folder of finished jobs: whole files only, any number of writers, small again, within its limit."""

import os
import time
from pathlib import Path

import pyarrow as pa
import pytest

from dashboard.domain.archive import Archive, Choice, rows
from dashboard.domain.finished import Mark
from dashboard.feed import archive_folder
from dashboard.feed.archive_folder import ArchiveFolder, Fill, Position
from tests.finished import T, ad, jobs, table

LIMIT = 10**9


def ids(known: Archive) -> list[tuple[int, int, int]]:
    found = rows(known, Choice())
    return sorted(zip(*(found.column(name).tolist() for name in ("cluster", "proc", "submitted")), strict=True))


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.arrow"))


def test_what_is_added_is_there_for_everybody_and_for_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "history" / "alice@here"
    one, other = ArchiveFolder(folder, LIMIT), ArchiveFolder(folder, LIMIT)
    assert one.load().rows == 0
    one.add(jobs(25))
    one.add(jobs(0))
    other.add(jobs(5, first=25))
    assert one.load().rows == other.load().rows == 30
    assert len(files(folder)) == 2, "nothing is written for no jobs"
    assert {path.stat().st_mode & 0o777 for path in files(folder)} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    version = one.load().version
    assert one.load().version == version, "nothing is read twice"
    assert one.load().ends == (T, T + 29)


def test_two_writers_do_no_harm(tmp_path: Path) -> None:
    for number in range(3):
        ArchiveFolder(tmp_path, LIMIT).add(jobs(20, first=5 * number))
    folder = ArchiveFolder(tmp_path, LIMIT)
    assert ids(folder.load()) == ids_of(30)
    folder.tidy()
    assert folder.load().rows == 30


def ids_of(count: int) -> list[tuple[int, int, int]]:
    return sorted((1 + n // 10, n % 10, T + n - 660) for n in range(count))


def test_what_comes_is_compared_with_what_is_there_as_if_all_were_read_anew(tmp_path: Path) -> None:
    writers = ArchiveFolder(tmp_path, LIMIT), ArchiveFolder(tmp_path, LIMIT)
    reader = ArchiveFolder(tmp_path, LIMIT)
    for number in range(3 * archive_folder.MANY):
        first = 7 * number % 30
        writers[number % 2].add(table(*(ad(1 + n // 10, n % 10, T + n) for n in range(first, first + 10)), ad(9, 9, T)))
        if number % 5 == 4:
            writers[0].tidy()
        known, fresh = reader.load(), ArchiveFolder(tmp_path, LIMIT).load()
        assert ids(known) == ids(fresh)
        assert len(set(ids(known))) == known.rows == fresh.rows
        assert len(rows(known, Choice(text="batch-3")).column("proc")) == len(
            rows(fresh, Choice(text="batch-3")).column("proc")
        )
    version = known.version
    for path in files(tmp_path):
        os.utime(path, (1, 1))
    writers[0].tidy()
    assert reader.load().version == version, "files that were replaced can go without anybody noticing"


def test_an_id_given_again_is_another_job(tmp_path: Path) -> None:
    folder = ArchiveFolder(tmp_path, LIMIT)
    folder.add(table(ad(1, 0, T)))
    folder.add(table(ad(1, 0, T + 1, wait=60), ad(1, 0, T, wait=61)))
    assert folder.load().rows == 3


def test_torn_and_foreign_files_are_passed_over_and_their_jobs_read_again(tmp_path: Path) -> None:
    folder = ArchiveFolder(tmp_path, LIMIT)
    folder.add(jobs(10))
    folder.add(jobs(10, first=10))
    folder.keep(Position(newest=Mark(1, 0, T - 660)))
    assert folder.position().newest is not None
    (tmp_path / "notes.arrow").write_text("not ours")
    first, second = files(tmp_path)[:2]
    data = second.read_bytes()
    second.write_bytes(data[: len(data) // 2])
    fresh = ArchiveFolder(tmp_path, LIMIT)
    assert ids(fresh.load()) == ids_of(10)
    assert fresh.position() == Position(), "reading begins anew"
    assert files(tmp_path) == [first, tmp_path / "notes.arrow"]


@pytest.mark.parametrize("said", ["", "[]", '{"newest": 3}', "null", '{"newest": [1], "fill": 0}'])
def test_a_damaged_position_begins_anew(tmp_path: Path, said: str) -> None:
    folder = ArchiveFolder(tmp_path, LIMIT)
    (tmp_path / "position.json").write_text(said)
    assert folder.position() == Position()


def test_the_position_is_remembered_as_long_as_its_jobs_are_there(tmp_path: Path) -> None:
    folder = ArchiveFolder(tmp_path, LIMIT)
    folder.add(jobs(10))
    newest = Mark(1, 9, T + 9 - 660)
    position = Position(newest, Mark(1, 8, 3), Fill(None, newest, 2**63, 7, 5), 4, ((1, 2), (3, 4)))
    folder.keep(position)
    assert ArchiveFolder(tmp_path, LIMIT).position() == position
    for path in files(tmp_path):
        path.unlink()
    assert ArchiveFolder(tmp_path, LIMIT).position() == Position(after=4)


def test_small_files_become_one_and_stay_till_nobody_can_have_them_mapped(tmp_path: Path) -> None:
    folder, reader = ArchiveFolder(tmp_path, LIMIT), ArchiveFolder(tmp_path, LIMIT)
    for number in range(archive_folder.MANY):
        folder.add(jobs(3, first=2 * number))  # each has one job of the one before
    before = reader.load()
    folder.tidy()
    assert len(files(tmp_path)) == archive_folder.MANY + 1
    assert ids(folder.load()) == ids(reader.load()) == ids(before) == ids_of(2 * archive_folder.MANY + 1)
    old = time.time() - 2 * archive_folder.GRACE_SECONDS
    left = tmp_path / ".left-behind"
    left.touch()
    for path in (*files(tmp_path), left):
        os.utime(path, (old, old))
    folder.tidy()
    assert len(files(tmp_path)) == 1
    assert not left.exists()
    assert ids(folder.load()) == ids(ArchiveFolder(tmp_path, LIMIT).load()) == ids(before)
    assert ids(before) == ids_of(2 * archive_folder.MANY + 1), "what is mapped stays readable"


def test_the_oldest_are_forgotten_beyond_the_limit(tmp_path: Path) -> None:
    folder = ArchiveFolder(tmp_path, 150_000)
    forgotten = 0
    for number in range(10):
        folder.add(jobs(500, first=500 * number))
        forgotten = max(forgotten, folder.tidy())
    known = folder.load()
    assert T < forgotten < T + 4500
    assert ids(known) == [one for one in ids_of(5000) if one[2] + 660 >= forgotten]
    assert sum(file.size for file in folder._valid().values()) <= 150_000
    assert known.ends == (forgotten, T + 4999)


def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    folder = ArchiveFolder(tmp_path, LIMIT)
    folder.add(jobs(4))

    strange = tmp_path / f"{1:020d}-0123abcd.arrow"
    with pa.ipc.new_file(str(strange), pa.schema([("x", pa.int8())])) as writer:
        writer.write_table(pa.table({"x": pa.array([1], pa.int8())}))
    assert ArchiveFolder(tmp_path, LIMIT).load().rows == 4
    assert strange.exists()

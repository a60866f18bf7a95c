"""Ten thousand rules and a dataset of ten thousand files, on a Rucio server that keeps its tables in PostgreSQL."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import psutil
import pytest

import dashboard
from dashboard.backends.rucio.streams import Part
from dashboard.domain import rule
from dashboard.domain.path import Mount
from dashboard.domain.problem import Problem
from dashboard.feed.poller import Poller
from dashboard.models.session import Session
from dashboard.sandbox import postgresql
from dashboard.sandbox.catalogue import Catalogue
from dashboard.sandbox.seed.data import Dataset
from dashboard.sandbox.seed.data import rule as asked_for
from dashboard.sandbox.seed.rest import Rest
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.data import DataPage
from dashboard.workspace import Workspace
from tests.awaiting import awaited

RULES = FILES = 10_000
ACTIVITIES = ("Data Consolidation", "Data Rebalancing", "User Subscriptions")
THERE = "NORDIC-SCRATCH"
BIG = "mc26:mc26_13p6TeV.900000.Many.AOD"

TICKS = """
import json, pickle, sys
from requests.adapters import HTTPAdapter
from dashboard.backends import rucio

moved = [0, 0]
send = HTTPAdapter.send


def counted(self, *args, **options):
    answer = send(self, *args, **options)
    stream = answer.raw.stream

    def counting(*args, **options):
        for piece in stream(*args, **options):
            moved[1] += len(piece)
            yield piece

    moved[0] += 1
    answer.raw.stream = counting
    return answer


HTTPAdapter.send = counted
backend = rucio.connect(pickle.load(sys.stdin.buffer))
cursor, ticks = None, []
for _ in range(30):
    moved[:] = 0, 0
    change = backend.tick(cursor)
    cursor = change.cursor
    ticks.append((*moved, len(change.upserts), len(pickle.dumps(change, 5))))
print(json.dumps(ticks))
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    catalogue = Catalogue(tmp_path_factory.mktemp("many"), print, "postgresql")
    try:
        catalogue.up()
        catalogue.fill(RULES, FILES)
        yield catalogue
    finally:
        catalogue.down()
    assert not catalogue.pids()


def settings_of(catalogue: Catalogue, **changes: Any) -> RucioSettings:
    table = catalogue.settings("alice") | changes
    mounts = tuple(Mount(**mount) for mount in table.pop("mounts"))
    return RucioSettings(**table, mounts=mounts)


@pytest.fixture(scope="module")
def alice(many: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    settings = Settings(
        HTCondorSettings(enabled=False), settings_of(many, deadline=60.0), folder=tmp_path_factory.mktemp("alice")
    )
    with dashboard.connect(settings) as workspace:
        workspace.rules.frame()
        yield workspace


def test_a_steady_tick_moves_next_to_nothing(many: Catalogue) -> None:
    told = subprocess.run(
        [sys.executable, "-c", TICKS],
        input=pickle.dumps(settings_of(many, deadline=60.0)),
        capture_output=True,
        check=True,
    )
    ticks = json.loads(told.stdout.splitlines()[-1])
    first, steady = ticks[0], ticks[-1]
    assert first[2] == RULES + 1
    assert first[1] > 1e6
    requests, bytes_read, rows, bytes_sent = steady
    assert requests <= 2  # the second, now and then, compares a piece
    assert rows == 0
    assert bytes_read < 1000
    assert bytes_sent < 20_000


async def longest_work(until: asyncio.Event) -> float:
    """Most seconds of CPU that the event loop's thread spent on one thing; whatever else the machine is busy with."""
    longest = 0.0
    while not until.is_set():
        before = time.thread_time()
        await asyncio.sleep(0.005)
        longest = max(longest, time.thread_time() - before)
    return longest


@pytest.fixture
def tidy() -> Iterator[None]:
    """The collector passes over what other tests left, as a server's does over what it has imported."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
async def page(alice: Workspace) -> AsyncIterator[DataPage]:
    session = Session(alice)
    page = DataPage(session)
    session.show(page)
    yield page
    session.close()


@pytest.mark.usefixtures("tidy")
async def test_the_page_of_ten_thousand_rules_and_files_keeps_the_loop_free(page: DataPage, alice: Workspace) -> None:
    session = page._session
    assert page.table.total == RULES + 1
    frame = alice.rules.look().frame
    page._open.begin()
    page.detail._mark.drawn = True  # as a browser says
    session.rule = str(frame.index[frame["did"] == BIG][0])
    done = asyncio.Event()
    work = asyncio.create_task(longest_work(done))
    listed: list[int] = []
    end = time.monotonic() + 120
    while page.detail._table.total < FILES or page.detail._lacking:
        assert time.monotonic() < end
        listed.append(page.detail._table.total)
        session.pull()
        await asyncio.sleep(0.1)
    done.set()
    assert await work < 0.15
    times = []
    for _ in range(5):
        page._shown = None  # as when the snapshot has a new version
        start = time.thread_time()
        page.update()
        times.append(time.thread_time() - start)
    assert len(page.detail._table.rows) == page.detail._table.page_size
    assert any(0 < number < FILES for number in listed)  # the first were shown before the last had come
    assert min(times) < 0.05


def test_a_search_finds_the_first_before_the_last_has_come_and_says_that_there_is_more(
    alice: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[Future[Part]] = []
    call = Poller.call

    def recorded(poller: Poller, method: str, *args: Any, **options: Any) -> Future[Any]:
        answer = call(poller, method, *args, **options)
        if method == "more":
            parts.append(answer)
        return answer

    monkeypatch.setattr(Poller, "call", recorded)
    found = alice.rules.find("mc26:mc26_13p6TeV.9*", kind="file", limit=15_000)
    assert next(found)["type"] == "file"
    assert not parts[-1].result().ended
    assert len(list(found)) + 1 == 15_000
    assert found.cut
    whole = alice.rules.find("mc26:mc26_13p6TeV.900000.Many.AOD._*", kind="file", limit=15_000)
    assert len(list(whole)) == FILES
    assert not whole.cut


def test_answers_of_a_server_that_dies_are_never_taken_for_whole(many: Catalogue, alice: Workspace) -> None:
    def break_off() -> None:
        (worker,) = psutil.Process(many.pids()["server"]).children()
        worker.kill()  # its master starts another one

    found = alice.rules.find("mc26:mc26_13p6TeV.9*", kind="file", limit=3 * FILES)
    next(found)
    break_off()
    with pytest.raises(Problem, match="ended early"):
        list(found)
    frame = alice.rules.frame()
    pieces = alice.rules.reading_locks(str(frame.index[frame["did"] == BIG][0]))
    listed = len(next(pieces))
    break_off()
    for _ in range(4):
        listed += len(next(pieces))  # what was cut off is asked for again
    assert listed % 200 == 0
    assert listed >= 1000
    awaited(lambda: alice.refresh() or alice.health["rucio"].state == "ok", "the recovery")


def test_random_changes_are_all_seen(many: Catalogue, alice: Workspace) -> None:
    """Rules made, changed and deleted by others for a while; at many instants both sides tell the same."""
    settings = many.settings("alice")
    other = Rest(settings["host"], "alice", settings["password"])
    chance = random.Random(26)  # noqa: S311  not a secret
    mine: list[str] = []
    numbers = chance.sample(range(900_001, 900_001 + RULES), 40)

    def listing() -> dict[str, tuple[str, str, Any]]:
        rows = [json.loads(line) for line in other.send(f"rules/?account=alice&rse_expression={THERE}").splitlines()]
        return {row["id"]: (rule.state(row["state"]), row["activity"], row["expires_at"] is None) for row in rows}

    def known() -> dict[str, tuple[str, str, Any]]:
        frame = alice.rules.look().frame
        frame = frame[frame["rse_expression"] == THERE]
        columns = frame["state"].astype(str), frame["activity"].astype(str), frame["expires"].isna()
        return dict(zip(frame.index, zip(*columns, strict=True), strict=True))

    def sent(*what: Any, **how: Any) -> bytes | None:
        """What the other sends; None when Rucio cannot delete a request because its own daemon is just taking it up."""
        try:
            return other.send(*what, **how)
        except HTTPError as refused:
            if "ForeignKeyViolation" not in "".join(refused.__notes__):
                raise
            return None

    for step, number in enumerate(numbers):
        match chance.choice(["stage", "stage", "change", "delete"]):
            case "stage":
                dataset, lifetime = (
                    Dataset("mc26", f"mc26_13p6TeV.{number}.One.AOD", 1, 1),
                    chance.choice([None, 3, 3600]),
                )
                made = json.loads(other.send("rules/", asked_for(dataset, "alice", THERE) | {"lifetime": lifetime}))
                mine += made if lifetime != 3 else []  # the others end by themselves
            case "change" if mine:
                other.send(
                    f"rules/{chance.choice(mine)}", {"options": {"activity": chance.choice(ACTIVITIES)}}, method="PUT"
                )
            case "delete" if mine:
                gone = mine.pop(chance.randrange(len(mine)))
                awaited(
                    lambda gone=gone: sent(f"rules/{gone}", {"purge_replicas": None}, method="DELETE"), "the deletion"
                )
        if step % 4 == 3:

            def same() -> bool:
                alice.refresh()
                return listing() == known()

            awaited(same, "the same rules on both sides", 30)


def test_the_database_ends_with_its_starter(tmp_path: Path) -> None:
    script = """
import subprocess, sys, time
from pathlib import Path
from dashboard.sandbox import postgresql
folder = Path(sys.argv[1])
programs = postgresql.programs(print)
postgresql.prepare(folder)
process = subprocess.Popen(postgresql.command(programs, folder), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, start_new_session=True)
while not postgresql.answers(programs, folder):
    assert process.poll() is None
    time.sleep(0.05)
print("up", flush=True)
sys.stdin.read()
"""
    folder = tmp_path / "db"
    for _ in range(2):  # and comes up again on what the killed one left
        starter = subprocess.Popen(
            [sys.executable, "-c", script, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with starter:
            assert starter.stdout
            awaited(lambda: "up" in starter.stdout.readline(), "the database")  # noqa: B023
            os.kill(starter.pid, signal.SIGKILL)
        awaited(lambda: not postgresql.answers(postgresql.programs(print), folder), "its end", 10)

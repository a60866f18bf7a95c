"""What is new comes into a view soon, and nothing is done when there is nothing."""

import asyncio
import gc
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.feed.listeners import Listeners
from dashboard.feed.snapshot import Snapshot
from dashboard.homes.watch import Watch
from dashboard.models.session import Session
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.workspace import Workspace
from tests.unit.views.test_jobs import ADS, snapshot


class Jobs:
    """What a schedd tells."""

    def __init__(self) -> None:
        self.snapshot = snapshot(ADS)

    def look(self) -> Snapshot:
        return self.snapshot


class Counting:
    """A view that counts its updates."""

    def __init__(self) -> None:
        self.updates = 0
        self.updated = asyncio.Event()

    def update(self) -> None:
        self.updates += 1
        self.updated.set()


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    jobs = Jobs()
    monkeypatch.setattr(Workspace, "jobs", jobs)
    monkeypatch.setattr(Workspace, "has", lambda _self, name: name == "htcondor")
    monkeypatch.setattr(Workspace, "history", type("History", (), {"keep": staticmethod(lambda: None)}))
    return jobs


@pytest.fixture
def session(jobs: Jobs, tmp_path: Path) -> Session:
    settings = Settings(HTCondorSettings(enabled=False), RucioSettings(enabled=False), tmp_path)
    made = Session(Workspace(settings), page="jobs")
    assert made.jobs is jobs.snapshot
    return made


def test_only_another_snapshot_is_news(session: Session, jobs: Jobs) -> None:
    assert not session.news
    jobs.snapshot = snapshot(ADS)
    assert session.news
    session.pull()
    assert not session.news
    assert session.jobs is jobs.snapshot


def test_what_a_person_changes_is_shown(session: Session) -> None:
    for name, value in (("batch", "7"), ("state", "held"), ("tab", "errors"), ("dark", True)):
        setattr(session, name, value)
        assert session.news, name
        session.pull()
        assert not session.news


def test_what_waits_for_its_time_is_shown_then(session: Session) -> None:
    session.remind(time.monotonic() + 0.05)
    assert not session.news
    time.sleep(0.06)
    assert session.news


def test_notices_come_and_go(session: Session) -> None:
    said = ["The pool is starting."]
    demo = Session(session.workspace, lambda: said)
    assert demo.preparing
    said.clear()
    assert demo.news
    demo.pull()
    assert not demo.preparing


async def test_news_are_shown_at_the_next_look_and_nothing_is_done_else(session: Session, jobs: Jobs) -> None:
    view, runs = Counting(), list[Callable[[], None]]()
    session.show(view)

    def run(pull: Callable[[], None]) -> None:
        runs.append(pull)
        pull()

    watch = Watch(session, run)
    watch.start()
    for _ in range(2):
        view.updated.clear()
        jobs.snapshot = snapshot(ADS)
        await asyncio.wait_for(view.updated.wait(), 20)
    watch.stop()
    assert view.updates == 3
    assert len(runs) == 2
    jobs.snapshot = snapshot(ADS)
    runs[0]()  # under way when it was stopped
    assert view.updates == 3


async def test_who_tells_is_heard_before_the_next_look(session: Session, jobs: Jobs, monkeypatch: Any) -> None:
    monkeypatch.setattr("dashboard.homes.watch.LOOK_SECONDS", 3600.0)
    view = Counting()
    session.show(view)
    watch = Watch(session)
    watch.start()
    for change in (lambda: None, lambda: session.param.update(state="held")):
        view.updated.clear()
        jobs.snapshot = snapshot(ADS)
        change()  # which reminds; a poller tells, from its own thread
        await asyncio.to_thread(watch.told, 0.0)
        await asyncio.wait_for(view.updated.wait(), 20)
    view.updated.clear()
    session.remind(time.monotonic() + 0.1)
    await asyncio.wait_for(view.updated.wait(), 20)
    watch.stop()
    updates = view.updates
    watch.told(0.0)
    await asyncio.sleep(0)
    assert not watch.running
    assert view.updates == updates


async def test_nothing_keeps_a_watch_that_has_stopped(session: Session) -> None:
    poller = Listeners()
    session.workspace.listen = poller.add  # type: ignore[method-assign]
    watch = Watch(session)
    watch.start()
    assert len(poller._listeners) == 1
    watch.stop()
    session.reminded = print  # the session had it, too
    left = weakref.ref(watch)
    del watch
    gc.collect()
    assert left() is None
    poller.tell()


async def test_a_loop_that_has_ended_is_told_nothing(session: Session) -> None:
    watch = Watch(session)

    async def begin() -> None:
        watch.start()

    # In a thread: here it would put an end to pytest's own loop, which is then never closed.
    await asyncio.to_thread(asyncio.run, begin())
    watch.told(0.0)


def test_while_rows_come_in_they_are_pulled_once_a_second(session: Session, jobs: Jobs, monkeypatch: Any) -> None:
    jobs.snapshot = replace(snapshot(ADS), complete=False)
    assert session.news  # the first of them
    session.pull()
    jobs.snapshot = replace(snapshot(ADS), complete=False, health=jobs.snapshot.health)
    assert not session.news
    monkeypatch.setattr("dashboard.models.session.FILLING_SECONDS", 0.0)
    assert session.news


def test_the_last_rows_and_what_is_wrong_do_not_wait(session: Session, jobs: Jobs) -> None:
    jobs.snapshot = replace(snapshot(ADS), complete=False)
    session.pull()
    health = jobs.snapshot.health
    jobs.snapshot = replace(snapshot(ADS), health=health)
    assert session.news
    jobs.snapshot = replace(snapshot(ADS), complete=False, health=health._replace(state="stale"))
    assert session.news


async def test_it_ends_when_nobody_is_there(session: Session) -> None:
    asked = asyncio.Event()

    def gone() -> bool:
        asked.set()
        return False

    watch = Watch(session, seen=gone)
    watch.start()
    assert watch.running
    await asyncio.wait_for(asked.wait(), 20)
    assert not watch.running

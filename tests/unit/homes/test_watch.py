"""What is new comes into a view soon, and nothing is done when there is nothing."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

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

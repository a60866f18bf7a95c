"""What the header says of the backends, and that some of several schedds are missing."""

from dataclasses import replace
from datetime import timedelta
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.domain.health import Health
from dashboard.models import session as sessions
from dashboard.models.session import Session
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.header import HealthLine
from dashboard.workspace import Workspace
from tests.unit.views.test_jobs import ADS, NOW, snapshot


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (Health("ok", NOW), "HTCondor ok asked every 2 min"),
        (Health("part", NOW, "<b> is away.", "without <b> (1 of 2 not answering)"), "HTCondor without <b> (1 of 2 not"),
        (Health("starting", NOW, "far has not answered yet.", "waiting for far"), "HTCondor waiting for far showing"),
        (Health("stale", NOW, "Away."), "HTCondor not answering since"),
    ],
)
def test_what_is_missing_is_said_and_escaped(health: Health, said: str, seen: Any) -> None:
    session: Any = SimpleNamespace(
        preparing=False,
        health=lambda _name: (health, NOW),
        missed=lambda _name: inf,
        interval=lambda _name: 120.0,
        remind=lambda _at: None,
    )
    line = HealthLine(session, ["htcondor"])
    line.update()
    assert said in seen(line)
    assert "<b>" not in line.__panel__().object


@pytest.fixture
def told(monkeypatch, tmp_path):
    """What a schedd tells; `told.look` gives its snapshot."""
    told = type("Told", (), {"snapshot": snapshot(ADS), "look": lambda self: self.snapshot})()
    monkeypatch.setattr(Workspace, "jobs", told)
    monkeypatch.setattr(Workspace, "has", lambda _self, name: name == "htcondor")
    monkeypatch.setattr(Workspace, "history", type("History", (), {"keep": staticmethod(lambda: None)}))
    settings = Settings(HTCondorSettings(enabled=False), RucioSettings(enabled=False), tmp_path)
    told.session = Session(Workspace(settings), page="jobs")
    return told


def test_nothing_is_sent_when_nothing_but_the_time_has_changed(told, seen):
    line, sent = HealthLine(told.session, ["htcondor"]), []
    told.session.show(line)
    assert seen(line) == "HTCondor ok asked every 10 s"
    line.__panel__().param.watch(sent.append, "object")
    told.snapshot = replace(told.snapshot, time=NOW + timedelta(seconds=10))
    assert told.session.news
    told.session.pull()
    assert not sent


def test_a_missed_answer_is_told_without_any_news(told, seen, monkeypatch):
    now = [1000.0]
    for name in ("dashboard.models.session.time.monotonic", "dashboard.views.header.monotonic"):
        monkeypatch.setattr(name, lambda: now[0])
    told.snapshot = snapshot(ADS, 2)
    line = HealthLine(told.session, ["htcondor"])
    told.session.pull()
    told.session.show(line)
    now[0] += 2 * 10 + sessions.PATIENCE_SECONDS - 1
    assert not told.session.news
    now[0] += 2
    assert told.session.news
    told.session.pull()
    assert seen(line) == f"HTCondor ok as of {NOW.astimezone():%H:%M:%S}"
    assert not told.session.news
    told.snapshot = snapshot(ADS, 3)
    told.session.pull()
    assert seen(line) == "HTCondor ok asked every 10 s"


def test_what_is_silent_says_since_when(told, seen):
    line = HealthLine(told.session, ["htcondor"])
    told.snapshot = snapshot(ADS, 2, "stale")
    told.session.pull()
    told.session.show(line)
    assert "not answering since" in seen(line)
    assert f"showing {NOW.astimezone():%H:%M:%S}" in seen(line)

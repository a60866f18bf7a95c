"""Finished jobs of a real pool: kept as they finish, once, whatever is killed meanwhile, and though it is forgotten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import pandas as pd
import psutil
import pytest

import dashboard
from dashboard.domain.problem import Problem
from dashboard.feed import reading
from dashboard.feed.archive_folder import Position
from dashboard.sandbox import Sandbox
from dashboard.settings import HTCondorSettings, RucioSettings, Settings, load
from dashboard.workspace import Workspace
from tests.awaiting import awaited

SHORT = "executable = /bin/true\nbatch_name = {name}\nrequest_memory = 64\nqueue {count}\n"


@pytest.fixture
def alice(sandbox: Sandbox, tmp_path: Path) -> Settings:
    """Alice at the pool, with nothing kept yet."""
    return replace(load(sandbox.settings_file("alice")), rucio=RucioSettings(), folder=tmp_path)


def kept(workspace: Workspace, name: str, count: int) -> pd.DataFrame:
    """The jobs of a batch, once so many are in the history."""

    def found() -> pd.DataFrame | None:
        frame = workspace.history.frame(text=name)
        return frame if len(frame) >= count else None

    return awaited(found, f"{count} jobs of {name} in the history", 120)


def pieces(workspace: Workspace) -> list[Path]:
    return list((workspace.settings.folder / "history").glob("*/*.arrow"))


@pytest.mark.timeout(300)
def test_what_finishes_is_kept_once_whatever_is_killed(alice: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "AT_ONCE", 7)
    monkeypatch.setattr(reading, "PIECE", 100)
    filling, step = Event(), reading.step

    def told(*asked: Any) -> Position:
        filling.set()
        return step(*asked)

    monkeypatch.setattr(reading, "step", told)
    one, two = f"one-{uuid4().hex}", f"two-{uuid4().hex}"
    with dashboard.connect(alice) as workspace:
        first = workspace.submit(SHORT.format(name=one, count=40))
        first.wait(120)
        # More than is read at once: the rest is filled in behind, while whoever reads is killed.
        workspace.history.keep()
        assert filling.wait(60)
        for process in psutil.Process().children():
            if "dashboard.feed.worker" in process.cmdline():
                process.kill()
        frame = kept(workspace, one, 40)
        assert sorted(frame.index) == sorted(first.frame().index)
        assert set(frame["state"]) == {"done"}
        assert set(frame["exit_code"]) == {0}
        assert (frame["started"] >= frame["submitted"]).all()
        assert set(frame["memory_mib"]) == {64.0}
    # Another process goes on where this one ended.
    with dashboard.connect(alice) as workspace:
        second = workspace.submit(SHORT.format(name=two, count=3))
        second.wait(120)
        assert len(kept(workspace, two, 3)) == 3
        awaited(lambda: workspace.history.look().position.fill is None, "the end of the filling", 120)
        every = workspace.history.frame()
        assert not every.duplicated(["cluster", "proc", "submitted"]).any()
        told = workspace.jobs.history(limit=10_000)
        assert set(told.index) <= set(every.index), "all that the schedd remembers"
        assert len(kept(workspace, one, 40)) == 40
        found = workspace.history.statistics().result()
        assert found.total == len(every)
        groups = workspace.history.groups("batch").result()
        assert groups.loc[one, "jobs"] == 40
    for path in pieces(workspace):
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_cache_is_made_anew_when_it_is_lost(alice: Settings) -> None:
    with dashboard.connect(alice) as workspace:
        before = len(workspace.history.frame())
        assert before
        for path in pieces(workspace):
            path.write_bytes(b"torn")
    with dashboard.connect(alice) as workspace:
        awaited(lambda: len(workspace.history.frame()) >= before, "the history")


def test_without_htcondor_one_sentence_says_so(alice: Settings) -> None:
    off = replace(alice, htcondor=HTCondorSettings())
    with dashboard.connect(off) as workspace, pytest.raises(Problem, match="not configured"):
        workspace.history.look()

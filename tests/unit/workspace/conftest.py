"""A workspace whose pollers reply what a test says."""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dashboard
from dashboard.domain import batch
from dashboard.domain.health import Health
from dashboard.domain.merge import Keys
from dashboard.feed.poller import Answer
from dashboard.feed.snapshot import Snapshot
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.workspace import Workspace, registry

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


class Replies:
    """Stands where the poller is: replies what a test says, remembers what was asked."""

    def __init__(self, name: str, _settings: Any, empty: pd.DataFrame, keys: Keys | None = None) -> None:  # noqa: ARG002  as the poller
        self.name = name
        self.snapshot = Snapshot(0, None, Health("starting", NOW), empty)
        self.replies: dict[str, Any] = {}
        self.asked: list[tuple[Any, ...]] = []
        self.ticked: list[int] = []  # which of the calls were to be followed by a tick
        self.closed = False

    def call(self, method: str, *args: Any, deadline: float | None = None, tick: bool = False) -> Answer:
        assert deadline is None or deadline > 0
        self.ticked += [len(self.asked)] if tick else []
        self.asked.append((method, *args))
        answer = Answer()
        reply = self.replies.get(method)
        reply = reply.popleft() if isinstance(reply, deque) else reply
        if isinstance(reply, Exception):
            answer.set_exception(reply)
        else:
            answer.set_result(reply)
        return answer

    def show(self, frame: pd.DataFrame, **totals: pd.DataFrame) -> None:
        """Have this frame in the next snapshot, with its batches when it is one of jobs."""
        totals = {"batches": batch.batches(frame)} | totals if self.name == "htcondor" else totals
        self.snapshot = Snapshot(self.snapshot.version + 1, NOW, Health("ok", NOW), frame, totals)

    def look(self) -> Snapshot:
        return self.snapshot

    def begun(self, _timeout: float) -> bool:
        return True

    def fresh(self, _timeout: float) -> Snapshot:
        return self.snapshot

    def wake(self) -> None:
        self.asked.append(("wake",))

    def after_tick(self, _timeout: float, _answer: Answer | None = None) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setattr(registry, "Poller", Replies)
    settings = Settings(
        HTCondorSettings(enabled=True, owner="alice"), RucioSettings(enabled=True, account="alice"), tmp_path
    )
    with dashboard.connect(settings) as workspace:
        yield workspace
    assert registry.in_use() == {}


@pytest.fixture
def htcondor(ws: Workspace) -> Any:
    return ws._poller("htcondor")


@pytest.fixture
def rucio(ws: Workspace) -> Any:
    return ws._poller("rucio")

"""Workers and pollers of the test backend, ended after each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.feed.poller import Poller
from dashboard.feed.process import WorkerProcess
from tests.unit.feed.backend import NAME, PACKAGE, Settings, frame


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[WorkerProcess]:
    worker = WorkerProcess(NAME, Settings(tmp_path), PACKAGE)
    yield worker
    worker.kill()


@pytest.fixture
def poller(tmp_path: Path) -> Iterator[Callable[..., Poller]]:
    started: list[Poller] = []

    def start(**settings: float) -> Poller:
        started.append(Poller(NAME, Settings(tmp_path, **settings), frame({}), PACKAGE))
        return started[-1]

    yield start
    for poller in started:
        poller.close()

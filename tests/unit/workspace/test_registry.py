"""Pollers are shared by all who ask for the same backend with the same settings."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from dashboard.feed.poller import Poller
from dashboard.workspace import registry
from tests.unit.feed.backend import NAME, PACKAGE, Settings, frame


@pytest.fixture(autouse=True)
def _test_backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "Poller", partial(Poller, package=PACKAGE))
    yield
    assert registry.in_use() == {}


def test_shared_until_the_last_one_gives_it_back(tmp_path: Path) -> None:
    settings = Settings(tmp_path, interval=600.0)
    first = registry.acquire(NAME, settings, frame({}))
    assert registry.acquire(NAME, Settings(tmp_path, interval=600.0), frame({})) is first
    assert registry.in_use() == {NAME: 2}
    pid = first.call("environment").result(30)
    registry.release(NAME, settings)
    assert first.call("environment").result(30) == pid
    registry.release(NAME, settings)
    assert not psutil.pid_exists(pid)


def test_other_settings_are_another_poller(tmp_path: Path) -> None:
    one, two = Settings(tmp_path, interval=600.0), Settings(tmp_path, interval=60.0)
    assert registry.acquire(NAME, one, frame({})) is not registry.acquire(NAME, two, frame({}))
    registry.release(NAME, one)
    registry.release(NAME, two)


def test_after_the_end_it_is_started_anew(tmp_path: Path) -> None:
    settings = Settings(tmp_path, interval=600.0)
    first = registry.acquire(NAME, settings, frame({}))
    registry.release(NAME, settings)
    assert registry.acquire(NAME, settings, frame({})) is not first
    registry.release(NAME, settings)

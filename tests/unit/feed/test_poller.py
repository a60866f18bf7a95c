"""A poller with a real worker: keeps the snapshot true, says when it cannot, ends without a trace."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from dashboard.domain.health import Health
from dashboard.domain.problem import Problem
from dashboard.feed import poller as pollers
from dashboard.feed.poller import Poller
from dashboard.feed.snapshot import Snapshot
from tests.awaiting import awaited
from tests.unit.feed.backend import frame

Start = Callable[..., Poller]


def becomes(poller: Poller, state: str) -> Health:
    def reached() -> Health | None:
        health = poller.snapshot.health
        return health if health.state == state else None

    return awaited(reached, f"health {state}", 20)


def ticks(folder: Path) -> list[str]:
    log = folder / "ticks"
    return log.read_text().splitlines() if log.exists() else []


def write_rows(folder: Path, **rows: int) -> None:
    (folder / "new").write_text(json.dumps(rows))
    (folder / "new").replace(folder / "rows")


def test_health_tells_the_whole_story(tmp_path: Path, poller: Start) -> None:
    write_rows(tmp_path, a=1)
    live = poller()
    assert (live.snapshot.health.state, live.snapshot.time, len(live.snapshot.frame)) == ("starting", None, 0)
    since = becomes(live, "ok").since
    version = live.snapshot.version
    (tmp_path / "away").touch()
    stale = becomes(live, "stale")
    assert stale.reason == "It is away."
    assert stale.since >= since
    assert (dict(live.snapshot.frame["value"]), live.snapshot.version) == ({"a": 1}, version), "what is known stays"
    assert live.after_tick(10)
    assert live.snapshot.health.since == stale.since, "since when it fails, not since the last failure"
    write_rows(tmp_path, a=2)
    (tmp_path / "away").unlink()
    assert becomes(live, "ok").reason == ""
    assert dict(live.snapshot.frame["value"]) == {"a": 2}


def test_down_is_failing_with_nothing_to_show(tmp_path: Path, poller: Start) -> None:
    (tmp_path / "away").touch()
    live = poller()
    assert becomes(live, "down").reason == "It is away."
    assert live.snapshot.time is None


def test_ticks_give_the_cursor_back_and_ask_for_all_after_a_failure(tmp_path: Path, poller: Start) -> None:
    live = poller()
    awaited(lambda: len(ticks(tmp_path)) >= 3, "three ticks")
    assert ticks(tmp_path)[:3] == ["None", "1", "2"]
    (tmp_path / "away").touch()
    becomes(live, "stale")
    (tmp_path / "away").unlink()
    becomes(live, "ok")
    assert ticks(tmp_path).count("None") >= 2


def test_the_version_grows_only_when_data_changes(tmp_path: Path, poller: Start) -> None:
    write_rows(tmp_path, a=1)
    live = poller(interval=60.0)
    assert live.after_tick(20)
    first = live.snapshot
    assert live.after_tick(20)
    assert live.snapshot.version == first.version
    assert live.snapshot.frame is first.frame
    assert live.snapshot.time is not None
    assert first.time is not None
    assert live.snapshot.time > first.time
    write_rows(tmp_path, a=1, b=2)
    assert live.after_tick(20)
    assert live.snapshot.version == first.version + 1


def test_a_silent_backend_is_given_up_at_the_deadline_and_comes_back(tmp_path: Path, poller: Start) -> None:
    live = poller(deadline=0.5)
    becomes(live, "ok")
    silenced = live.worker_pid
    (tmp_path / "silent").touch()
    assert "did not answer within" in becomes(live, "stale").reason
    (tmp_path / "silent").unlink()
    becomes(live, "ok")
    assert live.worker_pid != silenced


def test_backoff(poller: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "away").touch()
    live = poller(interval=10.0)
    monkeypatch.setattr(pollers.random, "uniform", lambda _low, _high: 1.0)
    assert live.after_tick(30)
    delays = []
    for failures in range(6):
        live._failures = failures
        delays.append(live._delay())
    assert delays == [10, 10, 20, 40, 50, 50]
    live._failures, live._looked = 0, time.monotonic() - 2 * pollers.UNWATCHED_AFTER
    assert live._delay() == 10 * pollers.UNWATCHED_FACTOR


def test_looking_again_wakes_a_resting_poller(tmp_path: Path, poller: Start) -> None:
    live = poller(interval=600.0)
    becomes(live, "ok")
    before = len(ticks(tmp_path))
    live.look()
    live._looked = time.monotonic() - 2 * pollers.UNWATCHED_AFTER
    assert live.look() is live.snapshot
    awaited(lambda: len(ticks(tmp_path)) > before, "a tick")


def test_a_wake_during_a_tick_means_one_more(tmp_path: Path, poller: Start) -> None:
    (tmp_path / "silent").touch()
    live = poller(interval=600.0, deadline=30.0)
    awaited(lambda: len(ticks(tmp_path)) == 1, "the first tick under way")
    write_rows(tmp_path, a=1)
    waiting = threading.Thread(target=live.after_tick, args=(30,))
    waiting.start()
    awaited(lambda: live._woken, "the wake")
    (tmp_path / "silent").unlink()
    waiting.join(10)
    assert not waiting.is_alive()
    assert len(ticks(tmp_path)) == 2


def test_after_tick_gives_up_at_its_timeout(tmp_path: Path, poller: Start) -> None:
    (tmp_path / "silent").touch()
    assert not poller(deadline=30.0).after_tick(0.2)
    (tmp_path / "silent").unlink()


def test_fresh_waits_for_the_first_answer_and_not_again(tmp_path: Path, poller: Start) -> None:
    live = poller(interval=600.0)
    first = live.fresh(30)
    assert first.time is not None
    before = len(ticks(tmp_path))
    assert live.fresh(30) is live.snapshot
    assert len(ticks(tmp_path)) == before, "young enough"


def test_fresh_gives_the_latest_when_nothing_comes(tmp_path: Path, poller: Start) -> None:
    (tmp_path / "silent").touch()
    known: Snapshot = poller(deadline=30.0).fresh(0.2)
    assert known.time is None
    (tmp_path / "silent").unlink()


def test_calls_are_answered_in_order_between_ticks(poller: Start) -> None:
    live = poller()
    answers: list[Future[Any]] = [live.call("echo", number) for number in range(50)]
    assert [answer.result(30) for answer in answers] == list(range(50))
    becomes(live, "ok")


def left_alone(folder: Path, poller: Start, monkeypatch: pytest.MonkeyPatch, *, patience: float) -> tuple[Poller, int]:
    """A poller that ticks only when it is asked to, and how often it has ticked."""
    monkeypatch.setattr(pollers, "PATIENCE", patience)
    live = poller(interval=600.0)
    becomes(live, "ok")
    return live, len(ticks(folder))


def test_who_asks_again_and_again_keeps_no_tick_waiting(
    tmp_path: Path, poller: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, before = left_alone(tmp_path, poller, monkeypatch, patience=0.0)
    asked = [live.call("sleep", 0.01, tick=number % 2 == 0) for number in range(10)]
    assert [answer.result(30) for answer in asked] == [None] * 10
    assert live.after_tick(30, asked[-2])
    assert [answer.ticks - before for answer in asked] == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert len(ticks(tmp_path)) == before + 5


def test_a_tick_that_is_due_lets_what_is_asked_for_go_first(
    tmp_path: Path, poller: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, before = left_alone(tmp_path, poller, monkeypatch, patience=60.0)
    asked = [live.call("echo", number, tick=True) for number in range(10)]
    assert [answer.result(30) for answer in asked] == list(range(10))
    assert live.after_tick(30, asked[-1])
    assert {answer.ticks for answer in asked} == {before}
    assert len(ticks(tmp_path)) == before + 1


def test_the_tick_that_follows_an_action_shows_it_even_if_it_is_under_way_when_one_waits(
    tmp_path: Path, poller: Start
) -> None:
    live = poller(interval=600.0, deadline=30.0)
    becomes(live, "ok")
    (tmp_path / "silent").touch()
    before = len(ticks(tmp_path))
    answer = live.call("echo", 1, tick=True)
    assert answer.result(30) == 1
    awaited(lambda: len(ticks(tmp_path)) > before, "the tick under way")
    assert not live.after_tick(0.1, answer)
    (tmp_path / "silent").unlink()
    assert live.after_tick(30, answer)
    assert len(ticks(tmp_path)) == before + 1
    with pytest.raises(Problem, match="not yours"):
        live.call("refuse", tick=True).result(30)
    awaited(lambda: len(ticks(tmp_path)) > before + 1, "a tick also after what failed")


def test_what_is_shown_is_old_until_a_new_worker_has_read_all_of_it(tmp_path: Path, poller: Start) -> None:
    write_rows(tmp_path, a=1, b=2)
    live = poller()
    becomes(live, "ok")
    known = live.snapshot
    assert known.time
    (tmp_path / "pieces").touch()
    with pytest.raises(Problem):
        live.call("die").result(30)
    assert "read anew" in becomes(live, "stale").reason
    begun, before = live.snapshot, len(ticks(tmp_path))
    awaited(lambda: len(ticks(tmp_path)) > before + 3, "more pieces")
    shown = live.snapshot
    assert (shown.health.since, shown.version) == (begun.health.since, known.version)
    assert (list(shown.frame.index), shown.complete) == (["a", "b"], True)
    write_rows(tmp_path, a=3, b=4)
    (tmp_path / "pieces").unlink()
    becomes(live, "ok")
    assert (dict(live.snapshot.frame["value"]), live.snapshot.complete) == ({"a": 3, "b": 4}, True)


def test_after_a_failure_it_is_not_well_until_all_is_read(tmp_path: Path, poller: Start) -> None:
    write_rows(tmp_path, a=1, b=2)
    live = poller()
    becomes(live, "ok")
    (tmp_path / "away").touch()
    away = becomes(live, "stale")
    (tmp_path / "pieces").touch()
    (tmp_path / "away").unlink()
    before = len(ticks(tmp_path))
    awaited(lambda: len(ticks(tmp_path)) > before + 3, "pieces")
    assert live.snapshot.health == away
    (tmp_path / "pieces").unlink()
    becomes(live, "ok")


def test_failures_of_calls_reach_the_caller_only(poller: Start) -> None:
    live = poller()
    with pytest.raises(Problem, match="not yours"):
        live.call("refuse").result(30)
    with pytest.raises(Problem, match="ValueError: odd"):
        live.call("stumble").result(30)
    with pytest.raises(Problem, match="did not answer"):
        live.call("sleep", 60, deadline=0.2).result(30)
    with pytest.raises((TypeError, AttributeError)):
        live.call("echo", lambda: None).result(30)
    assert live.call("echo", 1).result(30) == 1
    becomes(live, "ok")


def test_a_cancelled_call_is_never_made(tmp_path: Path, poller: Start) -> None:
    (tmp_path / "silent").touch()
    live = poller(deadline=30.0)
    answer = live.call("die")
    assert answer.cancel()
    (tmp_path / "silent").unlink()
    worker = live.call("environment").result(30)
    assert live.call("environment").result(30) == worker


def left() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("cygnet-")}


def test_close_leaves_no_process_and_no_thread(poller: Start) -> None:
    live = poller()
    pid = live.call("environment").result(30)
    live.close()
    live.close()
    assert not psutil.pid_exists(pid)
    assert not left()
    with pytest.raises(Problem, match="has been closed"):
        live.call("echo", 1).result(5)


def test_close_does_not_wait_for_a_silent_worker(poller: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pollers, "CLOSE_SECONDS", 0.2)
    live = poller(deadline=120.0)
    pid = live.call("environment").result(30)
    busy, waiting = live.call("hold_the_gil", 120), live.call("echo", 1)
    awaited(busy.running, "the call under way")
    began = time.monotonic()
    live.close()
    assert time.monotonic() - began < 5
    assert not psutil.pid_exists(pid)
    assert not left()
    for answer in (busy, waiting):
        with pytest.raises(Problem):
            answer.result(0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # a mistake is what is tested
def test_a_poller_that_breaks_says_so_and_keeps_nobody_waiting(tmp_path: Path, poller: Start) -> None:
    live = poller()
    becomes(live, "ok")
    (tmp_path / "nonsense").touch()
    assert "start Cygnet again" in becomes(live, "stale").reason
    awaited(lambda: not left(), "the end of the thread")
    assert live.worker_pid is None
    with pytest.raises(Problem):
        live.call("echo", 1).result(5)
    assert live.after_tick(5) is True
    pd.testing.assert_frame_equal(live.snapshot.frame, frame({}))

"""A real worker process: answers, fails in words, and never outlives its owner."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from dashboard.domain.problem import Problem
from dashboard.feed.process import WorkerProcess
from tests.awaiting import awaited
from tests.unit.feed.backend import NAME, PACKAGE, Settings

ROOT = Path(__file__).parents[3]
OWNER = """
import sys
from pathlib import Path
from dashboard.feed.process import WorkerProcess
from tests.unit.feed.backend import NAME, PACKAGE, Settings

worker = WorkerProcess(NAME, Settings(Path(sys.argv[1])), PACKAGE)
print(worker.ask("environment", deadline=30), flush=True)
worker.ask(sys.argv[2], 120, deadline=300)
"""


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_answers(worker: WorkerProcess) -> None:
    assert worker.pid is None, "it is started when needed"
    assert worker.ask("echo", {"a": [1, 2]}, deadline=5) == {"a": [1, 2]}
    first = worker.pid
    assert worker.ask("environment", deadline=5) == first


@pytest.mark.parametrize(
    ("method", "kind", "words"),
    [
        ("refuse", "denied", "That is not yours."),
        ("stumble", "internal", "ValueError: odd"),
        ("_secret", "internal", "AttributeError"),
        ("nothing", "internal", "AttributeError"),
    ],
)
def test_failures_are_told_and_the_worker_lives_on(worker: WorkerProcess, method: str, kind: str, words: str) -> None:
    with pytest.raises(Problem, match=words) as told:
        worker.ask(method, deadline=5)
    assert told.value.kind == kind
    assert worker.ask("environment", deadline=5) == worker.pid


def test_a_silent_worker_is_killed_at_the_deadline_and_started_again(worker: WorkerProcess) -> None:
    silent = worker.ask("environment", deadline=5)
    began = time.monotonic()
    with pytest.raises(Problem, match="did not answer within") as told:
        worker.ask("hold_the_gil", 60, deadline=0.3)
    assert told.value.kind == "timeout"
    assert time.monotonic() - began < 5
    assert gone(silent)
    assert worker.ask("environment", deadline=5) != silent


def test_a_worker_that_dies_is_started_again(worker: WorkerProcess) -> None:
    with pytest.raises(Problem, match="started again") as told:
        worker.ask("die", deadline=5)
    assert told.value.kind == "internal"
    assert worker.ask("echo", 1, deadline=5) == 1


def test_a_worker_killed_between_two_requests_is_started_again(worker: WorkerProcess) -> None:
    pid = worker.ask("environment", deadline=5)
    psutil.Process(pid).kill()
    awaited(lambda: worker._process and worker._process.poll() is not None, "the end of the worker")
    assert worker.ask("echo", 1, deadline=5) == 1


def test_a_backend_that_cannot_be_opened_says_why_every_time(tmp_path: Path, worker: WorkerProcess) -> None:
    (tmp_path / "locked").touch()
    for _ in range(2):
        with pytest.raises(Problem, match="No way in"):
            worker.ask("echo", 1, deadline=5)
        assert worker.pid is None
    (tmp_path / "locked").unlink()
    assert worker.ask("echo", 1, deadline=5) == 1


def test_kill_leaves_nothing(worker: WorkerProcess) -> None:
    pid = worker.ask("environment", deadline=5)
    worker.kill()
    worker.kill()
    assert worker.pid is None
    assert gone(pid)


def test_interrupt_ends_what_is_being_asked(worker: WorkerProcess) -> None:
    pid = worker.ask("environment", deadline=5)
    worker.interrupt()
    awaited(lambda: gone(pid), "the end of the worker")


def test_clients_do_not_write_on_our_output(worker: WorkerProcess, capfd: pytest.CaptureFixture[str]) -> None:
    worker.ask("chatter", deadline=5)
    told = capfd.readouterr()
    assert told.out == ""
    assert "logged" not in told.err


def test_files_of_the_working_folder_shadow_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("random.py", "socket.py", "dashboard.py", "pandas.py"):
        (tmp_path / name).write_text("raise ImportError('shadowed')")
    monkeypatch.chdir(tmp_path)
    for path in (None, ""):
        monkeypatch.delenv("PYTHONPATH", raising=False)
        if path is not None:
            monkeypatch.setenv("PYTHONPATH", path)
        worker = WorkerProcess(NAME, Settings(tmp_path), PACKAGE)
        try:
            assert worker.ask("echo", 1, deadline=5) == 1
        finally:
            worker.kill()


@pytest.mark.parametrize("method", ["sleep", "hold_the_gil"])
def test_no_worker_outlives_an_owner_killed_while_it_is_busy(tmp_path: Path, method: str) -> None:
    command = [sys.executable, "-c", OWNER, str(tmp_path), method]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        # Asleep in the call when nothing of it runs any more.
        awaited(lambda: psutil.Process(pid).status() == psutil.STATUS_SLEEPING, "the worker being busy")
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        awaited(lambda: gone(pid), "the end of the worker", 5)


def test_interrupting_the_owner_is_for_the_owner_to_handle(worker: WorkerProcess) -> None:
    psutil.Process(worker.ask("environment", deadline=5)).send_signal(signal.SIGINT)
    assert worker.ask("echo", 1, deadline=5) == 1

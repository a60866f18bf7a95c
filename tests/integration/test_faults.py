"""What happens when the outside fails: nothing freezes, the last data stays, all comes back by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

import dashboard
from dashboard.sandbox import Sandbox
from dashboard.sandbox.catalogue import Catalogue
from dashboard.sandbox.pool import Pool
from dashboard.settings import Settings
from dashboard.workspace import Workspace
from tests.awaiting import awaited


@pytest.fixture
def workspace(settings: Callable[[str], Settings]) -> Iterator[Workspace]:
    with dashboard.connect(settings("alice")) as workspace:
        workspace.jobs.frame()
        workspace.rules.frame()
        yield workspace


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Processes that neither answer nor refuse: a process and its children, stopped."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def state(workspace: Workspace, backend: str) -> str:
    return workspace.health[backend].state


async def worst_lag(seconds: float) -> float:
    """Longest time in seconds by which a callback of this event loop came late."""
    worst, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        before = time.monotonic()
        await asyncio.sleep(0.01)
        worst = max(worst, time.monotonic() - before - 0.01)
    return worst


async def test_a_silent_schedd_freezes_nothing(workspace: Workspace, pool: Pool) -> None:
    known = workspace.jobs.look()
    with stopped(pool.pids()["schedd"]):
        workspace.refresh()
        lag = await worst_lag(workspace.settings.htcondor.deadline + 4)
        health = workspace.health["htcondor"]
        snapshot = workspace.jobs.look()
    assert health.state == "stale"
    assert "did not answer within" in health.reason
    assert snapshot.frame.equals(known.frame)
    assert snapshot.time is not None
    assert lag < 0.1
    awaited(lambda: state(workspace, "htcondor") == "ok", "the recovery")


def test_a_killed_schedd_comes_back(workspace: Workspace, pool: Pool) -> None:
    rows = len(workspace.jobs.frame())
    os.kill(pool.pids()["schedd"], signal.SIGKILL)
    workspace.refresh()
    awaited(lambda: state(workspace, "htcondor") == "stale", "the failure", 15)
    assert len(workspace.jobs.look().frame) == rows
    # The pool's master starts it again; nobody tells us.
    awaited(lambda: state(workspace, "htcondor") == "ok", "the recovery", 90)
    assert len(workspace.jobs.look().frame) == rows


async def test_a_silent_rucio_freezes_nothing(workspace: Workspace, catalogue: Catalogue) -> None:
    known = workspace.rules.look()
    with stopped(catalogue.pids()["server"]):
        workspace.refresh()
        lag = await worst_lag(workspace.settings.rucio.deadline + 4)
        health = workspace.health["rucio"]
    assert health.state == "stale"
    assert workspace.rules.look().frame.equals(known.frame)
    assert lag < 0.1
    awaited(lambda: state(workspace, "rucio") == "ok", "the recovery")


def test_a_stopped_rucio_comes_back(workspace: Workspace, catalogue: Catalogue) -> None:
    catalogue.stop_server()
    try:
        workspace.refresh()
        awaited(lambda: state(workspace, "rucio") == "stale", "the failure", 15)
        assert "does not answer" in workspace.health["rucio"].reason
    finally:
        catalogue.start_server()
    awaited(lambda: state(workspace, "rucio") == "ok", "the recovery")


@pytest.mark.parametrize("backend", ["htcondor", "rucio"])
def test_a_killed_worker_is_started_again(workspace: Workspace, backend: str) -> None:
    pid = workspace.worker_pid(backend)
    assert pid
    os.kill(pid, signal.SIGKILL)
    workspace.refresh()
    awaited(lambda: workspace.worker_pid(backend) not in (None, pid), "another worker", 15)
    awaited(lambda: state(workspace, backend) == "ok", "the recovery")


def test_an_action_that_meets_silence_is_not_known_and_says_so(workspace: Workspace, pool: Pool) -> None:
    submission = workspace.submit("executable = /bin/true\nrequest_cpus = 512\nqueue\n")
    with stopped(pool.pids()["schedd"]):
        outcome = workspace.hold(submission.batch)
    assert set(outcome.counts) <= {"unknown", "failed"}
    assert outcome.items[0].reason
    awaited(lambda: state(workspace, "htcondor") == "ok", "the recovery")
    assert workspace.remove(submission.batch).ok


OWNER = """
import dashboard, sys, time
workspace = dashboard.connect(sys.argv[1])
workspace.jobs.frame(), workspace.rules.frame()
print(workspace.worker_pid("htcondor"), workspace.worker_pid("rucio"), flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("silent", [False, True], ids=["idle", "in the middle of a call"])
def test_no_worker_outlives_its_owner(sandbox: Sandbox, pool: Pool, silent: bool) -> None:
    command = [sys.executable, "-c", OWNER, str(sandbox.settings_file("alice"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        workers = [psutil.Process(int(pid)) for pid in owner.stdout.readline().split()]
        assert len(workers) == 2
        if silent:
            with stopped(pool.pids()["schedd"]):
                time.sleep(3)  # longer than the interval: a tick is now held up in the client, which holds the GIL
                owner.kill()
                awaited(lambda: not any(worker.is_running() for worker in workers), "the workers' end", 5)
        else:
            owner.kill()
            awaited(lambda: not any(worker.is_running() for worker in workers), "the workers' end", 5)


def test_closing_leaves_nothing(sandbox: Sandbox) -> None:
    with dashboard.connect(sandbox.settings_file("bob")) as workspace:
        workspace.jobs.frame()
        pids = [workspace.worker_pid(name) for name in ("htcondor", "rucio")]
    assert not any(psutil.pid_exists(pid) for pid in pids if pid)

"""The worker's side of the conversation, in this process."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.feed import channel, worker
from tests.unit.feed.backend import NAME, PACKAGE, Settings


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[socket.socket]:
    """The owner's end of a worker that runs in a thread until the owner is gone."""
    ours, theirs = socket.socketpair()

    def run() -> None:
        with theirs, pytest.raises(EOFError):
            worker.serve(theirs, f"{PACKAGE}.{NAME}")

    thread = threading.Thread(target=run)
    thread.start()
    with ours:
        channel.send(ours, (Settings(tmp_path),))
        yield ours
    thread.join(10)
    assert not thread.is_alive()


def test_requests_are_answered_one_by_one(owner: socket.socket) -> None:
    assert channel.receive(owner) == ("ok", None), "connected"
    channel.send(owner, ("echo", ("a",)))
    channel.send(owner, ("refuse", ()))
    channel.send(owner, ("_secret", ()))
    assert channel.receive(owner) == ("ok", "a")
    assert channel.receive(owner) == ("problem", ("denied", "That is not yours."))
    status, (sentence, trace) = channel.receive(owner)
    assert (status, sentence) == ("error", "AttributeError: _secret")
    assert "Traceback" in trace


def test_a_backend_that_cannot_be_opened_ends_it(tmp_path: Path) -> None:
    (tmp_path / "locked").touch()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel.send(ours, (Settings(tmp_path),))
        worker.serve(theirs, f"{PACKAGE}.{NAME}")
        assert channel.receive(ours) == ("problem", ("denied", "No way in."))


def test_an_orphan_ends_at_once() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = [sys.executable, "-m", "dashboard.feed.worker", str(theirs.fileno()), str(os.getpid() + 1), "json"]
        assert subprocess.run(command, pass_fds=[theirs.fileno()], timeout=60, check=False).returncode == 1


def test_it_ends_when_its_owner_closes_the_socket() -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "dashboard.feed.worker", str(theirs.fileno()), str(os.getpid()), "json"]
    with subprocess.Popen(command, pass_fds=[theirs.fileno()]) as process:
        theirs.close()
        ours.close()
        assert process.wait(60) == 0


def test_it_asks_to_die_with_its_parent() -> None:
    code = f"""
import ctypes
from dashboard.feed.worker import die_with_parent
die_with_parent({os.getpid()})
told = ctypes.c_int()
ctypes.CDLL(None).prctl(2, ctypes.byref(told))  # PR_GET_PDEATHSIG
print(told.value)
"""
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert int(told) == signal.SIGKILL

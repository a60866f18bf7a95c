"""The worker process: one backend, one request at a time, over a private socket.

Started as ``python -m dashboard.feed.worker FD PARENT MODULE``. It dies with its owner: Linux sends it SIGKILL when the
thread that started it ends (PR_SET_PDEATHSIG), also in the middle of a client call that holds the GIL; elsewhere the
closed socket ends it.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import signal
import socket
import sys
import traceback
from typing import Any

from dashboard.domain.problem import Problem
from dashboard.feed import channel

PR_SET_PDEATHSIG = 1

NICE = 5
"""How far it stands back where cores are few: who looks at a page waits for that, not for data a tick newer."""


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends; end now when it has ended already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def answer(backend: object, method: str, args: tuple[Any, ...]) -> tuple[str, Any]:
    """Call a public method of a backend; the reply is ``("ok", value)``, ``("problem", …)`` or ``("error", …)``."""
    try:
        if method.startswith("_"):
            raise AttributeError(method)
        return "ok", getattr(backend, method)(*args)
    except Problem as problem:
        return "problem", (problem.kind, problem.sentence)
    except Exception as error:  # noqa: BLE001  the owner logs it and tells it in words; the worker lives on
        return "error", (f"{type(error).__name__}: {error}", traceback.format_exc())


def serve(sock: socket.socket, module: str) -> None:
    """Open the backend with the settings of the first message, then answer requests until the owner is gone."""
    status, value = answer(importlib.import_module(module), "connect", channel.receive(sock))
    channel.send(sock, (status, None if status == "ok" else value))
    if status != "ok":
        return
    while True:
        method, args = channel.receive(sock)
        channel.send(sock, answer(value, method, args))


def main() -> None:
    """Run the worker."""
    descriptor, parent, module = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    die_with_parent(parent)
    os.nice(NICE)
    # Interrupting a notebook or the server is for its owner to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Clients print and log; a page's or a notebook's output is not theirs. What failed is told as a Problem.
    os.dup2(2, 1)
    logging.disable()
    with socket.socket(fileno=descriptor) as sock:
        try:
            serve(sock, module)
        except (EOFError, OSError):
            sys.exit()  # the owner is gone


if __name__ == "__main__":
    main()

"""What the keeper asks of an engine, and how an engine's processes are kept from outliving it."""

import random
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from dashboard.sandbox.unavailable import Unavailable

Report = Callable[[str], None]
"""Takes one line of progress, said by every step of over a second."""

Database = Literal["sqlite", "postgresql"]
DATABASES: tuple[Database, ...] = get_args(Database)
"""What can keep the tables of the sandbox's Rucio."""

LISTEN = "0A"
"""State of a listening socket in /proc/net/tcp."""


class Engine(Protocol):
    """A real system run privately on this machine.

    All its methods are called from one thread that lives as long as the engine, so PDEATHSIG is safe to use. A keeper
    told to stop during `up` does not wait: it ends, and whatever the engine has started must die with it.
    """

    def __init__(self, folder: Path, report: Report) -> None: ...

    def settings(self, user: str) -> dict[str, Any]:
        """Table of the settings file for "alice" or "bob"; called before `up`, so ports are chosen here."""
        ...

    def up(self) -> None:
        """Start, and return when it answers; raises `Unavailable` when it cannot be had here."""
        ...

    def down(self) -> None:
        """Stop, leaving no process and no mount."""
        ...


def leash(argv: list[str], *, namespaces: list[str] | None = None, signal: str = "KILL") -> list[str]:
    """Return `argv` such that it dies with the thread that starts it.

    With `namespaces` (further options of unshare) it also gets mount and process namespaces of its own: its mounts are
    never seen outside, and every process it started, detached or not, ends with it.
    """
    inner = ["unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", *namespaces] if namespaces else []
    return ["setpriv", "--pdeathsig", signal, *inner, *argv]


def need(*tools: str) -> None:
    """Raise `Unavailable` naming the first of `tools` that is not on PATH."""
    for tool in tools:
        if not shutil.which(tool):
            raise Unavailable(f"The sandbox needs the program {tool} (package util-linux), which is not on PATH.")


def listening(port: int, table: str | None = None) -> bool:
    """Whether a server of this machine listens on `port` of IPv4, read from /proc so that nobody is disturbed."""
    rows = (line.split() for line in (table or Path("/proc/net/tcp").read_text()).splitlines()[1:])
    return any(row[1].endswith(f":{port:04X}") and row[3] == LISTEN for row in rows)


def free_port() -> int:
    """Return a free port of 127.0.0.1, below those the kernel hands out by itself, so it is still free next time."""
    while True:
        port = random.randint(20000, 29999)  # noqa: S311 - not a secret
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port

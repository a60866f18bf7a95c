"""What engines install: the Rucio server's own virtual environment, made once per user and Python version."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.sandbox.engine import leash
from dashboard.sandbox.unavailable import Unavailable

PACKAGES = ("rucio>=41.5,<42", "gunicorn>=23")
POSTGRESQL = "psycopg[binary]>=3.2,<3.2.14"
"""What Rucio speaks to PostgreSQL with, of a version that it takes."""


def cache() -> Path:
    """Return the folder for what can be made again (`XDG_CACHE_HOME`/cygnet)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cygnet"


def python_of_server(report: Callable[[str], None]) -> Path:
    """Return the Python of an environment that has the Rucio server, made now when there is none.

    Rucio's server and client packages share files, so they never live in one environment. An environment cannot be
    moved after it is made; a marker written last tells a complete one from a broken one.

    Raises
    ------
    Unavailable
        The environment cannot be made; the text says why.
    """
    home = cache() / f"rucio-server-41.5-py{sys.version_info.major}.{sys.version_info.minor}"
    home.parent.mkdir(parents=True, exist_ok=True)
    python, marker = home / "bin" / "python", home / "complete"
    with home.with_name(f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (marker.exists() and python.exists()):
            report("Rucio: installing the server (once, about a minute)…")
            shutil.rmtree(home, ignore_errors=True)
            log = home.with_name(f"{home.name}.log")
            _run([sys.executable, "-m", "venv", str(home)], log)
            _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], log)
            marker.touch()
    return python


@contextmanager
def apt_get() -> Iterator[None]:
    """Wait until no other engine of ours installs packages: apt-get, asked by two at once, refuses one of them."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def add_postgresql(python: Path, report: Callable[[str], None]) -> None:
    """Put what PostgreSQL needs into the environment of ``python``, once.

    Raises
    ------
    Unavailable
        It cannot be had; the text says why.
    """
    home = python.parents[1]
    with home.with_name(f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (marker := home / "postgresql").exists():
            report("Rucio: installing PostgreSQL's client (once)…")
            install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", POSTGRESQL]
            _run(install, home.with_name(f"{home.name}.log"))
            marker.touch()


def _run(command: list[str], log: Path) -> None:
    with log.open("a") as out:
        code = subprocess.call(leash(command), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    if code:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        why = lines[-1].strip() if lines else f"exit code {code}"
        raise Unavailable(f"The Rucio server cannot be installed: {why} (the whole story is in {log}).")

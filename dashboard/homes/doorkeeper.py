"""Starts the dashboard when somebody knocks at its socket, and waits there again when it has ended for lack of use.

jupyter-server-proxy starts a process once, and never again when it has ended: it starts this one, as ``python -m
dashboard.homes.doorkeeper SOCKET PARENT`` in the Jupyter server's Python. Standard library only.
"""

from __future__ import annotations

import html
import os
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import IO

from dashboard.feed.worker import die_with_parent
from dashboard.homes.launcher import kernel

IDLE_MINUTES = 15
"""Without anybody looking; `CYGNET_IDLE_MINUTES` says otherwise."""
LOOK_SECONDS = 0.1
"""How often a starting dashboard is asked whether it is ready."""

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Cygnet</title>{refresh}
<style>
  :root {{ color-scheme: light dark }}
  body {{ font: 16px system-ui, sans-serif; max-width: 46em; margin: 18vh auto; padding: 0 2em }}
</style>
<h1>Cygnet</h1><p role="status">{sentence}</p></html>"""
_REFRESH = '<meta http-equiv="refresh" content="1">'


class Door(socketserver.UnixStreamServer):
    """Answers at the socket while there is no dashboard: says that it starts, or why it did not.

    Parameters
    ----------
    path
        Where to listen; taken over from whoever listened there.
    sentence
        What is said once instead of “is starting”, to whoever knocks first.
    """

    def __init__(self, path: Path, sentence: str) -> None:
        own = path.with_name("door")
        own.unlink(missing_ok=True)
        super().__init__(str(own), Answer)
        own.replace(path)
        self.sentence = sentence
        self.knocked = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever has gone before the answer needs none; other errors are for the log."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # typeshed's union is private


class Answer(BaseHTTPRequestHandler):
    """The page shown while there is no dashboard."""

    server: Door

    def do_GET(self) -> None:
        """Say how it is; only who wants the page itself counts."""
        if self.path.partition("?")[0] != "/" or self.headers.get("Upgrade"):
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        sentence, self.server.sentence = self.server.sentence, ""
        self.server.knocked = not sentence
        page = _PAGE.format(
            refresh="" if sentence else _REFRESH, sentence=html.escape(sentence) or "Cygnet is starting…"
        )
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Keep the server's log free of this."""


def main() -> None:
    """Keep the door until the Jupyter server ends."""
    path, parent = Path(sys.argv[1]), int(sys.argv[2])
    die_with_parent(parent)
    apps: list[subprocess.Popen[bytes]] = []

    def end(*_: object) -> None:
        for app in apps:
            app.terminate()
        shutil.rmtree(path.parent, ignore_errors=True)  # jupyter-server-proxy made it, and forgets it
        os._exit(0)  # an exception raised here would be lost in the midst of a fork

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    sentence = ""
    while True:
        sentence = keep(path, sentence, apps)


def keep(path: Path, sentence: str, apps: list[subprocess.Popen[bytes]]) -> str:
    """Wait for somebody, start the dashboard and wait for its end; why it failed, or nothing.

    The dashboard is among `apps` meanwhile.
    """
    inside = path.with_name("dashboard")
    with Door(path, sentence) as door, tempfile.TemporaryFile("w+") as errors:
        while not door.knocked:
            door.handle_request()
        try:
            python, environment = kernel()
        except KeyError as error:
            return f"Cygnet cannot start: the notebooks have no kernel for Python ({error})."
        app = started(python, environment, inside, errors)
        apps[:] = [app]
        door.timeout = LOOK_SECONDS
        while app.poll() is None and not answers(inside):
            door.handle_request()
        if app.poll() is None:
            inside.replace(path)
            while select.select([door], [], [], 0)[0]:
                door.handle_request()  # whoever knocked before the dashboard took its place
            door.server_close()
        app.wait()
        errors.seek(0)
        said = errors.read()
    sys.stderr.write(said)
    return reason(python, said) if app.returncode else ""


def started(python: str, environment: dict[str, str], inside: Path, errors: IO[str]) -> subprocess.Popen[bytes]:
    """The dashboard's process; it ends with this one, also when this one is killed."""
    minutes = environment.get("CYGNET_IDLE_MINUTES", str(IDLE_MINUTES))
    return subprocess.Popen(
        [python, "-P", "-m", "dashboard.cli", "serve", "--unix-socket", str(inside), "--idle-minutes", minutes],
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=errors,
        # What is typed at the Jupyter server's terminal is for the Jupyter server.
        start_new_session=True,
        preexec_fn=partial(die_with_parent, os.getpid()),
    )


def answers(path: Path) -> bool:
    """Whether somebody listens at a socket."""
    with socket.socket(socket.AF_UNIX) as knocking, suppress(OSError):
        knocking.connect(str(path))
        return True
    return False


def reason(python: str, said: str) -> str:
    """Why the dashboard failed, in words."""
    if "No module named" in said:
        return f"Your notebooks' Python lacks Cygnet: run “{python} -m pip install cygnet”, then reload."
    last = (said.strip().splitlines() or ["it did not say why."])[-1].removeprefix("cygnet: ")
    return f"Cygnet has ended: {last} Reload to start it again."


if __name__ == "__main__":
    main()

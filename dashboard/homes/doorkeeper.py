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
from string import Template
from typing import IO

from dashboard.feed.worker import die_with_parent
from dashboard.homes.launcher import kernel
from dashboard.resources import resource

IDLE_MINUTES = 15
"""Without anybody looking; `CYGNET_IDLE_MINUTES` says otherwise."""
LOOK_SECONDS = 0.1
"""How often a starting dashboard is asked whether it is ready."""

_WAIT = """
<script>
  const look = async () => {
    const { status } = await fetch("favicon.ico", { cache: "no-store" }).catch(() => ({}))
    if (status === 200) location.reload()
    else setTimeout(look, status === 204 ? 250 : 2000)
  }
  look()
</script>"""
"""Loads the page anew as soon as there is news: the door has no icon until then, the dashboard has one."""

_ENDED = '<div role="alert">{sentence}<a href="">Start Cygnet again</a></div>'


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
        asked = self.path.partition("?")[0]
        if asked == "/favicon.ico":
            self._say(HTTPStatus.OK if self.server.sentence else HTTPStatus.NO_CONTENT)
        elif asked != "/" or self.headers.get("Upgrade"):
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            sentence, self.server.sentence = self.server.sentence, ""
            self.server.knocked = not sentence
            self._say(HTTPStatus.OK, door_page(sentence).encode())

    def _say(self, status: HTTPStatus, page: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the server's log free of this."""


def door_page(sentence: str) -> str:
    """What is seen at the door: why there is no dashboard, or, without a sentence, that it is starting."""
    said = _ENDED.format(sentence=html.escape(sentence)) if sentence else _read("voila/starting.html") + _WAIT
    return Template(_read("door.html")).substitute(colours=_read("voila/colours.js"), said=said)


def _read(name: str) -> str:
    return resource(f"assets/{name}").read_text(encoding="utf-8")


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
        return f"Your notebooks' Python lacks Cygnet: run “{python} -m pip install cygnet”."
    last = (said.strip().splitlines() or ["it did not say why."])[-1].removeprefix("cygnet: ")
    return f"Cygnet has ended: {last}"


if __name__ == "__main__":
    main()

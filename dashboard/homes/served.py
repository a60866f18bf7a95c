"""The dashboard as a web page: ``cygnet serve``, ``cygnet demo`` and ``panel serve apps/dashboard.py``."""

from __future__ import annotations

import signal
import webbrowser
from collections.abc import Callable
from typing import Any

import panel as pn
from tornado.ioloop import IOLoop

from dashboard.models.session import Session
from dashboard.views.design import Cygnet
from dashboard.views.shell import Notices, Shell
from dashboard.views.template import Template
from dashboard.workspace import Workspace

PULL_MS = 1000
"""How often a session looks for new snapshots."""

SHUTDOWN_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def page(workspace: Workspace, notices: Notices = tuple) -> Template:
    """The page of one browser session; call it once per session, with its document current."""
    pn.extension(design=Cygnet, notifications=False)
    session = Session(workspace)
    if pn.state.location:
        # Before the shell is made, so that a deep link opens its own page at once.
        pn.state.location.sync(session, {"page": "page", "batch": "batch", "rule": "rule", "state": "state"})
    shell = Shell(session, notices)
    template = Template(
        main=shell.main,
        nav=shell.nav,
        appearance=shell.appearance,
        health=shell.health.__panel__(),
        identity=shell.identity,
    )

    def start() -> None:
        pn.state.add_periodic_callback(session.pull, period=PULL_MS)

    # Not before the browser has drawn: what is sent to a component that is still loading is lost.
    pn.state.onload(start)
    pn.state.on_session_destroyed(lambda _context: session.close())
    return template


def serve(
    workspace: Workspace,
    *,
    port: int = 5006,
    address: str = "127.0.0.1",
    browser: bool = False,
    notices: Notices = tuple,
    ready: Callable[[str], None] = print,
    **options: Any,
) -> None:
    """Serve the dashboard until SIGINT, SIGTERM or SIGHUP (a closed terminal).

    Parameters
    ----------
    port
        0 takes any free one.
    ready
        Called with the address once the page can be opened.
    options
        More options of `panel.serve`.

    Raises
    ------
    OSError
        When the port is taken.
    """
    origins = [f"{name}:{port}" for name in ("localhost", address)] if port else ["*"]
    server = pn.io.server.get_server(
        {"/": lambda: page(workspace, notices)},
        port=port,
        address=address,
        title="Cygnet",
        websocket_origin=options.pop("websocket_origin", origins),
        start=False,
        show=False,
        **options,
    )
    server.start()
    loop = IOLoop.current()
    for number in SHUTDOWN_SIGNALS:
        signal.signal(number, lambda *_: loop.add_callback_from_signal(loop.stop))
    url = f"http://{address}:{server.port}/"
    ready(url)
    if browser:
        webbrowser.open(url)
    try:
        loop.start()
    finally:
        server.stop()

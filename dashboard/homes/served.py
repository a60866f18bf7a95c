"""The dashboard as a web page: ``cygnet serve``, ``cygnet demo`` and ``panel serve apps/dashboard.py``."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import time
import warnings
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import panel as pn
from bokeh.document import Document
from bokeh.server.server import Server
from bokeh.util.token import generate_secret_key
from bokeh.util.warnings import BokehUserWarning
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.websocket import WebSocketClosedError

from dashboard.homes.leaving import heed
from dashboard.homes.opening import Opening, prepare
from dashboard.homes.watch import Watch
from dashboard.models.session import PAGES, Notices, Session, known
from dashboard.views import workshop
from dashboard.views.address import Address
from dashboard.views.design import Cygnet
from dashboard.views.shell import Shell
from dashboard.views.template import Template
from dashboard.views.warming import warm
from dashboard.views.weight import Weight
from dashboard.workspace import Workspace

FORGET_SECONDS = 2
"""How often is looked for sessions whose browsers have left (those that were lost: for 15 s)."""

SHUTDOWN_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def page(workspace: Workspace, notices: Notices = tuple) -> Template:
    """The page of one browser session; call it once per session, with its document current."""
    prepare()
    template, steps = begin(workspace, notices)
    for _ in steps:
        pass
    return template


def begin(workspace: Workspace, notices: Notices = tuple) -> tuple[Template, Iterator[None]]:
    """The same page without its content, and the steps that fill it."""
    pn.extension(design=Cygnet, notifications=False)
    # What the address asks for, so that a deep link opens its own page at once.
    asked = {name: texts[-1].decode(errors="replace") for name, texts in pn.state.session_args.items()}
    session = Session(workspace, notices, dark=None, **known(asked))
    address = Address(width=0, height=0, margin=0)
    address.link(session)
    shell = Shell(session, empty=True)
    template = Template(
        main=shell.main,
        nav=shell.nav,
        appearance=shell.appearance,
        health=shell.health.__panel__(),
        identity=shell.identity,
        address=address,
    )

    document = pn.state.curdoc

    def run(pull: Callable[[], None]) -> None:
        document.add_next_tick_callback(partial(_in_one, document, pull))

    weight = Weight(document)

    def beside() -> None:
        if workshop.idle(document):
            weight.keep_low()

    watch = Watch(session, run, beside=beside)

    def end(_context: object) -> None:
        watch.stop()
        session.close()

    # Not before the browser has drawn: what is sent to a component that is still loading is lost.
    pn.state.onload(watch.start)
    pn.state.on_session_destroyed(end)
    return template, shell.steps()


def _in_one(document: Document, pull: Callable[[], None]) -> None:
    """What is new goes to the browser in one message."""
    with pn.io.hold(document):
        pull()


def serve(
    workspace: Workspace,
    *,
    port: int = 5006,
    address: str = "127.0.0.1",
    unix_socket: Path | None = None,
    origins: Sequence[str] = (),
    idle: float | None = None,
    browser: bool = False,
    notices: Notices = tuple,
    theirs: Callable[[Workspace], Workspace] = lambda workspace: workspace,
    ready: Callable[[str], None] = print,
    **options: Any,
) -> None:
    """Serve the dashboard until SIGINT, SIGTERM or SIGHUP (a closed terminal).

    Parameters
    ----------
    port
        0 takes any free one.
    unix_socket
        Listen there, for nobody but this user, instead of at a port.
    origins
        Hosts (``name:port``) the page is opened under; empty: this address, or any for a free port or a socket, behind
        which somebody else (jupyter-server-proxy) sees to it.
    idle
        Seconds without a browser after which the server ends by itself; None: never.
    theirs
        Workspace of the person for whom a page is being made; by default everyone's is the same.
    ready
        Called with the address once the page can be opened.
    options
        More options of `panel.serve`.

    Raises
    ------
    OSError
        When the port is taken, or the socket cannot be made.
    """
    _quiet()
    listen: dict[str, Any] = {"unix_socket": str(unix_socket)} if unix_socket else {"port": port, "address": address}
    ours = [f"{name}:{port}" for name in ("localhost", address)] if port and not unix_socket else ["*"]
    server = pn.io.server.get_server(
        {"/": Opening(lambda: begin(theirs(workspace), notices))},
        title="Cygnet",
        websocket_origin=list(origins) or ours,
        # Only who was given the page can open its websocket, whatever page of another host tries.
        sign_sessions=True,
        check_unused_sessions_milliseconds=FORGET_SECONDS * 1000,
        secret_key=generate_secret_key(),
        start=False,
        show=False,
        **listen,
        **options,
    )
    heed(server)
    for name in (*(f"dashboard.views.{page}" for page in PAGES), "holoviews.plotting.bokeh"):
        import_module(name)  # not when the first page is opened: others would wait for it
    # What the libraries brought stays: the collector would halt every page for 0.1 s and more to look through it.
    gc.collect()
    gc.freeze()
    # While jobs are merged or plots made in threads, the event loop gets its turn after 1 ms instead of 5, each time.
    sys.setswitchinterval(0.001)
    server.start()
    warm()
    loop = IOLoop.current()
    for number in SHUTDOWN_SIGNALS:
        signal.signal(number, lambda *_: loop.add_callback_from_signal(loop.stop))
    url = str(unix_socket) if unix_socket else f"http://{address}:{server.port}{server.prefix}/"
    ready(url)
    if idle:
        end_when_idle(server, idle, loop.stop)
    if browser:
        webbrowser.open(url)
    try:
        loop.start()
    finally:
        server.stop()
        if unix_socket:
            unix_socket.unlink(missing_ok=True)


def end_when_idle(server: Server, seconds: float, end: Callable[[], None]) -> None:
    """Call ``end`` when no browser has been connected for so long."""
    used = time.monotonic()

    def look() -> None:
        nonlocal used
        now = time.monotonic()
        if any(session.connection_count for session in server.get_sessions()):
            used = now
        elif now - used > seconds:
            end()

    PeriodicCallback(look, min(seconds, 30) * 500).start()


def _quiet() -> None:
    """Keep from the terminal what only says that a browser has closed its page."""

    def told(record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], WebSocketClosedError))

    logging.getLogger("asyncio").addFilter(told)
    logging.getLogger("panel").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", "reference already known", BokehUserWarning)

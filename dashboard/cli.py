"""The ``cygnet`` command."""

from __future__ import annotations

import argparse
import json
import logging
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard import __version__
from dashboard.domain.problem import Problem

if TYPE_CHECKING:
    from dashboard.sandbox import Sandbox, Status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status: 2 when what it was told (arguments, settings) cannot be, 1 when it fails."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.ERROR, format="%(name)s: %(message)s")
    try:
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except Problem as problem:
        print(f"cygnet: {problem.sentence}", file=sys.stderr)
        return 2 if problem.kind in ("invalid", "missing") else 1
    except KeyboardInterrupt:
        return 130


def demo(options: argparse.Namespace) -> int:
    """Bring up a sandbox that ends with this command, and serve the dashboard on it."""
    from dashboard.sandbox import Sandbox

    sandbox = Sandbox(options.folder)
    if os.isatty(0):
        threading.Thread(target=_end_with_terminal, daemon=True).start()
    failure: list[Exception] = []
    bringing = threading.Thread(target=_bring_up, args=(sandbox, options.fresh, failure), daemon=True)
    bringing.start()
    while bringing.is_alive() and not (sandbox.status().up and sandbox.settings_file().exists()):
        bringing.join(timeout=0.1)
    if failure:
        raise Problem("internal", f"The sandbox does not start: {failure[0]}")
    try:
        return _serve(sandbox.settings_file(), options, lambda: _starting(sandbox))
    finally:
        _say("Stopping the sandbox…")
        sandbox.down()
        _say("Stopped; nothing is left running.")


def _end_with_terminal() -> None:
    # The kernel tells a closed terminal to its first process only, and make (as in ssh -t host make demo) keeps it.
    terminal = select.poll()
    terminal.register(0, 0)
    terminal.poll()
    os.kill(os.getpid(), signal.SIGHUP)


def _bring_up(sandbox: Sandbox, fresh: bool, failure: list[Exception]) -> None:
    from dashboard.sandbox import Unavailable

    try:
        status = sandbox.up(tied=True, fresh=fresh, report=_say)
    except Unavailable as error:
        failure.append(error)
    else:
        for name, engine in status.engines.items():
            if engine.state != "ok":
                _say(f"{name}: {engine.message}")


def _starting(sandbox: Sandbox) -> list[str]:
    engines = sandbox.status().engines.items()
    return [engine.message for _, engine in engines if engine.state in ("starting", "unavailable") and engine.message]


def serve(options: argparse.Namespace) -> int:
    """Serve the dashboard on this machine's own HTCondor and Rucio."""
    # Not left to an option that could be forgotten: without the hub's authentication everybody could act.
    if os.environ.get("JUPYTERHUB_SERVICE_NAME") and not options.unix_socket:
        return _serve_for_hub(options)
    return _serve(options.settings, options, list)


def _serve(settings: Path | None, options: argparse.Namespace, notices: Callable[[], list[str]]) -> int:
    from dashboard.homes import served
    from dashboard.workspace import connect

    browser = not options.no_browser and bool(os.environ.get("DISPLAY") or sys.platform == "darwin")
    with connect(settings) as workspace:
        try:
            served.serve(
                workspace,
                port=options.port,
                address=options.address,
                unix_socket=options.unix_socket,
                origins=options.origin,
                idle=options.idle_minutes * 60 if options.idle_minutes else None,
                browser=browser and not options.unix_socket,
                notices=notices,
                ready=lambda url: _say(f"Cygnet is at {url} ({_end(options.idle_minutes)})"),
            )
        except OSError as error:
            if options.unix_socket:
                sentence = f"The socket {options.unix_socket} cannot be made ({error.strerror}): name another file."
            else:
                sentence = f"Port {options.port} cannot be used ({error.strerror}): give another with --port."
            raise Problem("invalid", sentence) from error
    return 0


def _end(idle_minutes: float | None) -> str:
    unused = f"it ends after {idle_minutes:g} minutes without a browser" if idle_minutes else ""
    # JupyterLab's launcher starts it where nothing can be typed.
    typed = "Ctrl-C ends it" if os.isatty(0) or not unused else ""
    return "; ".join(filter(None, (typed, unused)))


def _serve_for_hub(options: argparse.Namespace) -> int:
    from dashboard.homes import hub
    from dashboard.workspace import connect

    with connect(options.settings) as workspace:
        try:
            hub.serve(workspace, origins=options.origin, ready=lambda url: _say(f"Cygnet is at {url}, for the hub"))
        except OSError as error:
            sentence = f"The hub's url for this service cannot be used ({error.strerror}): give it another port."
            raise Problem("invalid", sentence) from error
    return 0


def doctor(options: argparse.Namespace) -> int:
    """Try each connection and say what mends it."""
    from dashboard.doctor import examine
    from dashboard.settings import load

    findings = []
    for finding in examine(load(options.settings)):
        findings.append(finding)
        if not options.json:
            print(f"{'ok  ' if finding.ok else 'BAD '} {finding.name}: {finding.sentence}")
            if finding.mend:
                print(f"     → {finding.mend}")
    if options.json:
        print(json.dumps([finding.as_dict() for finding in findings], indent=2))
    return 0 if all(finding.ok for finding in findings) else 1


def sandbox_up(options: argparse.Namespace) -> int:
    """Start a sandbox that stays until ``cygnet sandbox down``."""
    from dashboard.sandbox import Sandbox, Unavailable

    quiet = (lambda _line: None) if options.json else _say
    try:
        status = Sandbox(options.folder).up(fresh=options.fresh, database=options.database, report=quiet)
    except Unavailable as error:
        raise Problem("internal", str(error)) from error
    return _tell(status, options)


def sandbox_down(options: argparse.Namespace) -> int:
    """Stop a sandbox; its jobs and data stay for the next time."""
    from dashboard.sandbox import Sandbox

    Sandbox(options.folder).down()
    return sandbox_status(options)


def sandbox_status(options: argparse.Namespace) -> int:
    """Say how a sandbox is."""
    from dashboard.sandbox import Sandbox

    return _tell(Sandbox(options.folder).status(), options)


def _tell(status: Status, options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps(status.as_json(), indent=2))
        return 0
    for name, engine in status.engines.items():
        print(f"{name}: {engine.state} {engine.address} {engine.message}".rstrip())
    print(f"settings: {status.settings}")
    return 0


def _say(line: str) -> None:
    # The terminal may be closed: what is being stopped must be stopped all the same.
    try:
        print(line, flush=True)
    except OSError:
        logging.getLogger(__name__).debug("nobody reads: %s", line)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cygnet", description="One live dashboard for HTCondor jobs and Rucio data.")
    parser.add_argument("--version", action="version", version=f"cygnet {__version__}")
    parser.add_argument("--verbose", action="store_true", help="say more of what happens")
    commands = parser.add_subparsers(required=True, metavar="command")

    command = commands.add_parser("demo", help="a private HTCondor pool and Rucio server with examples, and the page")
    command.set_defaults(command=demo)
    _server_options(command)
    command.add_argument("--fresh", action="store_true", help="forget what an earlier demo left")
    command.add_argument("--folder", type=Path, help="where the sandbox keeps its state")

    command = commands.add_parser("serve", help="the page on this machine's own HTCondor and Rucio")
    command.set_defaults(command=serve)
    _server_options(command)
    command.add_argument("--settings", type=Path, help="settings file (default: CYGNET_SETTINGS, or the machine's own)")

    command = commands.add_parser("doctor", help="try each connection and say what mends it")
    command.set_defaults(command=doctor)
    command.add_argument("--settings", type=Path, help="settings file")
    command.add_argument("--json", action="store_true", help="for programs")

    sandbox = commands.add_parser("sandbox", help="a private HTCondor pool and Rucio server, without the page")
    actions = sandbox.add_subparsers(required=True, metavar="up|down|status")
    for name, function in (("up", sandbox_up), ("down", sandbox_down), ("status", sandbox_status)):
        command = actions.add_parser(name, help=(function.__doc__ or "").rstrip("."))
        command.set_defaults(command=function)
        command.add_argument("--folder", type=Path, help="where the sandbox keeps its state")
        command.add_argument("--json", action="store_true", help="for programs")
        if name == "up":
            command.add_argument("--fresh", action="store_true", help="forget what was there")
            command.add_argument(
                "--database",
                choices=("sqlite", "postgresql"),
                help="what keeps Rucio's tables; PostgreSQL for very many rules (default: as it was, or SQLite)",
            )
    return parser


def _server_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=int, default=5006, help="port of the page (default 5006; 0: any free one)")
    command.add_argument("--address", default="127.0.0.1", help="address to listen at (default 127.0.0.1)")
    command.add_argument("--unix-socket", type=Path, metavar="PATH", help="listen there, for you only, not at a port")
    command.add_argument(
        "--origin", action="append", default=[], metavar="HOST:PORT", help="host the page is opened under (repeatable)"
    )
    command.add_argument(
        "--idle-minutes", type=float, metavar="N", help="end after so long without anybody looking (default: never)"
    )
    command.add_argument("--no-browser", action="store_true", help="do not open a browser")


if __name__ == "__main__":
    sys.exit(main())

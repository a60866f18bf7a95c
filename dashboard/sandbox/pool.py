"""A private HTCondor pool: real daemons, on loopback, for alice and bob."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, ClassVar

from dashboard.sandbox import chroot
from dashboard.sandbox.condor_config import DOMAIN, condor_config, schedd_name
from dashboard.sandbox.engine import Report, free_port, leash, listening
from dashboard.sandbox.unavailable import Unavailable

DEADLINE = 90.0
"""Seconds a pool may take from its start to its first answer."""

QUIET = 10.0
"""Seconds its daemons get to end by themselves."""

REQUEUE = 2.0
"""Seconds running jobs get to return to the queue, usually less than one; one caught starting may take longer."""

ANSWER = (
    'set -e; condor_q -totals; [ -n "$(condor_status -af Name)" ]; [ $(condor_status -schedd -af Name | wc -l) = {} ]'
)
"""Succeeds when the queue answers and the collector knows the startd and so many schedds."""

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

INSTALL = ("RELEASE_DIR", "BIN", "SBIN", "LIB", "LIBEXEC", "SHARE")
"""Where an installation keeps its parts: taken over from its own configuration."""

DEBIAN = {
    "RELEASE_DIR": "/usr",
    "LIB": "/usr/lib/condor",
    "LIBEXEC": "/usr/libexec/condor",
    "SHARE": "/usr/share/condor",
}


class Pool:
    """One pool, in `folder`/pool, with its people's work in `folder`/work.

    As root it runs in a Debian root of our own, where alice and bob are users; as an ordinary user with HTCondor
    installed it runs there, and their jobs run as that user. Several schedds count their clusters each for itself.
    """

    name: ClassVar[str] = "htcondor"

    def __init__(self, folder: Path, report: Report, schedds: int = 1) -> None:
        self.schedds = schedds
        self.folder = folder.resolve()
        self.home = self.folder / "pool"
        self.report = report
        self._config = self.home / "condor_config"
        self._chroot = os.geteuid() == 0
        self._process: subprocess.Popen[str] | None = None

    def settings(self, user: str) -> dict[str, Any]:
        """Return the [htcondor] table for `user` ("alice" or "bob")."""
        return {
            "enabled": True,
            "pool": f"127.0.0.1:{self._port()}",
            "schedd": "" if self.schedds == 1 else [schedd_name(number + 1) for number in range(self.schedds)],
            "owner": user,
            "token_directory": str(self._tokens(user)),
            "config": "ONLY_ENV",
            "interval": 2.0,
            "deadline": 6.0,
            "workdir": str(self._work(user)),
        }

    def up(self) -> None:
        """Start the pool and return when schedd, startd and queue answer (about 5 s).

        Raises
        ------
        Unavailable
            When HTCondor cannot be had on this machine, or does not come up.
        """
        argv = self._prepare()
        self.report("HTCondor: starting the pool…")
        with (self.home / "start.log").open("w") as log:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
                text=True,
            )
        if self._process.stdin:
            with self._process.stdin as go:
                go.write("go\n")
        self._await_answer(self._process)
        for user in chroot.USERS:
            self._make_token(user)

    def down(self) -> None:
        """Stop the pool: fast, its queue is kept."""
        if not self._process:
            return
        pids = self.pids()
        if "master" in pids:
            self._requeue(pids.get("startd"))
            os.kill(pids["master"], signal.SIGQUIT)
        else:
            self._process.kill()
        try:
            self._process.wait(QUIET)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def pids(self) -> dict[str, int]:
        """Return the process id, on this machine, of each daemon: master, collector, negotiator, schedd and startd.

        Further schedds are schedd2 and so on.
        """
        found: dict[str, int] = {}
        mark = f"CONDOR_CONFIG={self._config}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    path, *words = (process / "cmdline").read_bytes().decode().split("\0")
                    program = path.rpartition("/")[2]
                    if program.startswith("condor_"):
                        named = words[words.index("-local-name") + 1].lower() if "-local-name" in words else ""
                        found[named or program.removeprefix("condor_")] = int(process.name)
            except (PermissionError, FileNotFoundError, ProcessLookupError):
                continue  # another's, or gone meanwhile
        return found

    def command(self, *argv: str, user: str | None = None, timeout: float = 30.0) -> str:
        """Run a tool inside the pool, as its administrator or as `user`, and return what it printed.

        Raises
        ------
        Unavailable
            When the pool is not up.
        subprocess.CalledProcessError
            When the tool fails; its `stderr` says why.
        """
        line = list(argv)
        environment = self._environment()
        if self._chroot:
            master = self.pids().get("master")
            if not master:
                raise Unavailable("The sandbox's HTCondor pool is not up.")
            line = chroot.enter(master, user or "root", line)
        elif user:
            environment |= {
                "_CONDOR_SEC_TOKEN_DIRECTORY": str(self._tokens(user)),
                "_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS": "IDTOKENS",
            }
        try:
            return subprocess.run(
                line,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=True,
                timeout=timeout,
            ).stdout
        except subprocess.CalledProcessError as failure:
            failure.add_note(failure.stderr)
            raise

    def _requeue(self, startd: int | None) -> None:
        """End what runs, so that its jobs are idle next time; a schedd ended first would look for them a while."""
        if startd:
            os.kill(startd, signal.SIGQUIT)
        end = time.monotonic() + REQUEUE
        while "shadow" in self.pids() and time.monotonic() < end:
            time.sleep(0.1)

    def _port(self) -> int:
        """Return the pool's port: the one of last time, unless another program has taken it since."""
        file = self.folder / "pool.port"
        if file.exists():
            port = int(file.read_text())
            if not listening(port) or self.pids():
                return port
        port = free_port()
        file.write_text(str(port))
        return port

    def _tokens(self, user: str) -> Path:
        return self.folder / "tokens" / user

    def _work(self, user: str) -> Path:
        return self.folder / "work" / user

    def _environment(self) -> dict[str, str]:
        path = PATH if self._chroot else os.environ["PATH"]
        return {"PATH": path, "CONDOR_CONFIG": str(self._config), "LANG": "C.UTF-8"}

    def _prepare(self) -> list[str]:
        """Make folders and configuration, and return the command that starts the master."""
        master = ["condor_master", "-f"]
        theirs = ["log", "lock", "run", "spool", "execute", *(f"spool{n}" for n in range(2, self.schedds + 1))]
        for folder in (*theirs, "keys", "keys/tokens"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        (self.home / "execute").chmod(0o755)
        (self.home / "keys").chmod(0o700)
        for user in chroot.USERS:
            self._work(user).mkdir(parents=True, exist_ok=True)
            self._tokens(user).mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._chroot:
            root = chroot.debian_root(self.report)
            self.folder.chmod(self.folder.stat().st_mode | 0o111)  # its people must reach their work
            condor, sockets, install, admins = root / "var/lib/condor", Path("/run/condor"), DEBIAN, ["root", "condor"]
            for folder in theirs:
                os.chown(self.home / folder, condor.stat().st_uid, condor.stat().st_gid)
            for user, uid in chroot.USERS.items():
                os.chown(self._work(user), uid, uid)
            argv = chroot.start(root, self.folder, master)
        else:
            install, sockets, admins = _installed(), self.home / "lock", [pwd.getpwuid(os.geteuid()).pw_name]
            argv = leash(["sh", "-c", 'read -r go; exec "$@"', "sh", *master], signal="QUIT")
        text = condor_config(self.home, self._port(), sockets, chroot.USERS, admins, install, self.schedds)
        self._config.write_text(text)
        return argv

    def _await_answer(self, master: subprocess.Popen[str]) -> None:
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if master.poll() is not None:
                said = (self.home / "start.log").read_text().strip() or f"see {self.home / 'log'}"
                raise Unavailable(f"The HTCondor pool ended while it was starting: {said}.")
            try:
                self.command("sh", "-c", ANSWER.format(self.schedds))
            except (subprocess.SubprocessError, Unavailable):
                time.sleep(0.2)  # not yet: ask again
            else:
                return
        raise Unavailable(f"The HTCondor pool did not answer within {DEADLINE:.0f} s: see {self.home / 'log'}.")

    def _make_token(self, user: str) -> None:
        """Give `user` a token by which a client outside the pool is known; made once."""
        file = self._tokens(user) / "token"
        if not file.exists():
            token = self.command("condor_token_create", "-identity", f"{user}@{DOMAIN}")
            new = file.with_name(".new")
            new.touch(mode=0o600)
            new.write_text(token)
            new.rename(file)


def _installed() -> dict[str, str]:
    """Return where the HTCondor on PATH keeps its parts; raises `Unavailable` when there is none."""
    if not shutil.which("condor_master"):
        raise Unavailable(
            "HTCondor cannot be had here: condor_master is not on PATH, and a Debian root for it needs root."
        )
    values = {}
    for name in INSTALL:
        done = subprocess.run(["condor_config_val", name], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            values[name] = done.stdout.strip()
    return values

"""A small Debian with HTCondor inside, made once under the user's cache folder and shared by all sandboxes."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.sandbox.engine import Report, leash, need
from dashboard.sandbox.installation import apt_get
from dashboard.sandbox.unavailable import Unavailable

RECIPE = "htcondor-trixie-1"
"""Name of the root; raise the number when what is put into it changes."""

USERS = {"alice": 20001, "bob": 20002}
"""The sandbox's people and their user ids, the same inside the root and outside."""

# Runs in mount, process and host-name namespaces of its own: nothing done here is seen outside or stays.
START = r"""
set -eu
umask 022
root=$1 folder=$2; shift 2
echo cygnet > "$root/proc/sys/kernel/hostname"
mount --rbind "$root" "$root"  # a mount point, so that jobs can have mounts of their own
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mkdir -p "$root$folder"
mount --bind "$folder" "$root$folder"
read -r go  # our keeper is there: else it died before the leash was on
chroot "$root" "$@"  # not exec: a process that changes its user, as condor_master does, slips the leash
exit $?
"""


def cache() -> Path:
    """Return the user's cache folder for Cygnet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cygnet"


@contextmanager
def _alone(lock: Path, report: Report) -> Iterator[None]:
    """Hold `lock`, so that two sandboxes starting at once make one root."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("HTCondor: waiting for another sandbox that is making the Debian root…")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(argv: list[str], what: str, report: Report) -> None:
    """Run a step of the installation, reporting its notes ("I: …"); raises `Unavailable` with its last words."""
    last = ""
    with subprocess.Popen(
        leash(argv, namespaces=["--mount-proc"]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            last = line.strip() or last
            if last.startswith("I: ") and not last.startswith("I: success"):
                report(f"HTCondor: {last.removeprefix('I: ')}")
    if process.returncode:
        raise Unavailable(f"HTCondor cannot be had here: {what} failed ({last}).")


def debian_root(report: Report) -> Path:
    """Return the Debian root, made first if this user has none (half a minute, 310 MB, needs root and the network).

    Raises
    ------
    Unavailable
        When a tool is missing or a package cannot be had.
    """
    need("unshare", "setpriv", "nsenter", "chroot")
    root = cache() / RECIPE
    if root.is_dir():
        return root
    root.parent.mkdir(parents=True, exist_ok=True)
    with _alone(root.with_suffix(".lock"), report):
        if not root.is_dir():
            _make(root, report)
    return root


def _make(root: Path, report: Report) -> None:
    if not shutil.which("mmdebstrap"):
        if not shutil.which("apt-get"):
            raise Unavailable(
                "HTCondor cannot be had here: a Debian root for it is made by mmdebstrap, which is not on PATH."
            )
        report("HTCondor: installing mmdebstrap with apt-get…")
        with apt_get():
            _run(["apt-get", "-q", "update"], "apt-get update", report)
            _run(
                ["apt-get", "-qy", "--no-install-recommends", "install", "mmdebstrap"], "installing mmdebstrap", report
            )
    making = root.with_suffix(".making")
    shutil.rmtree(making, ignore_errors=True)
    report("HTCondor: making a Debian root with HTCondor in it, once (about half a minute)…")
    packages = "--include=htcondor,python3-minimal"
    _run(["mmdebstrap", "--variant=minbase", packages, "trixie", str(making)], "making the Debian root", report)
    for user, uid in USERS.items():
        _run(
            ["chroot", str(making), "useradd", "--create-home", "--uid", str(uid), user], f"adding user {user}", report
        )
    with (making / "etc/hosts").open("a") as hosts:
        hosts.write("127.0.0.1 cygnet\n")
    (making / "root").chmod(0o755)  # the sandbox's folder may lie below it, and ordinary users must reach theirs
    making.rename(root)


def start(root: Path, folder: Path, argv: list[str]) -> list[str]:
    """Return the command that runs `argv` in `root` with `folder` at its own path; it begins once it reads a line."""
    namespaces = ["--uts", f"--mount-proc={root}/proc"]
    return leash(["sh", "-c", START, "sh", str(root), str(folder), *argv], namespaces=namespaces)


def enter(process: int, user: str, argv: list[str]) -> list[str]:
    """Return the command that runs `argv` as `user` where `process` (a host process id) runs."""
    where = ["nsenter", "--target", str(process), "--mount", "--pid", "--uts", "--root", "--wd=/"]
    return [*where, "--", "setpriv", "--reuid", user, "--regid", user, "--init-groups", *argv]

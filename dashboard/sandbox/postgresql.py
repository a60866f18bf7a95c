"""A private PostgreSQL for the sandbox's Rucio server: only on a socket in its folder, never on the network."""

import os
import shutil
import subprocess
from pathlib import Path

from dashboard.sandbox.engine import Report, leash, need
from dashboard.sandbox.installation import apt_get
from dashboard.sandbox.unavailable import Unavailable

PROGRAMS = "/usr/lib/postgresql"
"""Where Debian puts the servers, in a folder for each version."""

CONFIGURATION = Path("/etc/postgresql-common/createcluster.conf")
"""Without it Debian starts a server of its own when the package is installed."""

LONGEST_SOCKET = 107
"""Bytes of a socket's path that the kernel takes."""

# Ends with our standard input, which only its starter holds. PostgreSQL refuses to run as root, so as root it is run
# as its own user, who sees the folder at /mnt: the real path may lead through folders that are closed to others.
RUN = r"""
set -eu
programs=$1 folder=$2 user=$3
if [ "$user" ]; then
    mount --bind "$folder" /mnt
    folder=/mnt
    as="setpriv --reuid $user --regid $user --clear-groups"
fi
cd /
run() { program=$1; shift; exec ${as:-} "$programs/$program" "$@" </dev/null; }
if [ ! -d "$folder/data" ]; then
    rm -rf "$folder/making"
    (run initdb --pgdata="$folder/making" --username=rucio --auth=trust --encoding=UTF8 --no-locale --no-sync)
    mv "$folder/making" "$folder/data"
fi
rm -f "$folder/data/postmaster.pid"  # of one that was killed; this folder is ours alone
run postgres -D "$folder/data" -k "$folder" -c listen_addresses= -c unix_socket_permissions=0700 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c jit=off &
cat >/dev/null || true
kill -INT "$!" || true
wait "$!"
"""


def programs(report: Report) -> Path:
    """Return the folder of PostgreSQL's programs, installed now when this is Debian and we are root.

    Raises
    ------
    Unavailable
        When there are none and they cannot be had; the text says what to do.
    """
    if found := _installed():
        return found
    if os.geteuid() or not shutil.which("apt-get"):
        raise Unavailable("Rucio cannot use PostgreSQL here: it is not installed (sudo apt install postgresql).")
    report("Rucio: installing PostgreSQL with apt-get…")
    if not CONFIGURATION.exists():
        CONFIGURATION.parent.mkdir(exist_ok=True)
        CONFIGURATION.write_text("create_main_cluster = false\n")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with apt_get():
        for arguments in (["update"], ["-y", "--no-install-recommends", "install", "postgresql"]):
            command = leash(["apt-get", "-q", *arguments])
            done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                raise Unavailable(f"Rucio cannot use PostgreSQL here: apt-get {arguments[-1]} failed ({last}).")
    if found := _installed():
        return found
    raise Unavailable(f"Rucio cannot use PostgreSQL here: it was installed, but is not in {PROGRAMS}.")


def _installed() -> Path | None:
    found = [path.parent for path in Path(PROGRAMS).glob("*/bin/initdb")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


def prepare(folder: Path) -> None:
    """Make the folder of a database, closed to everybody but its user.

    Raises
    ------
    Unavailable
        When no socket can be made there.
    """
    if len(os.fsencode(folder / ".s.PGSQL.5432")) > LONGEST_SOCKET:
        raise Unavailable(f"PostgreSQL cannot have its socket in {folder}: choose a folder with a shorter path.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.geteuid():
        shutil.chown(folder, "postgres", "postgres")


def command(where: Path, folder: Path) -> list[str]:
    """Return the command that runs PostgreSQL's programs ``where`` on the database in ``folder``."""
    user = "" if os.geteuid() else "postgres"
    run = ["sh", "-c", RUN, "sh", str(where), str(folder), user]
    if not user:
        return run
    need("unshare", "setpriv")
    return leash(run, namespaces=["--mount-proc", "--ipc"])


def answers(where: Path, folder: Path) -> bool:
    """Whether the database in ``folder`` takes connections."""
    return (
        subprocess.run([where / "pg_isready", "-q", "-h", folder, "-U", "rucio"], stdin=subprocess.DEVNULL).returncode
        == 0
    )


def url(folder: Path) -> str:
    """Return the database's address as SQLAlchemy takes it."""
    return f"postgresql+psycopg://rucio@/postgres?host={folder}"

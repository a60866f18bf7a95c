"""The pool of the sandbox is real, is its owner's, and leaves nothing behind."""

import os
import signal
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.sandbox import Sandbox
from dashboard.sandbox.pool import Pool

SHORT = {"engines": ("htcondor",), "report": lambda _: None}


def until(true: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def processes(folder: Path) -> list[str]:
    """Return every process, but ourselves, that names `folder` in its command or environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if int(process.name) != os.getpid() and any(bytes(folder) in word for word in words):
            found.append(f"{process.name} {words[0]!r}")
    return found


def nothing_left(folder: Path) -> bool:
    return not processes(folder) and str(folder) not in Path("/proc/self/mounts").read_text()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Sandbox]:
    own = Sandbox(tmp_path / "box")
    yield own
    own.down()


def jobs(pool: Pool, user: str, batch: str, *attributes: str) -> list[list[str]]:
    constraint = f'JobBatchName == "{batch}" && Owner == "{user}"'
    out = pool.command("condor_q", "-allusers", "-constraint", constraint, "-af:jt", *attributes, user=user)
    return [line.split("\t") for line in out.splitlines()]


def test_settings_files_are_private_and_name_the_pool(sandbox: Sandbox, pool: Pool) -> None:
    for user in ("alice", "bob"):
        file = sandbox.settings_file(user)
        table = tomllib.loads(file.read_text())["htcondor"]
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert (table["owner"], table["config"], table["schedd"]) == (user, "ONLY_ENV", "")
        assert table["pool"] == sandbox.status().engines["htcondor"].address
        assert stat.S_IMODE((Path(table["token_directory"]) / "token").stat().st_mode) == 0o600
    assert {"master", "collector", "negotiator", "schedd", "startd"} <= pool.pids().keys()


def opened(link: Path) -> str:
    """What a daemon has open there; nothing when it has closed it meanwhile."""
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""


def test_all_daemons_listen_on_loopback_only(pool: Pool) -> None:
    mine = {opened(link) for pid in pool.pids().values() for link in Path(f"/proc/{pid}/fd").glob("*")}
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = row.split()
            if f"socket:[{columns[9]}]" in mine:
                assert columns[1].startswith("0100007F"), row


def test_jobs_run_as_their_owner(pool: Pool) -> None:
    work = Path(pool.settings("bob")["workdir"])
    description = work / "whoami.sub"
    description.write_text(
        f"executable=/usr/bin/id\narguments=-un\ninitialdir={work}\noutput=whoami.out\nlog=whoami.log\n"
        "transfer_executable=false\nrequest_memory=64MB\nqueue\n"
    )
    description.chmod(0o644)
    cluster = pool.command("condor_submit", "-terse", str(description), user="bob").split(".")[0]
    pool.command("condor_wait", "-wait", "100", str(work / "whoami.log"), cluster, user="bob", timeout=110)
    assert (work / "whoami.out").read_text() == "bob\n"


def test_someone_elses_job_cannot_be_held(pool: Pool) -> None:
    work = Path(pool.settings("bob")["workdir"])
    description = work / "waits.sub"
    description.write_text(f"executable=/bin/true\ninitialdir={work}\nrequirements=false\nrequest_memory=64MB\nqueue\n")
    description.chmod(0o644)
    job = pool.command("condor_submit", "-terse", str(description), user="bob").split()[0]
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        pool.command("condor_hold", job, user="alice")
    assert "Permission denied" in refusal.value.stderr
    assert pool.command("condor_q", job, "-af", "JobStatus", user="bob").strip() == "1"
    pool.command("condor_rm", job, user="bob")


def test_a_job_over_its_memory_is_held_with_the_reason(pool: Pool) -> None:
    until(lambda: any(row[1] == "5" for row in jobs(pool, "alice", "unfold", "JobStatus")), 120)
    held = next(
        row for row in jobs(pool, "alice", "unfold", "JobStatus", "HoldReasonSubCode", "HoldReason") if row[1] == "5"
    )
    assert held[2] == "102"
    assert "memory usage exceeded request_memory" in held[3]


def test_a_job_without_its_input_is_held_with_the_file_name(pool: Pool) -> None:
    until(lambda: jobs(pool, "alice", "merge-ntuples", "JobStatus")[-1][1] == "5", 180)
    held = jobs(pool, "alice", "merge-ntuples", "HoldReasonCode", "HoldReason")[-1]
    assert held[1] == "13"
    assert "ntuple_2.root" in held[2]
    assert "No such file" in held[2]


def test_a_batch_that_asks_too_much_waits(pool: Pool) -> None:
    assert {row[1] for row in jobs(pool, "alice", "skim-data24", "JobStatus")} == {"1"}


def test_down_leaves_nothing_and_the_queue_is_kept(own: Sandbox) -> None:
    first = own.up(tied=True, **SHORT)
    assert first.engines["htcondor"].seed == "done"
    pool = Pool(own.folder, print)
    queue = pool.command("condor_q", "-allusers", "-af:j", "JobBatchName")
    own.down()
    assert not own.status().up
    until(lambda: nothing_left(own.folder), 3)

    begin = time.monotonic()
    again = own.up(tied=True, **SHORT)
    assert time.monotonic() - begin < 15
    assert again.engines["htcondor"].address == first.engines["htcondor"].address
    assert pool.command("condor_q", "-allusers", "-af:j", "JobBatchName") == queue
    assert own.up(**SHORT).keeper == again.keeper  # already up: nothing happens


def test_a_killed_keeper_leaves_nothing(own: Sandbox) -> None:
    keeper = own.up(tied=True, seed=False, **SHORT).keeper
    assert processes(own.folder)
    os.kill(keeper, signal.SIGKILL)
    until(lambda: nothing_left(own.folder), 3)
    assert not own.status().up


def test_a_tied_sandbox_ends_with_its_killed_starter(tmp_path: Path) -> None:
    own = Sandbox(tmp_path / "box")
    program = (
        "import sys, pathlib; from dashboard.sandbox import Sandbox\n"
        "box = Sandbox(pathlib.Path(sys.argv[1])); box.up(tied=True, seed=False, engines=('htcondor',))\n"
        "print('up', flush=True); sys.stdin.read()"
    )
    starter = [sys.executable, "-c", program, str(own.folder)]
    with subprocess.Popen(starter, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line == "up\n" for line in process.stdout)
        assert own.status().engines["htcondor"].state == "ok"
        process.kill()
    until(lambda: nothing_left(own.folder), 20)


def test_an_ended_engine_is_said_to_be_down(own: Sandbox) -> None:
    own.up(tied=True, seed=False, **SHORT)
    os.kill(Pool(own.folder, print).pids()["master"], signal.SIGKILL)
    until(lambda: own.status().engines["htcondor"].state == "down", 10)
    assert own.status().engines["htcondor"].message == "HTCondor has ended."


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(Exception, match="holds other files"):
        Sandbox(tmp_path).up(fresh=True, **SHORT)
    assert (tmp_path / "thesis.tex").exists()

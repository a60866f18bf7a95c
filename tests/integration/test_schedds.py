"""Two real schedds that give the same numbers to different jobs, as one workspace; one falls silent and dies."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import dashboard
from dashboard.sandbox.pool import Pool
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.workspace import Workspace
from tests.awaiting import awaited

SLEEPERS = "executable = /bin/sleep\narguments = 600\nqueue 3\n"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    pool = Pool(tmp_path_factory.mktemp("schedds"), print, schedds=2)
    pool.up()
    yield pool
    pool.down()


@pytest.fixture(scope="module")
def alice(both: Pool) -> Settings:
    table = both.settings("alice")
    condor = HTCondorSettings(**table | {"schedd": tuple(table["schedd"]), "interval": 1.0, "deadline": 3.0})
    return Settings(condor, RucioSettings(), both.folder / "state")


def asked(pool: Pool, number: int) -> dict[str, str]:
    """What HTCondor's own tool says of one schedd: id → JobStatus; removed jobs that have not gone yet are left out."""
    out = pool.command("condor_q", "-name", f"schedd{number}@sandbox", "-allusers", "-af:j", "JobStatus")
    rows = (line.split() for line in out.splitlines())
    return {f"{job_id}@schedd{number}": status for job_id, status in rows if status != "3"}


def agreed(ws: Workspace, pool: Pool) -> bool:
    """Whether the page counts and tells the queue as HTCondor's own tools do."""
    ws.refresh()
    frame = ws.jobs.frame()
    live = frame[~frame["state"].isin(["done", "failed", "removed"])]
    told = {job_id: "5" if state == "held" else "" for job_id, state in live["state"].items()}
    batches = ws.jobs.batches()
    counted = int((batches["total"] - batches[["done", "failed", "removed"]].sum(axis=1)).sum())
    theirs = asked(pool, 1) | asked(pool, 2)
    return told == {job_id: "5" if status == "5" else "" for job_id, status in theirs.items()} and counted == len(told)


def test_two_schedds_are_one_workspace_whatever_becomes_of_one(both: Pool, alice: Settings, tmp_path: Path) -> None:
    with dashboard.connect(alice) as ws:
        assert ws.schedds == ("schedd1", "schedd2")
        first, second = ws.submit(SLEEPERS), ws.submit(SLEEPERS, schedd="schedd2")
        assert (first.batch, second.batch) == ("1@schedd1", "1@schedd2")
        assert list(first.frame().index) == [f"1.{n}@schedd1" for n in range(3)]
        assert list(second.frame()["schedd"].unique()) == ["schedd2@sandbox"]
        assert ws.jobs.batches()["total"].to_dict() == {"1@schedd1": 3, "1@schedd2": 3}
        assert ws.jobs.ad("1.2@schedd2")["ProcId"] == "2"

        # Each action meets the job meant, and not its namesake.
        assert ws.hold("1.0@schedd2").ids("done") == ("1.0@schedd2",)
        assert asked(both, 2)["1.0@schedd2"] == "5"
        assert "5" not in asked(both, 1).values()
        told = ws.remove(["1.1@schedd1", "1.2@schedd2", "1.7@schedd1"])
        assert (told.ids("done"), told.ids("missing")) == (("1.1@schedd1", "1.2@schedd2"), ("1.7@schedd1",))
        assert asked(both, 1).keys() == {"1.0@schedd1", "1.2@schedd1"}
        assert asked(both, 2).keys() == {"1.0@schedd2", "1.1@schedd2"}
        awaited(lambda: agreed(ws, both), "the same as condor_q says", 20)

        # One falls silent: what the other has lives on, and what is missing is said.
        silent = both.pids()["schedd2"]
        os.kill(silent, signal.SIGSTOP)
        ws.refresh()
        begin = time.monotonic()
        assert ws.release("1.0@schedd1").ids("skipped") == ("1.0@schedd1",)
        third = ws.submit(SLEEPERS)
        assert len(third.frame()) == 3
        assert time.monotonic() - begin < alice.htcondor.deadline
        awaited(lambda: ws.health["htcondor"].state == "part", "the silence", 20)
        health = ws.health["htcondor"]
        assert health.brief == "without schedd2 (1 of 2 not answering)"
        assert "its jobs are shown as of" in health.reason
        assert ws.jobs.batches()["total"].to_dict() == {"2@schedd1": 3, "1@schedd1": 3, "1@schedd2": 3}

        # Who comes now does not know its jobs, and no number says otherwise.
        late = replace(alice, folder=tmp_path, htcondor=replace(alice.htcondor, interval=0.9))
        with dashboard.connect(late) as other:
            with pytest.warns(UserWarning, match=r"schedd2 is not answering .* missing from all numbers"):
                batches = other.jobs.batches()
            assert batches["total"].to_dict() == {"2@schedd1": 3, "1@schedd1": 3}
            assert not other.jobs.look().complete
            assert other.hold("1.2@schedd1").ok
            # It dies; HTCondor starts another, which finds its jobs again.
            os.kill(silent, signal.SIGKILL)
            for workspace in (ws, other):
                awaited(lambda workspace=workspace: workspace.health["htcondor"].state == "ok", "the restart", 60)
                awaited(lambda workspace=workspace: agreed(workspace, both), "the same as condor_q says", 30)
        assert ws.remove(["1@schedd1", "2@schedd1", "1@schedd2"]).ok
        assert asked(both, 1) == asked(both, 2) == {}
        ended = {f"{job}@schedd1" for job in ("1.0", "1.1", "1.2", "2.0", "2.1", "2.2")}
        ended |= {f"1.{n}@schedd2" for n in range(3)}
        awaited(lambda: set(ws.history.frame(state="removed").index) == ended, "all of both in the history", 30)

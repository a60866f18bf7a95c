"""Whatever happens in the queue, what Cygnet shows is what condor_q and condor_history say."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

import dashboard
from dashboard.domain import job
from dashboard.sandbox import Sandbox
from dashboard.sandbox.pool import Pool
from dashboard.workspace import Workspace
from tests.awaiting import awaited

SECONDS = 40
"""How long things happen."""

LOOKS = 20
"""How often what is shown is compared meanwhile, at any moment."""

DESCRIPTION = """\
executable = /bin/sh
arguments = "-c 'sleep {sleep}; exit {code}'"
batch_name = churn
hold = {hold}
request_memory = 1
queue {count}
"""

FLAGS = ("ExitBySignal", *job.MOVING)

FACTORY = "max_materialize = 3\n"


@pytest.fixture
def bob(sandbox: Sandbox) -> Iterator[Workspace]:
    with dashboard.connect(sandbox.settings_file("bob")) as workspace:
        yield workspace


class Churn:
    """Submits, holds, releases, removes, edits and evicts as Bob would at a terminal, which Cygnet is not told of."""

    def __init__(self, pool: Pool, bob: Workspace) -> None:
        self.pool, self.bob = pool, bob
        self.chance = random.Random(7)  # noqa: S311  not a secret
        self.clusters: list[int] = []

    def truth(self) -> dict[str, str]:
        """State of each job of ours in the queue, by condor_q, and of those that left it, by condor_history."""
        said = self.pool.command("condor_q", "-all", *self._asked())
        gone = self.pool.command("condor_history", "-limit", "20000", *self._asked())
        return self._states(gone) | self._states(said)

    def _asked(self) -> list[str]:
        mine = " || ".join(f"ClusterId == {cluster}" for cluster in self.clusters)
        attributes = ("ClusterId", "ProcId", "JobStatus", "ExitCode", "HoldReasonCode", *FLAGS)
        return ["-constraint", mine, "-af", *attributes]

    def _states(self, said: str) -> dict[str, str]:
        found = {}
        for line in said.splitlines():
            cluster, proc, status, code, hold, *flags = line.split()
            ad = {"JobStatus": int(status)} | {name: value == "true" for name, value in zip(FLAGS, flags, strict=True)}
            ad |= {"ExitCode": int(code)} if code.isdecimal() else {}
            ad |= {"HoldReasonCode": int(hold)} if hold.isdecimal() else {}
            found[f"{cluster}.{proc}"] = str(job.state(ad))
        return found

    def submit(self) -> None:
        pick = self.chance.choice
        text = DESCRIPTION.format(
            sleep=pick([0, 1, 5, 60]), code=pick([0, 0, 1]), hold=pick(["False", "True"]), count=pick([1, 5, 30])
        )
        text = pick(["", FACTORY]) + text
        self.clusters.append(self.bob.submit(text).cluster)

    def act(self) -> None:
        """Something happens to a cluster, a job of it, or all."""
        cluster = self.chance.choice(self.clusters)
        target = self.chance.choice([str(cluster), f"{cluster}.0", f"{cluster}.1", f"{cluster}.2"])
        command = self.chance.choice(
            [["condor_hold"], ["condor_release"], ["condor_release"], ["condor_rm"], ["condor_vacate_job", "-fast"]]
        )
        with suppress(subprocess.CalledProcessError):  # nothing there any more, or in another state
            self.pool.command(*command, target, user="bob")


def test_any_moment_is_right_after_a_tick(pool: Pool, bob: Workspace) -> None:
    churn = Churn(pool, bob)
    end = time.monotonic() + SECONDS
    looks = 0
    while time.monotonic() < end or looks < LOOKS:
        churn.submit() if churn.chance.random() < 0.25 or not churn.clusters else churn.act()
        if churn.chance.random() < 0.6:
            compare(churn)
            looks += 1
    pool.command("condor_rm", *(str(cluster) for cluster in churn.clusters), user="bob")
    awaited(lambda: not set(compare(churn).values()) & set(job.LIVE), "the end of all jobs")


def compare(churn: Churn) -> dict[str, str]:
    """What is shown, once it was the truth both before and after it was told."""

    def agreed() -> dict[str, str] | None:
        before = churn.truth()
        churn.bob.refresh()
        frame = churn.bob.jobs.frame()
        ours = frame[frame["cluster"].isin(churn.clusters)]
        shown = dict(zip(ours.index, ours["state"].astype(str), strict=True))
        return shown if shown == before or shown == churn.truth() else None

    # The pool goes on meanwhile: jobs start and end between two questions.
    return awaited(agreed, "the truth", 20)

"""Whatever happens in the queue, what Cygnet shows is what condor_q and condor_history say."""

from __future__ import annotations

import logging
import os
import random
import shlex
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

import dashboard
from dashboard.domain import job
from dashboard.sandbox import Sandbox
from dashboard.sandbox.pool import Pool
from dashboard.workspace import Workspace
from tests.awaiting import awaited

SECONDS = int(os.environ.get("CYGNET_TEST_CHURN", "40"))
"""How long things happen."""

LOOKS = SECONDS // 2
"""How often what is shown is compared meanwhile, at any moment."""

DESCRIPTION = """\
executable = /bin/sh
arguments = "-c 'sleep {sleep}; exit {code}'"
batch_name = churn
hold = {hold}
request_memory = 1
queue {count}
"""

log = logging.getLogger(__name__)

FLAGS = ("ExitBySignal", *job.MOVING)

FACTORY = "max_materialize = 3\n"


class Job(NamedTuple):
    """What is compared of a job."""

    state: str
    memory: int


@pytest.fixture
def bob(sandbox: Sandbox) -> Iterator[Workspace]:
    with dashboard.connect(sandbox.settings_file("bob")) as workspace:
        yield workspace


class Churn:
    """Submits, holds, releases, removes and evicts as Bob would at a terminal, which Cygnet is not told of; and edits.

    Cygnet sees edits made elsewhere only every few minutes, so these are made with it.
    """

    def __init__(self, pool: Pool, bob: Workspace) -> None:
        self.pool, self.bob = pool, bob
        self.chance = random.Random(7)  # noqa: S311  not a secret
        self.clusters: list[int] = []
        self.looks = self.compared = self.again = self.late = 0

    def truth(self) -> dict[str, Job]:
        """Each job of ours in the queue, by condor_q, and those that left it, by condor_history."""
        queue = shlex.join(["condor_q", "-all", *self._asked()])
        history = shlex.join(["condor_history", "-limit", "20000", *self._asked()])
        said, gone = self.pool.command("sh", "-c", f"{queue} && echo and && {history}").split("and\n")
        return self._states(gone) | self._states(said)

    def _asked(self) -> list[str]:
        mine = " || ".join(f"ClusterId == {cluster}" for cluster in self.clusters)
        attributes = ("ClusterId", "ProcId", "JobStatus", "ExitCode", "HoldReasonCode", "RequestMemory", *FLAGS)
        return ["-constraint", mine, "-af", *attributes]

    def _states(self, said: str) -> dict[str, Job]:
        found = {}
        for line in said.splitlines():
            cluster, proc, status, code, hold, memory, *flags = line.split()
            ad = {"JobStatus": int(status)} | {name: value == "true" for name, value in zip(FLAGS, flags, strict=True)}
            ad |= {"ExitCode": int(code)} if code.isdecimal() else {}
            ad |= {"HoldReasonCode": int(hold)} if hold.isdecimal() else {}
            found[f"{cluster}.{proc}"] = Job(str(job.state(ad)), int(memory))
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

    def edit(self) -> None:
        """A job, or all of a cluster, wants more or less memory; some are gone already."""
        cluster = self.chance.choice(self.clusters)
        target = self.chance.choice([str(cluster), f"{cluster}.0", f"{cluster}.1"])
        self.bob.edit(target, {"RequestMemory": self.chance.choice([1, 2, 3])})


@pytest.mark.timeout(260 + SECONDS)
def test_any_moment_is_right_after_a_tick(pool: Pool, bob: Workspace) -> None:
    churn = Churn(pool, bob)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end or churn.looks < LOOKS:
        happens = [churn.submit, churn.edit, *[churn.act] * 3] if churn.clusters else [churn.submit]
        churn.chance.choice(happens)()
        if churn.chance.random() < 0.6:
            compare(churn)
            churn.looks += 1
    pool.command("condor_rm", *(str(cluster) for cluster in churn.clusters), user="bob")
    awaited(lambda: not {one.state for one in compare(churn).values()} & set(job.LIVE), "the end of all jobs")
    told = f"{churn.looks} looks at up to {len(churn.truth())} jobs of {len(churn.clusters)} batches"
    again = f"{churn.again} of {churn.compared} comparisons were made again, for the pool had gone on"
    log.info("%s; %s; in %d of these a job was shown otherwise that had not changed", told, again, churn.late)


def compare(churn: Churn) -> dict[str, Job]:
    """What is shown after a tick, once it was the truth before or after that tick."""
    poller = churn.bob._poller("htcondor")
    wrong: set[tuple[str, Job | None, Job | None]] = set()

    def agreed() -> dict[str, Job] | None:
        before, begun = churn.truth(), datetime.now(UTC).replace(microsecond=0)
        assert poller.after_tick(20)
        # A tick may fail on a busy machine: what is shown is said to be old then, until all is read again.
        while not (poller.snapshot.complete and poller.snapshot.time and poller.snapshot.time >= begun):
            assert poller.after_tick(20)
        snapshot = poller.snapshot
        ours = snapshot.frame[snapshot.frame["cluster"].isin(churn.clusters)]
        found = zip(ours["state"].astype(str), ours["memory_mib"].astype(int), strict=True)
        shown = dict(zip(ours.index, (Job(*one) for one in found), strict=True))
        churn.compared += 1
        if shown != before and shown != (after := churn.truth()):
            churn.again += 1
            # A job may have changed to and fro meanwhile; what is wrong after the next tick, too, is wrong.
            still = {key for key in before.keys() | shown.keys() if before.get(key) == after.get(key) != shown.get(key)}
            found_wrong = {(key, shown.get(key), after.get(key)) for key in still}
            assert not wrong & found_wrong, f"(job, shown, is): {wrong & found_wrong}"
            churn.late += bool(found_wrong)
            unlike = [key for key in shown.keys() | after.keys() if shown.get(key) != after.get(key)]
            log.info("%d jobs are no longer as shown: %s", len(unlike), unlike[:5])
            wrong.clear()
            wrong.update(found_wrong)
            return None
        batches = snapshot.totals["batches"][[*job.JobState, "lost"]].reindex(map(str, churn.clusters), fill_value=0)
        counts = {(key, name): int(count) for key, row in batches.iterrows() for name, count in row.items() if count}
        assert counts == Counter((key.partition(".")[0], one.state) for key, one in shown.items())
        return shown

    # The pool goes on meanwhile: jobs start and end between two questions.
    return awaited(agreed, "the truth", 20)

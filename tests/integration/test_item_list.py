"""Ten thousand jobs from a list of items: one cluster, all of them known, and nobody is kept waiting meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

import dashboard
from dashboard.sandbox import Sandbox
from dashboard.sandbox.pool import Pool
from dashboard.workspace import Workspace
from tests.awaiting import awaited
from tests.integration.test_faults import worst_lag

JOBS = 10_000
DESCRIPTION = "executable = /bin/true\narguments = $(sample) $(seed)\nrequest_cpus = 512\nqueue\n"


@pytest.fixture
def alice(sandbox: Sandbox) -> Iterator[Workspace]:
    with dashboard.connect(sandbox.settings_file("alice")) as workspace:
        workspace.jobs.frame()
        yield workspace


async def test_ten_thousand_items_are_one_cluster_and_keep_nobody_waiting(alice: Workspace, pool: Pool) -> None:
    items = [{"sample": f"mc26.{number // 100:03}", "seed": str(number)} for number in range(JOBS)]
    submitting = asyncio.create_task(asyncio.to_thread(alice.submit, DESCRIPTION, items))
    lags = []
    while not submitting.done():
        lags.append(await worst_lag(0.2))
    batch = await submitting
    try:
        assert batch.count == JOBS
        assert alice.jobs.look().totals["batches"].loc[batch.batch, "total"] == JOBS  # be the rows still to come
        reading = asyncio.create_task(asyncio.to_thread(batch.frame))
        while not reading.done():
            lags.append(await worst_lag(0.2))
        assert len(await reading) == JOBS
        wanted = {f"{item['sample']} {item['seed']}" for item in items}
        assert set(batch.frame()["arguments"]) == wanted
        told = pool.command("condor_q", str(batch.cluster), "-af", "Args").splitlines()
        assert set(told) == wanted
        assert max(lags) < 0.1
    finally:
        assert alice.remove(batch.batch).counts == {"done": JOBS}
    awaited(lambda: set(batch.frame()["state"]) == {"removed"}, "the removal")

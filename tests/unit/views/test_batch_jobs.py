"""The jobs of the open batch, page by page."""

import pytest

from dashboard.models.session import Session
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.jobs import JobsPage
from dashboard.workspace import Workspace
from tests.unit.views.test_jobs import T, ad, done, settled, snapshot


@pytest.fixture
async def session(tmp_path):
    with Workspace(Settings(HTCondorSettings(), RucioSettings(), tmp_path)) as workspace:
        yield Session(workspace, page="jobs", batch="7", tab="jobs")
        await settled()


def shown(session, ads, version=1):
    session.jobs = snapshot(ads, version)
    page = JobsPage(session)
    page.update()
    return page


async def test_a_running_job_has_run_until_now_and_is_in_that_order(session):
    running = {"JobStartDate": T - 5000, "RemoteWallClockTime": 5.0}
    ads = [
        done(7, 0, RemoteWallClockTime=500.0),
        *(ad(7, n, 2, JobCurrentStartDate=T - 95 * n, **running) for n in (1, 9)),
    ]
    table = shown(session, ads)._detail._jobs.part._table
    assert [row["run_s"] for row in table.rows] == ["8 min 20 s", "1 min 40 s", "14 min"]
    table.sort = "-run_s"
    assert [row["id"] for row in table.rows] == ["7.9", "7.0", "7.1"]


async def test_page_order_selection_and_open_job_outlive_a_refresh(session):
    ads = [ad(7, n, 1) for n in range(120)]
    page = shown(session, ads)
    table = page._detail._jobs.part._table
    table.param.update(sort="-job", page=2, selected=["7.69", "7.3"], opened="7.60")
    before = [row["id"] for row in table.rows]
    assert before[0] == "7.69"
    session.jobs = snapshot([*ads[:60], ad(7, 60, 2), *ads[61:]], 2)
    page.update()
    assert [row["id"] for row in table.rows] == before
    assert (table.page, table.sort, table.opened, table.selected) == (2, "-job", "7.60", ["7.69", "7.3"])
    assert list(page._detail._actions.ids["remove"]) == ["7.3", "7.69"]
    assert "Running" in page._detail._jobs.part._ad._words.object

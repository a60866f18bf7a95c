import asyncio
import gc
import weakref
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from dashboard.domain import batch, job
from dashboard.domain.health import Health
from dashboard.domain.outcome import Item, Outcome
from dashboard.domain.units import about
from dashboard.feed.snapshot import Snapshot
from dashboard.models.session import Session
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.jobs import JobsPage
from dashboard.views.overview import OverviewPage
from dashboard.workspace import Workspace

NOW = datetime(2026, 11, 22, 14, 3, 22, tzinfo=UTC)
T = int(NOW.timestamp())
HOSTILE = "<img src=x onerror=alert(1)>"


def ad(cluster, proc, status, name="zmumu-2026", age=7200, **more):
    return {
        "ClusterId": cluster,
        "ProcId": proc,
        "Owner": "alice",
        "JobBatchName": name,
        "JobStatus": status,
        "QDate": T - age,
        "EnteredCurrentStatus": T - 60,
        "RequestCpus": 1,
        "RequestMemory": 2048,
        "Cmd": "/home/alice/selmu.sh",
        **more,
    }


def done(cluster, proc, **more):
    return ad(cluster, proc, 4, ExitCode=0, JobStartDate=T - 3600, CompletionDate=T - 600 - proc, **more)


ADS = [
    *(done(48211, n) for n in range(20)),
    *(ad(48211, n, 2, RemoteHost="slot1@b9a.cern.ch", JobStartDate=T - 900) for n in range(20, 25)),
    *(ad(48211, n, 1) for n in range(25, 35)),
    *(
        ad(48211, n, 5, HoldReasonCode=34, HoldReason="memory usage exceeded request_memory", MemoryUsage=2355)
        for n in range(35, 38)
    ),
    ad(48211, 38, 4, ExitCode=4, CompletionDate=T - 30),
    *(ad(48300, n, 5, HOSTILE, 60, HoldReasonCode=16, HoldReason="Spooling input data files") for n in range(2)),
]


def snapshot(ads, version=1, state="ok"):
    known = None if state == "starting" else NOW
    jobs = job.frame(ads, "bigbird12")
    return Snapshot(version, known, Health(state, NOW), jobs, {"batches": batch.batches(jobs)})


async def settled():
    """Wait until what views do in the background is done."""
    for _ in range(3):
        await asyncio.sleep(0)
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)


@pytest.fixture
async def session(tmp_path):
    with Workspace(Settings(HTCondorSettings(), RucioSettings(), tmp_path)) as workspace:
        made = Session(workspace, page="jobs")
        made.jobs = snapshot(ADS)
        yield made
        await settled()


@pytest.fixture
async def page(session):
    made = JobsPage(session)
    made.update()
    return made


def rows(page):
    return {row["id"]: row for row in page._table.rows}


def detail(page, batch="48211"):
    page._table.opened = batch
    return page._detail


def texts(page):
    return {action: (button.label, button.disabled) for action, button in page._detail._actions.buttons.items()}


async def test_batches_have_exact_counts_a_bar_and_an_end(page):
    row = rows(page)["48211"]
    assert (row["name"], row["sub"]) == ("zmumu-2026", "48211 · bigbird12")
    assert {s: row[s] for s in ("done", "running", "idle", "held", "failed")} == {
        "done": 20, "running": 5, "idle": 10, "held": 3, "failed": 1,
    }  # fmt: skip
    assert row["total"] == 39
    assert sum(part[2] for part in row["progress"]) == 39
    assert row["finishes"].startswith("≈ ")
    assert " ± " in row["finishes"]


async def test_jobs_being_uploaded_are_never_held(page):
    row = rows(page)["48300"]
    assert row["held"] == 0
    assert row["rare"] == "2 uploading"
    assert row["name"] == HOSTILE
    assert {"key": "uploading", "label": "Uploading", "count": "2"} in page._chips.items


async def test_newest_batch_is_open_at_first(page, session):
    assert session.batch == "48300"
    assert page._table.opened == "48300"


async def test_row_opens_the_batch(page, session):
    opened = detail(page)
    assert session.batch == "48211"
    assert "zmumu-2026" in opened._title.object
    assert "selmu.sh · 1 CPU · 2 GiB" in opened._title.object
    assert opened._tabs.titles == [["Statistics", ""], ["Jobs", "39"], ["Errors", "2 causes"]]


async def test_unknown_batch_is_said_to_be_unknown(page, session):
    session.batch = "999"
    page.update()
    assert "Batch 999 is not known" in page._detail._missing.object
    assert not page._detail._card.visible


async def test_a_batch_whose_jobs_are_not_all_read_says_so_and_has_them_read(page, session, monkeypatch):
    asked = []
    monkeypatch.setattr(Workspace, "jobs", SimpleNamespace(open=asked.append))
    told = batch.batches(session.jobs.frame)
    told.loc["48211", ["idle", "total"]] += 50_000
    session.jobs = replace(session.jobs, version=2, totals={"batches": told})
    session.batch = "48211"
    page.update()
    assert "39 of its 50,039 jobs have been read so far" in page._detail._missing.object
    session.jobs = replace(session.jobs, version=3)
    page.update()
    assert asked == ["48211"]
    session.jobs = snapshot(ADS, version=4)
    page.update()
    assert not page._detail._missing.visible


async def test_toolbar_names_how_many_it_fits(page):
    detail(page)
    assert texts(page) == {
        "hold": ("Hold 15…", False),
        "release": ("Release 3…", False),
        "remove": ("Remove 18…", False),
    }
    page._detail._jobs.part._table.selected = ["48211.0", "48211.36"]
    assert texts(page) == {"hold": ("Hold…", True), "release": ("Release 1…", False), "remove": ("Remove 1…", False)}


async def test_of_a_batch_that_is_still_to_make_jobs_these_are_meant_too(page, session, monkeypatch):
    acted = []

    def hold(ids, action_id):
        acted.append(list(ids))
        return Outcome("hold", action_id, ())

    monkeypatch.setattr(session.workspace, "hold", hold)
    told = batch.batches(session.jobs.frame)
    told.loc["48211", ["unborn", "total"]] += 7
    session.jobs = replace(session.jobs, version=2, totals={"batches": told})
    actions = detail(page)._actions
    actions.ask("hold")
    assert "Hold 15 jobs of zmumu-2026 and the 7 not made yet?" in actions.panel._text.object
    assert actions.panel._yes.label == "Hold 22"
    await actions.panel._confirmed(None)
    page._detail._jobs.part._table.selected = ["48211.35", "48211.0"]
    actions.ask("release")
    assert "Release 1 job of zmumu-2026?" in actions.panel._text.object
    assert [(len(ids), ids[-1]) for ids in acted] == [(16, "48211")]


async def test_ids_of_other_batches_and_invented_ones_are_not_selected(page):
    detail(page)
    page._detail._jobs.part._table.selected = ["48300.0", "nonsense", "48211.36"]
    assert list(page._detail._actions.ids["release"]) == ["48211.36"]
    page._detail._jobs.part._table.selected = ["nonsense"]
    assert not any(page._detail._actions.ids.values())


async def test_what_is_acted_on_is_what_the_question_named(page, session, monkeypatch):
    acted = []

    def remove(ids, action_id):
        acted.append((list(ids), action_id))
        return Outcome("remove", action_id, (Item(ids[0], "done"), Item(ids[1], "denied", "not yours")))

    monkeypatch.setattr(session.workspace, "remove", remove)
    detail(page)
    page._detail._jobs.part._table.selected = ["48211.35", "48211.36"]
    page._detail._actions.ask("remove")
    panel = page._detail._actions.panel
    assert "Remove 2 jobs of zmumu-2026?" in panel._text.object
    assert "48211.35, 48211.36" in panel._text.object
    assert panel._yes.label == "Remove 2"
    session.jobs = snapshot([*ADS, ad(48211, 99, 5)], 2)
    page.update()
    await panel._confirmed(None)
    assert [ids for ids, _ in acted] == [["48211.35", "48211.36"]]
    assert "1 denied" in panel._text.object
    assert "not yours" in panel._text.object


async def test_selection_outlives_a_refresh_and_is_forgotten_with_the_batch(page, session):
    table = detail(page)._jobs.part._table
    table.selected = ["48211.36"]
    session.jobs = snapshot(ADS[:-1], 2)
    page.update()
    assert table.selected == ["48211.36"]
    session.batch = "48300"
    page.update()
    assert table.selected == []


async def test_chips_filter_batches_and_jobs(page, session):
    detail(page)
    page._chips.pressed = "held"
    assert session.state == "held"
    assert list(rows(page)) == ["48211"]
    page._detail._tabs.current = 1
    table = page._detail._jobs.part._table
    assert table.total == 3
    assert table.rows[0]["why"] == "memory: memory usage exceeded request_memory"
    page._chips.pressed = ""
    assert len(rows(page)) == 2
    assert table.total == 39


async def test_text_filter_outlives_a_refresh(page, session):
    page._text.value_input = "b9a"
    assert list(rows(page)) == ["48211"]
    session.jobs = snapshot(ADS, 2)
    page.update()
    assert list(rows(page)) == ["48211"]
    page._text.value_input = "nothing has this"
    assert rows(page) == {}
    assert "clear the filter" in page._table.empty


async def test_jobs_are_paged_and_sorted_by_number(session):
    session.jobs = snapshot([done(7, n) for n in range(120)])
    page = JobsPage(session)
    page.update()
    page._detail._tabs.current = 1
    table = page._detail._jobs.part._table
    assert (table.total, len(table.rows)) == (120, 50)
    assert [row["id"] for row in table.rows[:3]] == ["7.0", "7.1", "7.2"]
    table.page = 3
    assert [row["id"] for row in table.rows[-2:]] == ["7.118", "7.119"]
    table.param.update(sort="-job", page=1)
    assert table.rows[0]["id"] == "7.119"


async def test_errors_are_grouped_and_explained(page):
    opened = detail(page)
    opened._tabs.current = 2
    blocks = [block[0].object for block in opened._errors.part._layout]
    assert "3 jobs held: memory" in blocks[0]
    assert "Ask for more memory, then release." in blocks[0]
    assert "memory usage exceeded request_memory" in blocks[0]
    assert "1 job failed: exit code 4" in blocks[1]
    opened._errors.part._layout[0][1].clicks += 1
    assert opened._jobs.part.selected == ["48211.35", "48211.36", "48211.37"]
    assert opened._tabs.current == 1


async def test_open_job_tells_why_and_that_its_ad_cannot_be_had(page):
    opened = detail(page)
    opened._tabs.current = 1
    opened._jobs.part._table.opened = "48211.35"
    await settled()
    told = opened._jobs.part._ad
    assert "used more memory" in told._words.object
    assert "cygnet doctor" in told._table.empty
    opened._jobs.part._table.opened = "invented"
    assert not told._layout.visible


async def test_hostile_name_is_text_wherever_python_makes_html(page, session):
    hostile = [ad(1, n, 5, HOSTILE, HoldReasonCode=13, HoldReason=HOSTILE) for n in range(4)]
    session.jobs = snapshot([*hostile, *ADS], 2)
    session.batch = "1"
    page.update()
    page._detail._tabs.current = 2
    made = [page._detail._title.object, page._alert._text.object, page._detail._errors.part._layout[0][0].object]
    page._detail._actions.ask("release")
    made.append(page._detail._actions.panel._text.object)
    page._detail._tabs.current = 1
    page._detail._jobs.part._table.opened = "1.0"
    made.append(page._detail._jobs.part._ad._words.object)
    assert all("&lt;img" in html and "<img" not in html for html in made)


async def test_nothing_is_drawn_when_nothing_changed(page, session):
    sent = []
    page._table.param.watch(sent.append, ["rows", "total", "columns"])
    page._chips.param.watch(sent.append, "items")
    page.update()
    session.jobs = snapshot(ADS, 2)
    page.update()
    assert sent == []


async def test_no_jobs_says_what_to_do_next(session):
    session.jobs = snapshot([])
    page = JobsPage(session)
    page.update()
    assert page._table.empty == "No jobs yet. Submit one →"
    assert not page._detail._card.visible


async def test_before_the_first_answer_it_says_what_it_waits_for(session):
    session.jobs = snapshot([], 0, "starting")
    page = JobsPage(session)
    page.update()
    assert "Asking HTCondor" in page._table.empty
    session.jobs = None
    page.update()
    assert "cygnet doctor" in page._table.empty


async def test_attention_asks_with_names_and_leads_to_the_jobs(page, session):
    strip = page._alert
    assert "3 jobs of zmumu-2026 are held: memory." in strip._text.object
    assert strip._buttons[0].label == "Ask 3 GiB and release 3…"
    strip._ask()
    assert "Ask 3 GiB for 3 jobs and release them?" in strip._action._text.object
    assert "48211.35, 48211.36, 48211.37" in strip._action._text.object
    strip._open()
    assert (session.page, session.batch, session.state, session.tab) == ("jobs", "48211", "held", "errors")
    assert page._detail._tabs.current == 2


async def test_release_is_not_offered_first_when_it_mends_nothing(session):
    reason = "Error from slot1@b9: reading from file /data/in.root: (errno 2) No such file or directory"
    session.jobs = snapshot([ad(7, 0, 5, "merge", HoldReasonCode=13, HoldReason=reason)])
    page = JobsPage(session)
    page.update()
    strip = page._alert
    assert [button.label for button in strip._strip[1:]] == ["Show what is wrong", "Release 1…"]
    assert [button.color for button in strip._strip[1:]] == ["primary", "default"]
    strip._ask()
    assert "Release 1 job? It is held again unless the cause has been mended." in strip._action._text.object
    strip._open()
    page.update()
    assert "/data/in.root is not there. Put the file" in page._detail._errors.part._layout[0][0].object


async def test_closed_session_leaves_nothing(tmp_path):
    with Workspace(Settings(HTCondorSettings(), RucioSettings(), tmp_path)) as workspace:
        session = Session(workspace)
        session.jobs = snapshot(ADS)
        session.show(JobsPage(session), OverviewPage(session))
        session.jobs = snapshot([done(1, n, age=3600) for n in range(9)], 2)
        for view in session._shown:
            view.update()
        views = [weakref.ref(view) for view in session._shown]
        alive = weakref.ref(session)
        del view
        session.close()
        del session
        await settled()
        gc.collect()
        assert alive() is None
        assert [ref() for ref in views] == [None, None]


async def test_estimates_are_told_in_one_unit():
    assert [about(s) for s in (5, 600, 2400, 10800, 200_000, None)] == ["1 min", "10 min", "40 min", "3 h", "2 d", "—"]

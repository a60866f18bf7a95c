"""The History page: the answer first; filters, table and plots follow; what is missing is said."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.domain.archive import Choice, archive, part
from dashboard.domain.archive_statistics import statistics
from dashboard.feed.archive_folder import Fill, Position
from dashboard.feed.recorder import Standing
from dashboard.models.history_choice import SPANS, chosen
from dashboard.models.session import Session
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.history import HistoryPage
from dashboard.views.history_words import day, paced, waited
from dashboard.workspace import Workspace
from dashboard.workspace.history import History
from tests.finished import T, ad, table

HOSTILE = "<img src=x onerror=alert(1)>"
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def jobs(version=1, **more):
    some = [ad(n, n % 3, T + 3600 * n, run=600 + n, **more) for n in range(1, 41)]
    some += [ad(50, n, T, ExitCode=1, JobBatchName=HOSTILE, MemoryUsage=5000) for n in range(10)]
    return archive([part(table(*some))], version)


class Kept:
    """A recorder that has read what it was given."""

    def __init__(self, standing):
        self.standing = standing

    def look(self):
        return self.standing

    def close(self):
        pass


@pytest.fixture
async def kept(tmp_path, monkeypatch):
    recorder = Kept(Standing(jobs(), NOW))
    with Workspace(Settings(HTCondorSettings(), RucioSettings(), tmp_path)) as workspace:
        session = Session(workspace, page="history")
        history = History(lambda: {"": recorder})
        monkeypatch.setattr(Workspace, "has", lambda _self, name: name == "htcondor")
        monkeypatch.setattr(Workspace, "history", history)
        recorder.page = HistoryPage(session)
        yield recorder
        await settled()
        history.close()


async def settled():
    """Wait until what views do in the background is done."""
    for _ in range(5):
        await asyncio.sleep(0)
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)


async def shown(kept):
    for _ in range(10):  # what is found is shown with the next pull, and part by part as the browser draws them
        kept.page.update()
        await settled()
        kept.page._mark.drawn = True
    return kept.page._line.object


def rows(page):
    return {row["id"]: row for row in page._groups._table.rows}


async def test_the_answer_comes_first(kept):
    said = await shown(kept)
    assert f"50 jobs since {day(T)}" in said
    assert "80 % done, 20 % failed" in said
    assert "half ran under 10 min" in said
    assert "memory: 20 % passed what they asked" in said
    assert not kept.page._parts, "all is there"


async def test_parts_come_one_by_one_and_rest_while_the_browser_draws_them(kept):
    page = kept.page
    for _ in range(3):
        page.update()
        await settled()
    assert len(page._body) == 4, "filters, two empty rows and the mark behind them"
    page._chips.pressed = "failed"
    await settled()
    assert "50 jobs since" in page._line.object, "what is sent now would be lost"
    page._mark.drawn = True
    await settled()
    assert "10 jobs since" in page._line.object
    assert len(page._body) == 6, "the table and its mark"
    await shown(kept)
    assert [len(row) for row in page._body[1:3]] == [8, 4], "plots, each with a mark behind it"


async def test_filters_and_table_follow(kept):
    await shown(kept)
    page = kept.page
    found = rows(page)
    assert set(found) == {HOSTILE, *(f"batch-{n}" for n in range(5))}
    assert (found[HOSTILE]["jobs"], found[HOSTILE]["done"], found[HOSTILE]["passed"]) == (10, "0 %", "100 %")
    page._chips.pressed = "failed"
    assert "10 jobs since" in await shown(kept)
    assert [item["count"] for item in page._chips.items] == ["40", "10", "0"], "counts of all states stay"
    page._chips.pressed = "<no state>"
    page._text.value_input = "batch-3"
    assert "8 jobs since" in await shown(kept)
    page._text.value_input = ""
    await shown(kept)
    page._groups._table.opened = "batch-1"
    assert "8 jobs since" in await shown(kept), "a row leads to its jobs"
    page._text.value_input = "nothing at all"
    assert "No such jobs" in await shown(kept)
    assert not page._groups._table.rows


async def test_groups_are_sorted_and_turned(kept):
    await shown(kept)
    groups = kept.page._groups
    groups._table.sort = "-name"
    assert next(iter(rows(kept.page))) == "batch-4"
    groups._tabs.current = 1
    await shown(kept)
    assert groups.by == "week"
    assert len(rows(kept.page)) == 1
    groups._tabs.current = 2
    await shown(kept)
    assert set(rows(kept.page)) == {f"node{n}.example.org" for n in range(3)}
    groups._table.opened = "node1.example.org"
    await shown(kept)
    assert set(rows(kept.page)) == {"node1.example.org"}


async def test_nothing_is_done_when_nothing_is_new(kept):
    await shown(kept)
    answers = kept.page._session.workspace.history._answers
    assert len(answers) == 2
    found = kept.page._found
    kept.page.update()
    assert kept.page._found is found
    kept.standing = replace(kept.standing, jobs=jobs(2, MemoryUsage=3000))
    assert "memory: 100 % passed" in await shown(kept)


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing(), "No finished jobs are known yet: "),
        (Standing(reason="It is away."), "No finished jobs are known yet: It is away."),
        (Standing(read=NOW), "No job has finished yet: what finishes is kept here from now on: submit a batch"),
    ],
)
async def test_an_empty_page_says_what_to_do(kept, standing, said):
    kept.standing = standing
    assert said in (await shown(kept)).replace("</b>", "")
    assert not kept.page._body.visible
    kept.standing = Standing(jobs(), NOW)
    await shown(kept)
    assert kept.page._body.visible
    kept.standing = Standing(read=NOW)
    await shown(kept)
    assert not kept.page._body.visible


async def test_what_is_missing_is_said(kept):
    position = Position(fill=Fill(None, None, 5, 5), after=T - 86400, gaps=((T, T + 3 * 86400),))
    kept.standing = Standing(jobs(), NOW, position, "It is <away>.")
    said = await shown(kept)
    assert "Older jobs are still being read" in said
    assert "are missing: the schedd forgot them unread" in said
    assert "were forgotten to save space" in said
    assert "It is &lt;away&gt;." in said


async def test_without_htcondor_the_page_says_so(tmp_path):
    with Workspace(Settings(HTCondorSettings(), RucioSettings(), tmp_path)) as workspace:
        page = HistoryPage(Session(workspace, page="history"))
        page.update()
        assert "cygnet doctor" in page._line.object


def test_spans_go_back_from_the_hour():
    choice = chosen("last 7 days", "  a   b ", " h ", "alice", "bad")
    assert choice.since % 3600 == 0
    assert (choice.text, choice.host, choice.owner, choice.state) == ("a b", "h", "alice", "")
    assert chosen(next(iter(SPANS))) == chosen("unheard of")


@pytest.mark.parametrize(
    ("waits", "told"),
    [
        ([0, 0, 0], "most within 1 s"),
        ([0, 0, 1], "most within 1 s"),
        ([0, 0, 0, 40], "half under 1 s, 90 % under 28 s"),
        ([600, 601], "most 10 min"),
        ([60, 3600], "half under 30 min, 90 % under 54 min"),
    ],
)
def test_nothing_is_said_to_be_under_nothing(waits, told):
    found = statistics(archive([part(table(*(ad(n, wait=wait) for n, wait in enumerate(waits, 1))))]), Choice(), UTC)
    assert waited(found) == told


def test_a_pace_by_day_is_told_of_days_only():
    def of(*ended):
        return statistics(archive([part(table(*(ad(n, ended=at) for n, at in enumerate(ended, 1))))]), Choice(), UTC)

    assert paced(of(T, T + 600)) == "2 within a day"
    assert paced(of(*range(T, T + 3 * 86400 + 1, 43200))) == "2 a day"
    assert paced(of()) == "none"

"""The Overview page."""

from dataclasses import replace

from dashboard.domain import rule
from dashboard.domain.health import Health
from dashboard.domain.outcome import Item, Outcome
from dashboard.domain.units import clock
from dashboard.feed.snapshot import Snapshot
from dashboard.views.overview import OverviewPage, _ended, _went
from tests.unit.views.test_jobs import HOSTILE, NOW, ad, session, settled, snapshot

__all__ = ["session"]  # a fixture


async def test_overview_leads_on(session):
    session.rules = Snapshot(
        1,
        NOW,
        Health("ok", NOW),
        rule.frame(
            [
                {
                    "id": "r1",
                    "scope": "data",
                    "name": HOSTILE,
                    "state": "R",
                    "locks_ok_cnt": 12,
                    "locks_replicating_cnt": 8,
                },
                {"id": "r2", "scope": "data", "name": "there", "state": "O", "locks_ok_cnt": 3},
            ]
        ),
    )
    session.workspace.audit.record("alice@htcondor", Outcome("hold", "x", (Item("1.0", "done"), Item("1.1", "denied"))))
    page = OverviewPage(session)
    page.update()
    assert {"key": "held", "label": "Held", "count": "3"} in page._chips.items
    (row,) = page._data._table.rows
    assert (row["did"], row["part"]) == (f"data:{HOSTILE}", "60 %")
    assert [r["why"][1] for r in page._causes._table.rows] == ["Held: memory", "Failed: exit code 4"]
    await settled()
    (action,) = page._actions._table.rows
    assert (action["action"], action["outcome"], action["what"]) == ("Hold", ["failed", "1 done, 1 denied"], "1.0, 1.1")
    page._causes._table.opened = page._causes._table.rows[1]["id"]
    assert (session.page, session.batch, session.state) == ("jobs", "48211", "failed")
    page._data._table.opened = "r1"
    assert (session.page, session.rule) == ("data", "r1")
    page._chips.pressed = "idle"
    assert (session.page, session.state) == ("jobs", "idle")


async def test_a_plot_counts_and_calls_jobs_as_the_chips_do(session):
    ads = [ad(7, 0, 2), ad(7, 1, 2, TransferringInput=True), ad(7, 2, 1), ad(7, 3, 1)]
    session.jobs = snapshot(ads)
    page = OverviewPage(session)
    page.update()
    told = {item["label"]: item["count"] for item in page._chips.items}
    assert (told["Running"], told["Transferring"], told["Idle"]) == ("1", "1", "2")
    now = clock(session.jobs.time)
    assert _went(session.queue).sentence.endswith(f", as of {now}: 1 running, 1 transferring, 2 idle")
    session.jobs = snapshot([ads[0], *ads[2:]], version=2)
    assert _went(session.queue).sentence.endswith(": 1 running, 2 idle")
    # As long as rows come in, those there tell nothing.
    session.jobs = replace(snapshot(ads[:1], version=3), complete=False)
    assert _went(session.queue).sentence == _ended(session.queue).sentence == "not all jobs have been read yet"


async def test_overview_without_anything(session):
    session.jobs = snapshot([])
    page = OverviewPage(session)
    page.update()
    assert not page._plots.visible
    assert page._causes._table.empty == "No jobs yet. Submit one →"
    assert "cygnet doctor" in page._data._table.empty

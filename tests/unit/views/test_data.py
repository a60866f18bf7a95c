import asyncio
from datetime import UTC, datetime, timedelta
from unittest.mock import ANY

import pandas as pd
import pytest

from dashboard.domain import units
from dashboard.domain.health import Health
from dashboard.domain.outcome import outcome
from dashboard.domain.problem import Problem
from dashboard.domain.rule import row, table
from dashboard.feed.snapshot import Snapshot
from dashboard.models.session import Session
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.data import DataPage
from dashboard.views.rule_detail import LONGEST_REST
from dashboard.workspace import Workspace
from dashboard.workspace.data import Staging

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
UNKNOWN = "the tape robot is on strike"
HOSTILE = "<img src=x onerror=alert(1)>"
USAGE = pd.DataFrame(
    {"bytes": [1e6], "limit": [4e6], "remaining": [3e6], "files": [3]}, index=pd.Index(["LAB-DISK"], name="rse")
)
RSES = pd.DataFrame(
    {"mounted": [True, False], "path": ["/rse/LAB-DISK", ""]}, index=pd.Index(["LAB-DISK", "RAL-TAPE"], name="rse")
)


def rule(name="znunu", state="REPLICATING", ok=3, replicating=7, stuck=0, **more):
    """As REST tells it; times are naive there."""
    return {
        "scope": "mc26",
        "name": name,
        "did_type": "DATASET",
        "account": "alice",
        "rse_expression": "LAB-DISK",
        "copies": 1,
        "state": state,
        "locks_ok_cnt": ok,
        "locks_replicating_cnt": replicating,
        "locks_stuck_cnt": stuck,
        "bytes": 10_100_000,
        "created_at": datetime(2026, 11, 22, 11),
        "expires_at": datetime(2026, 11, 29, 11),
        **more,
    }


def snapshot(version=1, **rules):
    frame = table([{"id": key, **row(raw)} for key, raw in rules.items()])
    time = NOW + timedelta(seconds=10 * version)
    return Snapshot(version, time, Health("ok", NOW), frame, {"usage": USAGE, "rses": RSES})


def lock(did, state, path="", error=""):
    return {"did": did, "rse": "LAB-DISK", "state": state, "bytes": 5.0, "path": path, "error": error}


class Rucio:
    """Answers of a server, written down."""

    def __init__(self):
        self.asked = []
        self.pieces = [
            [
                lock("mc26:b", "OK", path="/rse/LAB-DISK/b"),
                lock("mc26:a", "OK", path="/rse/LAB-DISK/a"),
                lock("mc26:c", "STUCK", error=HOSTILE),
            ]
        ]

    def reading_locks(self, rule_id):
        self.asked.append(rule_id)
        for piece in self.pieces:
            if isinstance(piece, Problem):
                raise piece
            yield piece

    def scopes(self):
        return ["data26", "mc26", "user.alice"]

    def find(self, pattern, kind, limit):
        names = ["mc26:znunu", "mc26:zmumu"][:limit] if kind == "collection" else []
        return [
            {"did": n, "type": "dataset", "bytes": None, "length": None} for n in names if n.startswith(pattern[:-1])
        ]

    def did(self, did):
        if did != "mc26:znunu":
            raise Problem("missing", f"Rucio does not know {did}: check its scope and name.")
        return {"type": "dataset", "bytes": 10_100_000, "length": 10}

    def rses(self, expression):
        if "(" in expression:
            raise Problem("invalid", "Rucio does not understand the RSE expression: Problem with parentheses.")
        return ["LAB-DISK", "RAL-TAPE"]


@pytest.fixture(autouse=True)
def rucio(monkeypatch):
    rucio = Rucio()
    monkeypatch.setattr(Workspace, "rules", rucio)
    return rucio


@pytest.fixture
def page(tmp_path):
    page = DataPage(Session(Workspace(Settings(HTCondorSettings(), RucioSettings(), folder=tmp_path))))
    page.update()
    return page


def show(page, **rules):
    version = page._session.rules.version + 1 if page._session.rules else 1
    page._session.rules = snapshot(version, **rules)
    page.update()


async def until(condition):
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def test_rules_are_listed_with_progress_state_and_error(page):
    show(page, r1=rule(), r2=rule("zmumu", "STUCK", 9, 0, 1, error=UNKNOWN, expires_at=None))
    rows = {row["id"]: row for row in page.table.rows}
    assert rows["r1"]["state"] == ["running", "Replicating"]
    assert rows["r1"]["files"] == "3 / 10"
    assert rows["r1"]["bytes"] == "10.1 MB"
    assert rows["r1"]["progress"][0] == ["done", 0.3, 3, "in place"]
    assert rows["r2"]["state"] == ["held", "Stuck"]
    assert (rows["r2"]["error"], rows["r2"]["next"], rows["r2"]["expires"]) == (UNKNOWN, "open: what to do", "never")
    assert rows["r2"]["left"] == "1 stuck"
    assert rows["r2"]["progress"] == [["done", 0.9, 9, "in place"], ["held", 0.1, 1, "stuck"], ["idle", 0, 0, ANY]]


async def test_text_and_state_filter_and_a_hint_when_nothing_is_left(page):
    show(page, r1=rule(), r2=rule("zmumu", "STUCK", 9, 0, 1))
    page.text.value = "ZMUMU"
    assert [row["id"] for row in page.table.rows] == ["r2"]
    page._chips.pressed = "running"
    assert page.table.rows == []
    assert "clear the filter" in page.table.empty
    page.text.value = ""
    assert [row["id"] for row in page.table.rows] == ["r1"]


async def test_what_a_browser_sends_in_one_message_is_taken_together(page):
    show(page, **{f"r{number}": rule(f"z{number}") for number in range(30)})
    page.table.param.update(page=2, sort="did")
    assert len(page.table.rows) == 10
    page.text.param.update(value="z7", value_input="z7")
    assert [row["id"] for row in page.table.rows] == ["r7"]


async def test_empty_states_say_what_to_do(page):
    assert "cygnet doctor" in page.table.empty
    assert page.stage.disabled
    show(page)
    assert "Stage data" in page.table.empty
    assert not page.stage.disabled


async def test_open_rule_shows_its_files_and_their_paths(page, seen):
    show(page, r1=rule("znunu", "STUCK", 2, 0, 1))
    page.table.opened = "r1"
    detail = page.detail
    await until(lambda: detail._table.rows)
    assert page._session.rule == "r1"
    assert [row["did"] for row in detail._table.rows] == ["c", "a", "b"]  # what is stuck comes first
    assert detail.paths == ["/rse/LAB-DISK/a", "/rse/LAB-DISK/b"]
    detail._list.wanted += 1
    assert detail._list.answer == [1, "['/rse/LAB-DISK/a', '/rse/LAB-DISK/b']"]
    assert "2 of 3 files in place" in seen(page)
    assert f"1 file is stuck. {HOSTILE}. Rucio tries such files again" in seen(page)


async def test_until_the_files_are_known_it_says_so(page, rucio):
    rucio.pieces = []
    show(page, r1=rule(ok=0, replicating=0))
    page._session.rule = "r1"
    assert page.detail._table.empty == "Asking Rucio for its files…"
    await until(lambda: page.detail._table.empty == "Rucio has not locked any file yet.")
    show(page, r1=rule(ok=0, replicating=3))
    assert page.detail._table.empty == "Asking Rucio for its files…"


async def test_where_there_is_little_room_the_name_the_state_and_copying_stay(page):
    kept = ["did", "state", "bytes", "path"]
    show(page, r1=rule("znunu", "STUCK", 2, 0, 1))
    page.table.opened = "r1"
    await until(lambda: page.detail._table.rows)
    assert [column["key"] for column in page.detail._table.columns if not column["spare"]] == kept
    show(page, r1=rule("znunu", "STUCK", 2, 0, 1, rse_expression="tier=2"))
    spare = [column["key"] for column in page.detail._table.columns if column["spare"]]
    assert spare == ["error"]  # the title does not say where Rucio has put them


async def test_files_are_not_read_before_the_browser_has_drawn_the_card(tmp_path, rucio, monkeypatch):
    """What comes while it builds the card would be lost."""
    monkeypatch.undo()  # here it matters when the browser has drawn
    monkeypatch.setattr(Workspace, "rules", rucio)
    page = DataPage(Session(Workspace(Settings(HTCondorSettings(), RucioSettings(), folder=tmp_path)), rule="r1"))
    show(page, r1=rule())
    await asyncio.sleep(0.05)
    assert rucio.asked == []
    page.detail._mark.drawn = True
    await until(lambda: page.detail._table.rows)


async def test_locks_are_read_again_only_when_counts_change(page, rucio):
    show(page, r1=rule())
    page._session.rule = "r1"
    await until(lambda: page.detail._table.rows)
    show(page, r1=rule())
    show(page, r1=rule(), r2=rule("other"))
    await asyncio.sleep(0.05)
    assert rucio.asked == ["r1"]
    show(page, r1=rule(ok=4, replicating=6))
    await until(lambda: rucio.asked == ["r1", "r1"])


async def test_files_that_are_not_all_listed_are_never_taken_for_all(page, rucio, seen):
    rucio.pieces.append(Problem("unreachable", "Rucio's answer ended early."))
    show(page, r1=rule("znunu", "OK", 10, 0, 0))
    page._session.rule = "r1"
    await until(lambda: "Not all files are listed: Rucio's answer ended early." in seen(page))
    assert len(page.detail._table.rows) == 3  # what was read is there, but not for all there is
    assert page.detail._lines.disabled
    rucio.pieces.pop()
    show(page, r1=rule("znunu", "OK", 10, 0, 0))
    await until(lambda: "Not all" not in seen(page))
    assert not page.detail._lines.disabled
    assert len(page.detail._table.rows) == 3


async def test_reading_rests_longer_than_it_takes(page, rucio, monkeypatch):
    rested, sleep = asyncio.Event(), asyncio.sleep
    monkeypatch.setattr("dashboard.views.rule_detail.REST", 1e9)
    monkeypatch.setattr(asyncio, "sleep", lambda seconds: rested.wait() if seconds == LONGEST_REST else sleep(seconds))
    show(page, r1=rule())
    page._session.rule = "r1"
    await until(lambda: page.detail._table.rows)
    for ok in (4, 5, 6):
        show(page, r1=rule(ok=ok, replicating=10 - ok))
    await asyncio.sleep(0.05)
    assert rucio.asked == ["r1"]
    page._session.rule = ""
    show(page, r1=rule(ok=7), r2=rule())
    page._session.rule = "r2"  # another rule does not wait
    await until(lambda: rucio.asked == ["r1", "r2"])
    await until(lambda: page.detail._table.rows)
    show(page, r2=rule(ok=4))
    rested.set()
    await until(lambda: rucio.asked == ["r1", "r2", "r2"])


async def test_same_snapshot_draws_nothing(page):
    show(page, r1=rule())
    drawn = []
    page.table.param.watch(drawn.append, ["rows", "columns", "opened"])
    page.update()
    assert drawn == []


async def test_rule_that_is_gone_is_said_to_be(page, seen):
    page._session.rule = "gone"
    show(page, r1=rule())
    assert "not among yours" in seen(page)


async def test_a_rule_that_ends_soon_says_so(page, seen):
    """What Rucio keeps for an hour after it was deleted is else as well as ever."""
    rules = {
        "r1": rule(state="OK", ok=10, replicating=0, expires_at=datetime(2026, 11, 22, 13, 0, 9)),
        "r2": rule(state="OK", ok=10, replicating=0, expires_at=datetime(2026, 11, 22, 12)),
    }
    page._session.rule = "r1"
    show(page, **rules)
    rows = {row["id"]: row for row in page.table.rows}
    assert rows["r1"]["state"] == ["done", f"OK until {units.clock(datetime(2026, 11, 22, 13, tzinfo=UTC))[:5]}"]
    assert rows["r2"]["state"] == ["removed", "Being deleted"]
    assert "and is then deleted" in seen(page)
    page._session.rule = "r2"
    assert "is being deleted" in seen(page)


async def test_deleting_asks_with_names_and_numbers_and_acts_once(page, monkeypatch, seen):
    deleted = []
    show(page, r1=rule())
    page._session.rule = "r1"

    def delete(ids, action_id):
        deleted.append((ids, action_id))
        return outcome("delete", action_id, [ids], "done")

    monkeypatch.setattr(page._session.workspace, "delete_rules", delete)
    page.detail._cancel.clicks += 1
    assert "Delete the rule that keeps mc26:znunu at LAB-DISK (10 files)?" in seen(page)
    assert deleted == []
    page.detail._action._yes.clicks += 1
    page.detail._action._yes.clicks += 1
    await until(lambda: "Delete: 1 done." in seen(page))
    assert {ids for ids, _ in deleted} == {"r1"}
    assert len({action_id for _, action_id in deleted}) == 1


async def test_did_is_completed_from_scope_to_size(page, seen):
    show(page)
    form = page.form
    form.did.widget.value = "mc"
    await form.complete()
    assert [option["value"] for option in form.did.widget.options] == ["mc26:"]
    form.did.widget.value = "mc26:zn"
    await form.complete()
    assert [option["value"] for option in form.did.widget.options] == ["mc26:znunu"]
    form.did.widget.value = "mc26:znunu"
    await form.complete()
    page.stage.clicks += 1
    assert "dataset, 10 files, 10.1 MB" in seen(page)


async def test_expression_and_quota_are_shown_before_asking(page, seen):
    show(page)
    page.stage.clicks += 1
    form = page.form
    form.did.widget.value = "mc26:znunu"
    await form.complete()
    form.rse.widget.value = "tier=2"
    await form.expand()
    assert "= LAB-DISK, RAL-TAPE" in seen(page)
    assert "LAB-DISK: 3 MB left, 1 MB of 4 MB used; 10.1 MB do not fit" in seen(page)
    assert "RAL-TAPE: you have no quota there" in seen(page)
    form.rse.widget.value = "tier=2|LAB"
    assert [option["value"] for option in form.rse.widget.options] == ["tier=2|LAB-DISK"]
    form.rse.widget.value = "(tier=2"
    await form.expand()
    assert "Problem with parentheses" in seen(page)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("did", "znunu", "write it as scope:name"),
        ("did", "", "Say what to stage"),
        ("rse", " ", "Say where to"),
        ("lifetime", "soon", "is not a duration"),
        ("copies", 0, "one copy at least"),
        ("copies", None, "one copy at least"),
    ],
)
async def test_what_cannot_be_asked_is_said_at_its_field(page, field, value, said, seen):
    show(page)
    page.stage.clicks += 1
    form = page.form
    form.did.widget.value, form.rse.widget.value = "mc26:znunu", "LAB-DISK"
    getattr(form, field).widget.value = value
    await form._stage()
    assert said in seen(page)
    assert "Not staged" not in seen(page)


async def test_refusal_of_rucio_keeps_the_input_and_success_opens_the_rule(page, monkeypatch, rucio, seen):
    show(page)
    page.stage.clicks += 1
    form = page.form
    form.did.widget.value, form.rse.widget.value = "mc26:znunu", "LAB-DISK"
    asked = []

    def stage(did, rse, lifetime, copies, action_id):
        asked.append((did, rse, lifetime, copies, action_id))
        if len(asked) < 3:
            raise Problem("quota", "Your quota at LAB-DISK is too small.")
        return Staging(did, "r9", rucio)

    monkeypatch.setattr(page._session.workspace, "stage", stage)
    await form._stage()
    assert "Not staged. Your quota at LAB-DISK is too small." in seen(page)
    assert form.did.widget.value == "mc26:znunu"
    await form._stage()
    form.lifetime.widget.value = ""
    assert "Not staged" not in seen(page)
    await form._stage()
    ids = [one[-1] for one in asked]
    assert ids[0] == ids[1] != ids[2]
    assert asked[2][:4] == ("mc26:znunu", "LAB-DISK", None, 1)
    assert page._session.rule == "r9"
    assert not page._form.visible

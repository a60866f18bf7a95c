"""A workspace: what it refuses, how actions are told and recorded, also when the reply is lost."""

from pathlib import Path
from typing import Any

import pytest

from dashboard.domain.outcome import Item, Progress
from dashboard.domain.problem import Problem
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.workspace import Workspace
from tests.unit.workspace.conftest import Replies

DONE = Progress((Item("1.0", "done"),))
LOST = Problem("timeout", "HTCondor did not answer within 60 s.")


def test_nothing_configured(tmp_path: Path) -> None:
    with Workspace(Settings(HTCondorSettings(), RucioSettings(), tmp_path)) as ws:
        assert {health.state for health in ws.health.values()} == {"off"}
        assert not ws.has("htcondor")
        with pytest.raises(Problem, match="cygnet doctor"):
            ws.hold("1.0")
        with pytest.raises(Problem, match="cygnet doctor"):
            _ = ws.rules


def test_an_action_is_told_item_by_item_and_recorded(ws: Workspace, htcondor: Replies) -> None:
    htcondor.replies["act"] = Progress((Item("1.0", "done"), Item("2.0", "denied", "not your job")))
    told = ws.hold(["1.0", "2.0", "1.0"], reason="tired", action_id="k1")
    assert told.counts == {"done": 1, "denied": 1}
    assert htcondor.asked == [("act", "hold", ["1.0", "2.0"], "tired")]
    [entry] = ws.audit.recent()
    assert (entry["who"], entry["action"], entry["id"]) == ("alice@htcondor", "hold", "k1")


def test_the_same_action_asked_twice_happens_once(ws: Workspace, htcondor: Replies) -> None:
    htcondor.replies["act"] = DONE
    assert ws.remove("1.0", action_id="k1") is ws.remove("1.0", action_id="k1")
    assert len(htcondor.asked) == 1
    assert len(ws.audit.recent()) == 1


@pytest.mark.parametrize(("kind", "result"), [("timeout", "unknown"), ("internal", "unknown"), ("denied", "failed")])
def test_what_is_not_known_is_never_called_done_or_failed(
    ws: Workspace, kind: Any, result: str, htcondor: Replies
) -> None:
    htcondor.replies["act"] = Problem(kind, "No reply.")
    told = ws.release(["1.0", "1.1"])
    assert [(item.result, item.reason) for item in told.items] == [(result, "No reply.")] * 2
    assert ws.audit.recent()[0]["counts"] == {result: 2}


def test_edit_and_vacate(ws: Workspace, htcondor: Replies) -> None:
    htcondor.replies |= {"edit": DONE, "act": DONE}
    assert ws.edit("1.0", {"RequestMemory": 4096}).ok
    assert ws.vacate("1.0").ok
    assert htcondor.asked[0] == ("edit", ["1.0"], {"RequestMemory": 4096})
    assert ws.audit.recent()[1]["attributes"] == {"RequestMemory": 4096}


def test_submit(ws: Workspace, tmp_path: Path, htcondor: Replies) -> None:
    htcondor.replies["submit"] = (48211, 3)
    file = tmp_path / "fit.sub"
    file.write_text("executable = /bin/true\nqueue 3\n")
    for description in (file, str(file), file.read_text(), {"executable": "/bin/true"}):
        submitted = ws.submit(description)
        assert (submitted.cluster, submitted.count, submitted.batch) == (48211, 3, "48211")
    texts = [asked[1] for asked in htcondor.asked]
    assert texts == [file.read_text()] * 3 + ["executable = /bin/true\nqueue\n"]
    assert repr(submitted) == "Submission(cluster=48211, count=3)"
    with pytest.raises(Problem, match="cannot be read"):
        ws.submit(tmp_path / "nothing.sub")


def test_a_submission_whose_reply_was_lost_is_looked_up_not_repeated(ws: Workspace, htcondor: Replies) -> None:
    htcondor.replies |= {"submit": LOST, "submitted": (48211, 3)}
    assert ws.submit("executable = /bin/true\nqueue 3\n", action_id="k1").cluster == 48211
    assert [asked[0] for asked in htcondor.asked] == ["submit", "submitted"]
    assert htcondor.asked[1] == ("submitted", "k1")
    assert ws.audit.recent()[0]["counts"] == {"done": 1}


@pytest.mark.parametrize(("problem", "result"), [(LOST, "unknown"), (Problem("invalid", "Bad line."), "failed")])
def test_a_submission_that_did_not_happen_is_recorded_too(
    ws: Workspace, problem: Problem, result: str, htcondor: Replies
) -> None:
    htcondor.replies |= {"submit": problem, "submitted": None}
    with pytest.raises(Problem, match=problem.sentence):
        ws.submit("executable = /bin/true\nqueue\n")
    assert ws.audit.recent()[0]["counts"] == {result: 1}


def test_stage(ws: Workspace, rucio: Replies) -> None:
    rucio.replies["stage"] = ("abc", False)
    staging = ws.stage("data26:AOD", rse="SITE_DISK", lifetime="7d")
    assert (staging.did, staging.rule_id) == ("data26:AOD", "abc")
    assert rucio.asked == [("stage", ("data26", "AOD"), "SITE_DISK", 604800, 1)]
    rucio.replies["stage"] = ("abc", True)
    ws.stage("data26:AOD", rse="SITE_DISK", lifetime=None)
    assert [entry["counts"] for entry in ws.audit.recent()] == [{"already": 1}, {"done": 1}]
    rucio.replies["stage"] = Problem("quota", "No quota.")
    with pytest.raises(Problem, match="No quota"):
        ws.stage("data26:AOD", rse="SITE_DISK")
    assert ws.audit.recent()[0]["counts"] == {"failed": 1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"did": "AOD"}, "not a data identifier"),
        ({"did": "data26:AOD"}, "no RSE is given"),
        ({"did": "data26:AOD", "rse": "X", "copies": 0}, "one at least"),
        ({"did": "data26:AOD", "rse": "X", "lifetime": "soon"}, "not a duration"),
    ],
)
def test_staging_what_cannot_be_is_refused_before_rucio_is_asked(
    ws: Workspace, arguments: dict[str, Any], words: str, rucio: Replies
) -> None:
    with pytest.raises(Problem, match=words):
        ws.stage(**arguments)
    assert not rucio.asked


def test_delete_rules(ws: Workspace, rucio: Replies) -> None:
    rucio.replies["delete_rules"] = Progress((Item("abc", "done"),))
    assert ws.delete_rules("abc").ok
    assert ws.audit.recent()[0]["who"] == "alice@rucio"


def test_whoever_acts_through_it_is_asked_for_and_named(ws: Workspace, htcondor: Replies, rucio: Replies) -> None:
    htcondor.replies |= {"act": DONE, "submit": (7, 1)}
    rucio.replies["stage"] = ("abc", False)

    def refuse() -> None:
        raise Problem("denied", "ruth may look but not act.")

    ruth, adam = ws.acting_for("ruth", refuse, looks_on=True), ws.acting_for("adam", lambda: None)
    for action in (
        lambda: ruth.remove("1.0"),
        lambda: ruth.submit("executable = /bin/true\nqueue\n"),
        lambda: ruth.stage("data26:AOD", rse="X"),
        lambda: ruth.delete_rules("abc"),
        lambda: ruth.edit("1.0", {"RequestMemory": 1}),
    ):
        with pytest.raises(Problem, match="may look but not act"):
            action()
    assert not htcondor.asked
    assert not rucio.asked
    assert adam.remove("1.0").ok
    told = [(entry["who"], entry["action"], entry["counts"]) for entry in ws.audit.recent()]
    assert told == [
        ("adam as alice@htcondor", "remove", {"done": 1}),
        ("ruth as alice@htcondor", "edit", {"denied": 1}),
        ("ruth as alice@rucio", "delete", {"denied": 1}),
        ("ruth as alice@rucio", "stage", {"denied": 1}),
        ("ruth as alice@htcondor", "submit", {"denied": 1}),
        ("ruth as alice@htcondor", "remove", {"denied": 1}),
    ]
    assert (ruth.person, ruth.looks_on, ws.person) == ("ruth", True, "")

"""Rules on a real Rucio server, through the public Python API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import dashboard
from dashboard.domain.did_filter import Filters
from dashboard.domain.rule import COLUMNS
from dashboard.sandbox.catalogue import Catalogue
from dashboard.settings import Settings
from dashboard.workspace import Workspace
from tests.awaiting import awaited

ZTAUTAU = "mc26:mc26_13p6TeV.700324.Ztautau.AOD"
RUN = "data26:data26_13p6TeV.00456002.physics_Main.AOD"


@pytest.fixture
def alice(settings: Callable[[str], Settings]) -> Iterator[Workspace]:
    with dashboard.connect(settings("alice")) as workspace:
        yield workspace


def test_frame_has_the_documented_columns(alice: Workspace) -> None:
    frame = alice.rules.frame()
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == COLUMNS
    assert (frame["progress"].between(0, 1)).all()


def test_stage_to_ok_paths_and_delete(alice: Workspace) -> None:
    staging = alice.stage(RUN, "LAB-SCRATCH", lifetime="1h")
    paths = staging.wait(timeout=90)
    locks = alice.rules.locks(staging.rule_id)
    assert len(paths) == len(locks) > 0
    assert staging.progress == 1
    assert [Path(path).stat().st_size for path in locks["path"]] == list(locks["bytes"])
    row = alice.rules.frame().loc[staging.rule_id]
    assert row["bytes"] == locks["bytes"].sum()
    assert row["expires"] > row["created"]
    assert alice.rules.look().totals["usage"].loc["LAB-SCRATCH", "limit"] > 0

    assert alice.stage(RUN, "LAB-SCRATCH", lifetime="1h").rule_id == staging.rule_id  # it is there already

    assert alice.delete_rules(staging.rule_id).counts == {"done": 1}
    awaited(lambda: staging.rule_id not in alice.rules.frame().index, "the rule's end")
    awaited(lambda: not any(Path(path).exists() for path in paths), "the files' end")
    with pytest.raises(dashboard.Problem, match="not there any more"):
        _ = staging.state


def test_failing_transfers_get_stuck_and_recover(alice: Workspace, catalogue: Catalogue) -> None:
    catalogue.set_transfers(failure_rate=1.0)
    try:
        staging = alice.stage(ZTAUTAU, "LAB-SCRATCH", lifetime="1h")
        awaited(lambda: staging.state == "STUCK", "the failure")
        row = alice.rules.frame().loc[staging.rule_id]
        assert row["stuck"] > 0
        assert row["error"]
        locks = alice.rules.locks(staging.rule_id)
        stuck = locks[locks["state"] == "STUCK"]
        assert len(stuck) > 0
        assert (stuck["path"] == "").all()
    finally:
        catalogue.set_transfers()
    assert staging.wait(timeout=120)
    assert alice.rules.frame().loc[staging.rule_id, "stuck"] == 0
    assert alice.delete_rules([staging.rule_id]).ok


@pytest.mark.parametrize(
    ("did", "rse", "kind", "words"),
    [
        (RUN, "RAL-TAPE", "quota", "quota of alice"),
        (RUN, "LAB-DISK&tier=3", "quota", "quota of alice"),
        ("mc26:nope", "LAB-SCRATCH", "missing", "no such data"),
        (RUN, "NOWHERE", "invalid", "names no RSE"),
        (RUN, "tier=2&(", "invalid", "does not understand"),
        ("mc26 nope", "LAB-SCRATCH", "invalid", "scope:name"),
    ],
)
def test_refusals_are_one_sentence(alice: Workspace, did: str, rse: str, kind: str, words: str) -> None:
    with pytest.raises(dashboard.Problem, match=words) as refused:
        alice.stage(did if did != RUN else "mc26:mc26_13p6TeV.Zjets.AOD", rse)
    assert refused.value.kind == kind
    assert "\n" not in refused.value.sentence


def test_deleting_says_what_is_gone_and_what_is_not_ours(alice: Workspace, settings: Callable[[str], Settings]) -> None:
    with dashboard.connect(settings("bob")) as bob:
        theirs = bob.stage(ZTAUTAU, "NORDIC-SCRATCH", lifetime="1h")
        outcome = alice.delete_rules([theirs.rule_id, "0" * 32])
        assert outcome.counts == {"denied": 1, "missing": 1}
        assert theirs.rule_id in bob.rules.frame().index
        assert bob.delete_rules(theirs.rule_id).ok


def test_a_refused_sign_in_says_so(settings: Callable[[str], Settings], tmp_path: Path) -> None:
    good = settings("bob")
    bad = replace(good, rucio=replace(good.rucio, password="expired"), folder=tmp_path / "bad")
    with dashboard.connect(bad) as workspace, pytest.raises(dashboard.Problem, match="sign-in of bob"):
        workspace.rules.frame()
    assert workspace.settings.rucio.password not in (
        workspace.audit.file.read_text() if workspace.audit.file.exists() else ""
    )


def test_a_search_is_narrowed_by_metadata(alice: Workspace) -> None:
    def found(filters: Filters) -> set[str]:
        return {row["did"] for row in alice.find("mc26:mc26*", type="dataset", filters=filters)}

    every, simulated = found(""), found({"datatype": "AOD"})
    assert ZTAUTAU in simulated < every
    assert found({"datatype": "AOD", "run_number.gte": 700324, "run_number.lt": 700325}) == {ZTAUTAU}
    assert found("datatype=AOD, run_number>=700324, run_number<700325") == {ZTAUTAU}
    assert found({"datatype.ne": "AOD"}) == found("datatype=EVN*") == every - simulated
    assert found([{"datatype": "AOD"}, {"datatype": "EVNT"}]) == found("datatype=AOD; datatype=EVNT") == every
    assert found({"created_at.gte": datetime.now(UTC)}) == set()
    with pytest.raises(dashboard.Problem, match="Rucio refused: There is no metadata plugin that manages the filter"):
        found({"colour": "red"})


def test_find_and_expand(alice: Workspace) -> None:
    found = list(alice.rules.find("mc26:*Z*", kind="dataset"))
    assert {row["did"] for row in found} >= {ZTAUTAU}
    assert {row["type"] for row in found} == {"dataset"}
    assert alice.rules.rses("tier=2&type=SCRATCH") == ["LAB-SCRATCH", "NORDIC-SCRATCH"]
    assert "mc26" in alice.rules.scopes()

"""A workspace with several schedds: every id goes to its own, and what becomes of all is told together."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dashboard
from dashboard.domain import job, label
from dashboard.domain.archive import archive, part
from dashboard.domain.health import Health
from dashboard.domain.outcome import Item, Progress
from dashboard.domain.problem import Problem
from dashboard.feed.archive_folder import Fill, Position
from dashboard.feed.recorder import Standing
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.workspace import Workspace, registry
from dashboard.workspace.history import History, join
from tests.finished import T, ad, table
from tests.unit.workspace.conftest import NOW, Replies


@pytest.fixture
def several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setattr(registry, "Poller", Replies)
    condor = HTCondorSettings(enabled=True, owner="alice", schedd=("near.cern.ch", "far.cern.ch"))
    with dashboard.connect(Settings(condor, RucioSettings(), tmp_path)) as workspace:
        for name in ("near", "far"):
            poller: Any = workspace._schedds.pollers[name]  # type: ignore[union-attr]
            poller.show(label.of_jobs(job.frame([{"ClusterId": 7, "ProcId": 0}], f"{name}.cern.ch"), name))
            poller.replies["act"] = Progress((Item(f"7.0@{name}", "done"),))
        yield workspace
    assert registry.in_use() == {}


def at(ws: Workspace, name: str) -> Any:
    assert ws._schedds
    return ws._schedds.pollers[name]


def test_jobs_of_all(several: Workspace) -> None:
    assert several.schedds == ("near", "far")
    assert list(several.jobs.frame().index) == ["7.0@near", "7.0@far"]
    assert list(several.jobs.batches().index) == ["7@near", "7@far"]
    assert list(several.jobs.frame(schedd="far.cern.ch").index) == ["7.0@far"]
    assert several.health["htcondor"].state == "ok"


def test_an_action_goes_to_the_schedd_of_each_id(several: Workspace) -> None:
    told = several.hold(["7.0@far", "7.0@near", "7.1@far"], reason="tired", action_id="k1")
    assert at(several, "near").asked == [("act", "hold", ["7.0@near"], "tired")]
    assert at(several, "far").asked == [("act", "hold", ["7.0@far", "7.1@far"], "tired")]
    assert [item.id for item in told.items] == ["7.0@far", "7.0@near"]
    assert several.audit.recent()[0]["items"] == [["7.0@far", "done", ""], ["7.0@near", "done", ""]]
    assert several.hold("7.0@far", action_id="k1") is told


def test_one_that_does_not_answer_takes_no_outcome_from_the_others(several: Workspace) -> None:
    at(several, "near").replies["act"] = Problem("timeout", "No reply.")
    told = several.remove(["7.0@near", "7.0@far"])
    assert [(item.id, item.result) for item in told.items] == [("7.0@near", "unknown"), ("7.0@far", "done")]
    at(several, "near").replies["edit"] = at(several, "far").replies["edit"] = Problem("invalid", "No such name.")
    with pytest.raises(Problem, match="No such name"):
        several.edit(["7.0@near", "7.0@far"], {"a b": 1})
    assert several.audit.recent()[0]["counts"] == {"failed": 2}


@pytest.mark.parametrize("wrong", ["7.0", "7", "7.0@else", "7.0@", "@", "7.0@near@far"])
def test_an_id_that_names_no_schedd_is_refused_before_anything_happens(several: Workspace, wrong: str) -> None:
    with pytest.raises(Problem, match=r"names none of the schedds in the settings: write .+@near or .+@far\."):
        several.remove(["7.0@near", wrong])
    with pytest.raises(Problem, match="names none of the schedds"):
        several.jobs.ad(wrong)
    assert at(several, "near").asked == at(several, "far").asked == []
    assert several.audit.recent()[0]["counts"] == {"failed": 2}


def test_a_submission_goes_to_the_first_or_to_the_one_named(several: Workspace) -> None:
    at(several, "near").replies["submit"] = at(several, "far").replies["submit"] = (7, 1)
    first = several.submit("executable = /bin/true\nqueue\n")
    other = several.submit("executable = /bin/true\nqueue\n", schedd="far")
    assert several.submit("executable = /bin/true\nqueue\n", schedd="far.cern.ch").batch == other.batch
    assert (first.batch, other.batch) == ("7@near", "7@far")
    assert (list(first.frame().index), list(other.frame().index)) == (["7.0@near"], ["7.0@far"])
    assert repr(other) == "Submission(cluster=7, count=1, schedd='far')"
    assert several.audit.recent()[0]["items"] == [["7@far", "done", ""]]
    with pytest.raises(Problem, match=r"not among those in the settings: near.cern.ch, far.cern.ch"):
        several.submit("executable = /bin/true\nqueue\n", schedd="else")


def test_what_is_asked_of_one_batch_or_job_is_asked_of_its_schedd(several: Workspace) -> None:
    at(several, "far").replies["ad"] = {"Owner": '"alice"'}
    assert several.jobs.ad("7.0@far") == {"Owner": '"alice"'}
    several.jobs.open("7@far")
    assert at(several, "far").asked == [("ad", "7.0@far"), ("open", "7@far"), ("wake",)]
    assert at(several, "near").asked == []
    for name in several.schedds:
        at(several, name).replies["history"] = at(several, name).snapshot.frame
    assert list(several.jobs.history().index) == ["7.0@near", "7.0@far"]


def test_a_script_is_warned_of_what_is_missing(several: Workspace) -> None:
    far = at(several, "far")
    far.snapshot = type(far.snapshot)(0, None, Health("down", NOW, "It is away."), far.snapshot.frame.iloc[:0])
    with pytest.warns(UserWarning, match=r"far is not answering .* missing from all numbers"):
        assert list(several.jobs.frame().index) == ["7.0@near"]


class Kept:
    """Stands where the recorder of a schedd is."""

    def __init__(self, *ads: dict[str, Any], **known: Any) -> None:
        self.standing = Standing(archive([part(table(*ads))] if ads else []), **known)

    def look(self) -> Standing:
        return self.standing

    def close(self) -> None:
        pass


def test_the_history_is_the_sum_of_all() -> None:
    near = Kept(ad(7, 0, T), ad(8, 0, T + 9), read=NOW)
    far = Kept(ad(7, 0, T + 5, JobStatus=3), read=datetime(2026, 11, 22, 13, tzinfo=UTC))
    recorders: Any = {"near": near, "far": far}
    history = History(lambda: recorders)
    assert list(history.frame().index) == ["8.0@near", "7.0@far", "7.0@near"]
    assert list(history.frame(limit=2).index) == ["8.0@near", "7.0@far"]
    assert history.statistics().result().total == 3
    assert history.look() is history.look()
    assert (history.look().read, history.look().reason) == (far.standing.read, "")
    far.standing = Standing(reason="It is away.")
    with pytest.warns(UserWarning, match=r"may be missing: far: It is away\."):
        assert len(history.frame()) == 2
    assert history.look().jobs.version == 2
    history.close()


def test_what_is_missing_of_any_history_is_told() -> None:
    fill = Fill(None, None, 5, 5)
    near = Standing(read=NOW, position=Position(after=7, gaps=((3, 4),)))
    far = Standing(position=Position(fill=fill, after=5, gaps=((1, 2),)))
    both = join({"near": near, "far": far}, Standing(), {})
    assert both.position == Position(fill=fill, after=7, gaps=((1, 2), (3, 4)))
    assert both.reason == "far: its history has not been read yet."
    assert join({"near": far, "far": far}, Standing(), {}).read is None


def test_frames_of_several_have_the_columns_of_one(several: Workspace) -> None:
    frame = several.jobs.frame()
    pd.testing.assert_series_equal(frame.dtypes.astype(str), at(several, "near").snapshot.frame.dtypes.astype(str))


def test_people_wait_until_the_history_has_been_read_once_and_pages_do_not() -> None:
    near = Kept()
    recorders: Any = {"": near}
    history = History(lambda: recorders)
    assert history.groups("batch", at_once=True).result().empty
    read = Standing(archive([part(table(ad(7, 0, T)))], 1), read=NOW)
    threading.Timer(0.2, lambda: setattr(near, "standing", read)).start()
    (group,) = history.groups("batch").result().itertuples()
    assert (group.jobs, group.last) == (1, datetime.fromtimestamp(T, UTC))
    assert history.statistics().result().total == 1
    history.close()

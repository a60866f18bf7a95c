"""Jobs on a real pool, through the public Python API."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import pandas as pd
import pytest

import dashboard
from dashboard.domain.job import COLUMNS
from dashboard.sandbox import Sandbox
from dashboard.sandbox.pool import Pool
from dashboard.workspace import Workspace
from tests.awaiting import awaited

WAITING = "executable = /bin/true\nrequest_cpus = 512\nqueue {count}\n"
"""Asks for more than the pool has, so it stays idle."""


@pytest.fixture
def alice(sandbox: Sandbox) -> Iterator[Workspace]:
    with dashboard.connect(sandbox.settings_file("alice")) as workspace:
        yield workspace


@pytest.fixture
def bob(sandbox: Sandbox) -> Iterator[Workspace]:
    with dashboard.connect(sandbox.settings_file("bob")) as workspace:
        yield workspace


def seen(frame: Callable[[], pd.DataFrame], condition: Callable[[pd.DataFrame], bool], what: str) -> pd.DataFrame:
    """The frame once it is as it should be."""
    return awaited(lambda: table if condition(table := frame()) else None, what)


def test_frame_has_the_documented_columns(alice: Workspace) -> None:
    frame = alice.jobs.frame()
    assert list(frame.columns) == [column.name for column in COLUMNS]
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {c.name: c.dtype for c in COLUMNS}


def test_submit_hold_release_edit_remove(alice: Workspace) -> None:
    submission = alice.submit(WAITING.format(count=3))
    frame = submission.frame()
    assert list(frame["state"]) == ["idle"] * 3
    ids = list(frame.index)

    held = alice.hold(ids, reason="waiting for the new <b>calibration</b>")
    assert held.counts == {"done": 3}
    frame = submission.frame()
    assert set(frame["state"]) == {"held"}
    assert frame["reason"].str.contains("waiting for the new <b>calibration</b>", regex=False).all()

    assert alice.hold(ids).counts == {"already": 3}
    assert alice.release(ids[:1]).ok
    released = alice.release(submission.batch)
    assert released.told == "2 done, 1 not held"
    assert [item.reason for item in released.items if item.result != "done"] == ["it is idle, not held: nothing to do"]
    assert set(submission.frame()["state"]) == {"idle"}

    assert alice.edit(ids[:2], {"RequestMemory": 333}).counts == {"done": 2}
    assert list(submission.frame()["memory_mib"].sort_index())[:2] == [333, 333]

    assert alice.remove(ids[:1]).ok
    assert alice.remove(str(submission.cluster)).counts == {"done": 2}
    assert set(submission.frame()["state"]) == {"removed"}
    assert alice.remove(ids).counts == {"missing": 3}

    entries = [json.loads(line) for line in alice.audit.file.read_text().splitlines()]
    mine = [entry for entry in entries if set(dict(i[:2] for i in entry["items"])) & set(ids)]
    assert {"hold", "release", "edit", "remove"} <= {entry["action"] for entry in mine}


def test_a_batch_that_is_still_to_make_jobs_makes_no_more_when_it_is_held_or_removed(alice: Workspace) -> None:
    submission = alice.submit("max_materialize = 2\n" + WAITING.format(count=9))
    ids = list(seen(submission.frame, lambda frame: len(frame) == 2, "the first jobs").index)

    def state() -> list[int]:
        return list(alice.jobs.batches().loc[submission.batch, ["idle", "held", "unborn"]])

    assert alice.hold([*ids, submission.batch]).counts == {"done": 2}
    assert state() == [0, 2, 7]
    assert alice.remove(ids).ok
    assert state() == [0, 0, 7]
    assert alice.release(submission.batch).counts == {"done": 1}
    seen(submission.frame, lambda frame: list(frame["state"]).count("idle") == 2, "the next jobs")
    assert alice.remove(submission.batch).counts == {"done": 2}
    awaited(lambda: state()[::2] == [0, 0] or None, "the end of the batch")


def test_a_job_held_right_after_it_was_removed_is_not_called_anothers(alice: Workspace) -> None:
    submission = alice.submit("executable = /bin/sleep\narguments = 600\nrequest_memory = 64\nqueue 3\n")
    seen(submission.frame, lambda frame: set(frame["state"]) == {"running"}, "that they run")
    first, *others = submission.frame().index
    assert alice.remove([first]).ok
    held = {item.id: item.result for item in alice.hold(submission.batch).items}
    assert [held[other] for other in others] == ["done", "done"]
    assert held.get(first, "missing") in ("skipped", "missing")
    assert alice.remove(others).ok


def test_jobs_run_to_their_end(alice: Workspace) -> None:
    submission = alice.submit("executable = /bin/sh\narguments = \"-c 'exit $(Process)'\"\nqueue 3\n")
    frame = submission.wait(timeout=120)
    assert list(frame.sort_values("proc")["state"]) == ["done", "failed", "failed"]
    assert list(frame.sort_values("proc")["exit_code"]) == [0, 1, 2]
    batch = alice.jobs.batches().loc[submission.batch]
    assert (batch["done"], batch["failed"], batch["total"], batch["progress"]) == (1, 2, 3, 1.0)


def test_anothers_jobs_are_refused_item_by_item(alice: Workspace, bob: Workspace) -> None:
    mine = alice.submit(WAITING.format(count=2))
    theirs = bob.submit(WAITING.format(count=1))
    ids = [*mine.frame().index, *theirs.frame().index, "999999.0"]
    outcome = alice.remove(ids)
    assert outcome.counts == {"done": 2, "denied": 1, "missing": 1}
    assert [item.id for item in outcome.items] == ids
    denied = next(item for item in outcome.items if item.result == "denied")
    assert "bob" in denied.reason
    assert set(bob.jobs.frame().loc[list(theirs.frame().index), "state"]) == {"idle"}
    edited = alice.edit(theirs.frame().index, {"RequestMemory": 1})
    assert edited.counts == {"denied": 1}
    assert bob.remove(theirs.frame().index).ok


def test_a_missing_input_is_held_with_its_reason(alice: Workspace) -> None:
    text = "executable = /bin/true\ntransfer_input_files = not-there.root\nshould_transfer_files = YES\nqueue\n"
    submission = alice.submit(text)
    frame = seen(submission.frame, lambda f: set(f["state"]) == {"held"}, "the hold")
    assert frame["hold_code"].iloc[0] == 13
    assert "not-there.root" in frame["reason"].iloc[0]
    assert alice.remove(submission.batch).ok


def test_spooling_shows_as_uploading(alice: Workspace, sandbox: Sandbox) -> None:
    """A job whose input has not been uploaded yet has hold code 16; it is not held."""
    submitted = _submit_without_spooling(sandbox)
    frame = seen(alice.jobs.frame, lambda f: submitted in f.index, "the job")
    assert frame.loc[submitted, "state"] == "uploading"
    assert frame.loc[submitted, "hold_code"] == 16
    assert alice.jobs.batches().loc[submitted.partition(".")[0], "held"] == 0
    assert alice.remove(submitted).ok


def _submit_without_spooling(sandbox: Sandbox) -> str:
    """Submit for spooling but upload nothing, in a process of its own; the job's id."""
    code = (
        "import sys\n"
        "from dashboard.settings import load\n"
        "from dashboard.backends.htcondor import connect\n"
        "backend = connect(load(sys.argv[1]).htcondor)\n"
        "import htcondor2\n"
        "with backend._schedd.asked() as schedd:\n"
        "    result = schedd.submit(htcondor2.Submit('executable = /bin/true\\nqueue'), spool=True)\n"
        "print(f'{result.cluster()}.{result.first_proc()}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(sandbox.settings_file("alice"))], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_spooled_submission_runs(alice: Workspace) -> None:
    submission = alice.submit("executable = /bin/true\nqueue\n", spool=True)
    frame = seen(submission.frame, lambda f: set(f["state"]) == {"done"}, "the end")
    assert len(frame) == 1
    assert alice.remove(submission.batch).counts["done"] == 1


def test_a_submission_happens_once(alice: Workspace, sandbox: Sandbox) -> None:
    first = alice.submit(WAITING.format(count=1), action_id="once-and-only-once")
    with dashboard.connect(sandbox.settings_file("alice")) as another:
        # As after a restart of the dashboard: nothing is remembered here, the job's ad tells.
        second = another.submit(WAITING.format(count=1), action_id="once-and-only-once")
    assert second.cluster == first.cluster
    assert alice.remove(first.batch).counts == {"done": 1}


def test_refusals_are_one_sentence(alice: Workspace) -> None:
    with pytest.raises(dashboard.Problem, match="submit description") as refused:
        alice.submit("executable = /bin/true\nqueue -3\n")
    assert "\n" not in str(refused.value)
    with pytest.raises(dashboard.Problem, match="no-such-program is not there"):
        alice.submit("executable = no-such-program\nqueue\n")
    assert alice.remove(alice.submit("executable = /no/such\ntransfer_executable = false\nrequest_cpus=512\nqueue")).ok
    with pytest.raises(dashboard.Problem, match="not a job id"):
        alice.hold("1; DROP")
    with pytest.raises(dashboard.Problem, match="attribute"):
        alice.edit("1.0", {"Owner = 1; x": 1})


def test_hostile_values_stay_values(alice: Workspace) -> None:
    name = '<img src=x onerror=alert(1)> "quoted" $(Process)'
    submission = alice.submit(
        {"executable": "/bin/true", "request_cpus": 512, "JobBatchName": name.replace("$", "$(DOLLAR)")}
    )
    alice.edit(submission.batch, {"CygnetNote": '" || true || "'})
    job_id = submission.frame().index[0]
    assert alice.jobs.ad(job_id)["CygnetNote"] == r'"\" || true || \""'
    assert "<img src=x" in submission.frame()["batch_name"].iloc[0]
    alice.remove(submission.batch)


def test_counts_equal_what_condor_q_says(alice: Workspace, pool: Pool) -> None:
    submission = alice.submit(WAITING.format(count=5))
    ids = list(submission.frame().index)
    alice.hold(ids[:2])
    told = pool.command("condor_q", str(submission.cluster), "-af", "JobStatus").split()
    states = submission.frame()["state"].value_counts()
    assert (told.count("5"), told.count("1")) == (states["held"], states["idle"]) == (2, 3)
    alice.remove(submission.batch)


def test_history_lists_the_finished(alice: Workspace) -> None:
    submission = alice.submit("executable = /bin/true\nqueue\n")
    submission.wait(timeout=60)
    history = alice.jobs.history(since="1d", limit=500)
    assert f"{submission.cluster}.0" in history.index
    assert (history["state"] != "idle").all()

"""Job states and the jobs frame."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import job
from dashboard.domain.job import COLUMNS, JobState

AD = {"ClusterId": 48211, "ProcId": 3, "Owner": "alice", "JobStatus": 2, "QDate": 1000, "Cmd": "/bin/fit"}


@pytest.mark.parametrize(
    ("ad", "expected"),
    [
        ({"JobStatus": 1}, JobState.IDLE),
        ({"JobStatus": 2}, JobState.RUNNING),
        ({"JobStatus": 2, "TransferringInput": True}, JobState.TRANSFERRING),
        ({"JobStatus": 2, "TransferringOutput": True}, JobState.TRANSFERRING),
        ({"JobStatus": 2, "TransferQueued": True}, JobState.TRANSFERRING),
        ({"JobStatus": 2, "TransferringInput": False}, JobState.RUNNING),
        ({"JobStatus": 3}, JobState.REMOVED),
        ({"JobStatus": 4, "ExitCode": 0}, JobState.DONE),
        ({"JobStatus": 4}, JobState.DONE),
        ({"JobStatus": 4, "ExitCode": 2}, JobState.FAILED),
        ({"JobStatus": 4, "ExitBySignal": True, "ExitSignal": 9}, JobState.FAILED),
        ({"JobStatus": 5, "HoldReasonCode": 34}, JobState.HELD),
        ({"JobStatus": 5, "HoldReasonCode": 15}, JobState.HELD),
        ({"JobStatus": 5, "HoldReasonCode": 16}, JobState.UPLOADING),
        ({"JobStatus": 5}, JobState.HELD),
        ({"JobStatus": 6}, JobState.TRANSFERRING),
        ({"JobStatus": 7}, JobState.SUSPENDED),
        ({"JobStatus": 99}, JobState.IDLE),
        ({}, JobState.IDLE),
    ],
)
def test_state(ad: dict[str, Any], expected: JobState) -> None:
    assert job.state(ad) is expected


def test_states_in_which_a_job_can_be_acted_on() -> None:
    assert set(JobState) - set(job.LIVE) == {JobState.DONE, JobState.FAILED, JobState.REMOVED}


def test_a_running_jobs_time_includes_the_present_run() -> None:
    ad = AD | {"RemoteWallClockTime": 100.0, "JobCurrentStartDate": 2000}
    frame = job.frame([ad | {"ProcId": 0}, ad | {"ProcId": 1, "JobStatus": 1}])
    at = datetime.fromtimestamp(2050, UTC)
    assert list(job.timed(frame, at)["run_s"]) == [150.0, 100.0]
    assert list(job.timed(frame, at - timedelta(seconds=60))["run_s"]) == [100.0, 100.0], "a clock that lags"
    assert list(frame["run_s"]) == [100.0, 100.0]


@pytest.mark.parametrize(
    ("status", "reason"), [(5, "held for it"), (3, "via condor_rm"), (1, "preempted"), (2, "preempted")]
)
def test_the_reason_is_that_of_the_state(status: int, reason: str) -> None:
    told = {"HoldReason": "held for it", "RemoveReason": "via condor_rm", "VacateReason": "preempted"}
    assert job.row(AD | told | {"JobStatus": status})["reason"] == reason


def test_where_it_runs_or_ran_last() -> None:
    where = {"RemoteHost": "slot1_2@node7.site", "LastRemoteHost": "slot1@node3.site"}
    assert job.row(AD | where)["host"] == "node7.site"
    assert job.row(AD | where | {"JobStatus": 4})["host"] == "node3.site"
    assert job.row(AD)["host"] == ""


def test_a_dag_is_one_batch() -> None:
    assert job.row(AD)["batch"] == "48211"
    assert job.row(AD | {"DAGManJobId": 48200})["batch"] == "48200"


def test_a_signal_counts_only_when_it_ended_the_job() -> None:
    assert job.row(AD | {"ExitSignal": 9, "ExitBySignal": False})["exit_signal"] is None
    assert job.row(AD | {"ExitSignal": 9, "ExitBySignal": True})["exit_signal"] == 9


def dtypes(frame: pd.DataFrame) -> dict[str, str]:
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def test_frame_has_the_documented_dtypes_also_when_empty() -> None:
    expected = {column.name: column.dtype for column in COLUMNS}
    full, empty = job.frame([AD, {"ClusterId": 1, "ProcId": 0}], schedd="s1"), job.frame([])
    assert dtypes(full) == dtypes(empty) == expected
    assert (full.index.name, empty.index.name) == ("id", "id")
    assert list(full.index) == ["48211.3", "1.0"]
    assert full.loc["48211.3", "schedd"] == "s1"
    assert full.loc["48211.3", "submitted"] == pd.Timestamp(1000, unit="s", tz="UTC")
    assert pd.isna(full.loc["1.0", "submitted"])
    assert pd.isna(full.loc["1.0", "exit_code"])


def test_every_column_has_its_attribute_in_the_projection() -> None:
    read: set[str] = set()

    class Recording(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            read.add(key)
            return super().get(key, default)

        def __getitem__(self, key: str) -> Any:
            read.add(key)
            return super().__getitem__(key)

    for status in range(1, 8):
        job.row(Recording(AD, JobStatus=status, ExitBySignal=True, JobCurrentStartDate=5))
    assert read == set(job.ATTRIBUTES)


@given(st.tuples(st.integers(0, 10**9), st.integers(0, 10**6)))
def test_id_key_sorts_as_numbers(key: tuple[int, int]) -> None:
    assert job.id_key(f"{key[0]}.{key[1]}") == key


@pytest.mark.parametrize("text", ["1234", "a.b", "", "1.x"])
def test_id_key_refuses_what_is_no_job(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        job.id_key(text)

"""Batches: counts, progress, what is lost."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import batch, job
from dashboard.domain.batch import STATES
from dashboard.domain.table import build

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
AT = int(NOW.timestamp())


def ad(cluster: int, proc: int, state: str = "idle", **more: Any) -> dict[str, Any]:
    refined: dict[str, dict[str, Any]] = {
        "idle": {"JobStatus": 1},
        "running": {"JobStatus": 2},
        "transferring": {"JobStatus": 2, "TransferringInput": True},
        "suspended": {"JobStatus": 7},
        "uploading": {"JobStatus": 5, "HoldReasonCode": 16},
        "held": {"JobStatus": 5, "HoldReasonCode": 1},
        "done": {"JobStatus": 4, "ExitCode": 0},
        "failed": {"JobStatus": 4, "ExitCode": 1},
        "removed": {"JobStatus": 3},
    }
    return {"ClusterId": cluster, "ProcId": proc, "Owner": "alice", "QDate": AT - 3600} | refined[state] | more


def clusters(**more: Any) -> pd.DataFrame:
    """Cluster 7 as its ad tells it."""
    told = {"batch": "7", "batch_name": "", "owner": "alice", "schedd": "", "command": "/bin/fit", "submitted": AT}
    numbers = {"total": 0, "unborn": 0, "idle": 0, "running": 0, "held": 0, "present": 0, "counted": False}
    return build([told | numbers | more], batch.CLUSTER_COLUMNS, pd.Index([7], dtype="int64"))


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(STATES)), max_size=40))
def test_counts_add_up(jobs: list[tuple[int, str]]) -> None:
    frame = job.frame([ad(cluster, proc, state) for proc, (cluster, state) in enumerate(jobs)])
    table = batch.batches(frame)
    assert table[list(STATES)].to_numpy().sum() == len(jobs)
    assert list(table["total"]) == list(table[list(STATES)].sum(axis=1))
    assert batch.summed(table) == batch.counts(frame)
    assert list(table["rows"]) == list(table["total"])
    assert table["progress"].between(0, 1).all()
    assert set(table.index) == {str(cluster) for cluster, _ in jobs}


def test_no_jobs_no_batches() -> None:
    table = batch.batches(job.table([]))
    assert table.empty
    assert {"name", "owner", "total", "lost", "progress", *STATES} <= set(table.columns)
    assert batch.counts(job.table([])) == dict.fromkeys(STATES, 0)


def test_progress_is_what_is_over() -> None:
    frame = job.frame([ad(7, n, state) for n, state in enumerate(["done", "failed", "removed", "held"])])
    assert batch.batches(frame).loc["7", "progress"] == 0.75


def test_jobs_that_left_unseen_are_lost_not_forgotten() -> None:
    frame = job.frame([ad(7, 8, "running"), ad(7, 9, "done")])
    row = batch.batches(frame, clusters(total=10)).loc["7"]
    assert (row["total"], row["lost"], row["progress"]) == (10, 8, 0.9)


def test_more_jobs_than_the_schedd_counts_are_not_negative() -> None:
    row = batch.batches(job.frame([ad(7, 0), ad(7, 1)]), clusters(total=1)).loc["7"]
    assert (row["total"], row["lost"]) == (2, 0)


def test_jobs_still_to_be_read_count_as_the_schedd_counts_them() -> None:
    """Those known already have ended and left the queue."""
    told = clusters(total=100, unborn=20, idle=30, running=10, held=5, present=47, counted=True)
    row = batch.batches(job.frame([ad(7, 0, "failed")]), told).loc["7"]
    assert row[["idle", "running", "held", "done", "failed"]].to_dict() == {
        "idle": 30,
        "running": 10,
        "held": 5,
        "done": 2,
        "failed": 1,
    }
    assert (row["total"], row["rows"], row["unborn"], row["lost"]) == (100, 1, 20, 32)
    row = batch.batches(job.table([]), told).loc["7"]
    assert (row["name"], row["owner"], row["lost"], row["rows"]) == ("fit", "alice", 33, 0)
    assert row["submitted"] == pd.Timestamp(AT, unit="s", tz="UTC")


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5), st.sampled_from(STATES)), unique_by=lambda t: t[:2]))
def test_batches_are_what_grouping_says(jobs: list[tuple[int, int, str]]) -> None:
    frame = job.frame(
        [
            ad(
                cluster,
                proc,
                state,
                QDate=AT - proc,
                CompletionDate=AT + cluster - proc,
                DAGManJobId=cluster // 2 or None,
            )
            for cluster, proc, state in sorted(jobs)
        ]
    )
    table = batch.batches(frame)
    groups = frame.groupby(frame["batch"].astype(str))
    for column, by in [("submitted", "min"), ("finished", "max"), ("cluster", "nunique")]:
        ours = table["clusters" if column == "cluster" else column].sort_index()
        assert list(ours) == list(groups[column].agg(by).sort_index())


def test_the_clusters_of_a_dag_are_together() -> None:
    old, new = ad(1, 0), ad(2, 0, QDate=AT, DAGManJobId=2, JobBatchName="fit")
    table = batch.batches(job.frame([old, new, ad(3, 0, QDate=AT, DAGManJobId=2)]))
    assert list(table.index) == ["1", "2"]
    assert (table.loc["2", "clusters"], table.loc["2", "name"]) == (2, "fit")

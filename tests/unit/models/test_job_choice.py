import numpy as np
import pandas as pd
import pytest

from dashboard.domain import job, label
from dashboard.feed.joint import stacked
from dashboard.models.job_choice import by_id, chosen, located

JOBS = job.frame(
    [
        {"ClusterId": 1, "ProcId": 0, "JobBatchName": "zmumu", "JobStatus": 2, "RemoteHost": "slot1@b9a.cern.ch"},
        {"ClusterId": 1, "ProcId": 1, "JobBatchName": "zmumu", "JobStatus": 5, "HoldReason": "out of memory"},
        {"ClusterId": 2, "ProcId": 0, "JobBatchName": "toys.*", "JobStatus": 1},
    ]
)


@pytest.mark.parametrize(
    ("state", "text", "ids"),
    [
        ("", "", ["1.0", "1.1", "2.0"]),
        ("held", "", ["1.1"]),
        ("", "ZMU", ["1.0", "1.1"]),
        ("", "b9a", ["1.0"]),
        ("", "2.0", ["2.0"]),
        ("", "memory zmumu", ["1.1"]),
        ("", ".*", ["2.0"]),
        ("held", "toys", []),
        ("suspended", "", []),
    ],
)
def test_jobs_are_chosen_by_state_and_words(state, text, ids):
    assert list(JOBS.index[chosen(JOBS, state, text)]) == ids


def test_only_ids_of_jobs_are_located():
    rows = np.array([0, 1])
    asked = ["1.1", "2.0", "nonsense", "1.", ".1", "1.01", "²1.0", "99999999999.0", 7, None]
    assert list(located(JOBS, rows, asked)) == [1]


def test_the_same_number_at_two_schedds_is_two_jobs():
    here, there = (
        label.of_jobs(JOBS.assign(schedd=pd.Categorical([name] * 3)), name[:4]) for name in ("near", "far@b")
    )
    both = stacked([here, there])
    assert list(both.index) == ["1.0@near", "1.1@near", "2.0@near", "1.0@far@", "1.1@far@", "2.0@far@"]
    assert list(located(both, np.arange(6), ["1.1@far@", "2.0", "1.0@near", "1.0@else"])) == [0, 4]
    assert list(chosen(both, text="far")) == [False] * 3 + [True] * 3
    assert list(chosen(both, text="1.0@n")) == [True] + [False] * 5
    assert list(chosen(both, text="2.0")) == [False, False, True] * 2


def test_ids_are_in_order_as_numbers():
    jobs = job.frame([{"ClusterId": c, "ProcId": p, "JobStatus": 1} for c, p in ((10, 2), (9, 11), (10, 11), (9, 2))])
    rows = np.array([0, 1, 2])
    assert list(jobs.index[by_id(jobs, rows)]) == ["9.11", "10.2", "10.11"]
    assert list(jobs.index[by_id(jobs, rows, descending=True)]) == ["10.11", "10.2", "9.11"]

import numpy as np
import pytest

from dashboard.domain import job
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


def test_ids_are_in_order_as_numbers():
    jobs = job.frame([{"ClusterId": c, "ProcId": p, "JobStatus": 1} for c, p in ((10, 2), (9, 11), (10, 11), (9, 2))])
    rows = np.array([0, 1, 2])
    assert list(jobs.index[by_id(jobs, rows)]) == ["9.11", "10.2", "10.11"]
    assert list(jobs.index[by_id(jobs, rows, descending=True)]) == ["10.11", "10.2", "9.11"]

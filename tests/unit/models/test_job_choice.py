import pytest

from dashboard.domain import job
from dashboard.models.job_choice import chosen

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
    assert list(chosen(JOBS, state, text).index) == ids

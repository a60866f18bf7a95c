import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import job
from dashboard.domain.histogram import counted, memories, nice_edges, run_times

times = st.lists(st.floats(0, 1e7) | st.integers(0, 100).map(float), max_size=50)


@given(times)
def test_counts_are_those_of_numpy(values):
    edges = nice_edges(max(values, default=1.0))
    assert list(counted(np.array(values), edges)) == list(np.histogram(values, edges)[0])


def test_what_is_not_known_is_not_counted():
    assert counted(np.array([1.0, np.nan]), np.array([0.0, 1.0, 2.0])).sum() == 1
    used = memories(job.frame([{"ClusterId": 1, "ProcId": 0, "JobStatus": 2}]))
    assert (used.every.sum(), used.asked) == (0, None)


def test_only_jobs_that_ended_have_a_run_time():
    ads = [{"ClusterId": 1, "ProcId": n, "JobStatus": 4 if n else 2, "ExitCode": n - 1} for n in range(3)]
    found = run_times(job.frame([{**ad, "RemoteWallClockTime": 400.0} for ad in ads]))
    assert (found.every.sum(), found.well.sum(), found.unit) == (2, 1, "minutes")

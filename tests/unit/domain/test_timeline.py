from datetime import UTC, datetime, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import insight, job
from dashboard.domain.throughput import BARS, throughput
from dashboard.domain.timeline import STATES, timeline

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
T = int(NOW.timestamp())


def ad(proc, status, submitted=3600, started=None, since=None, ended=None, **more):
    """Times in seconds before now."""
    times = {"QDate": submitted, "JobStartDate": started, "EnteredCurrentStatus": since, "CompletionDate": ended}
    ads = {name: T - ago for name, ago in times.items() if ago is not None}
    return {"ClusterId": 1, "ProcId": proc, "JobStatus": status, **ads, **more}


def test_a_job_goes_through_its_states():
    table = timeline(job.frame([ad(0, 4, 3600, 2400, 1200, 1200, ExitCode=0)]), NOW, points=7)
    assert list(table["idle"]) == [1, 1, 0, 0, 0, 0, 0]
    assert list(table["running"]) == [0, 0, 1, 1, 0, 0, 0]
    assert list(table["done"]) == [0, 0, 0, 0, 1, 1, 1]


def test_held_before_it_ran_and_after():
    never = ad(0, 5, 3600, None, 1200, HoldReasonCode=1)
    ran = ad(1, 5, 3600, 2400, 1200, HoldReasonCode=34)
    table = timeline(job.frame([never, ran]), NOW, points=4)
    assert list(table["idle"]) == [2, 1, 0, 0]
    assert list(table["running"]) == [0, 1, 0, 0]
    assert list(table["held"]) == [0, 0, 2, 2]


def test_what_runs_again_did_not_run_meanwhile():
    again = ad(0, 2, 3600, 3000, 600, RemoteWallClockTime=600.0, JobCurrentStartDate=T - 600)
    table = timeline(job.frame([again]), NOW, points=7)
    assert list(table["idle"]) == [1, 0, 1, 1, 1, 0, 0]
    assert list(table["running"]) == [0, 1, 0, 0, 0, 1, 1]


def test_what_was_released_and_waits_does_not_run():
    waits = ad(0, 1, 3600, 3000, 600, RemoteWallClockTime=1200.0)
    table = timeline(job.frame([waits]), NOW, points=7)
    assert list(table["running"]) == [0, 1, 1, 0, 0, 0, 0]
    assert list(table["idle"]) == [1, 0, 0, 1, 1, 1, 1]


def test_clocks_that_differ_a_little_are_no_stop():
    held = ad(0, 5, 3600, 3000, 598, RemoteWallClockTime=2399.0, HoldReasonCode=34)
    table = timeline(job.frame([held]), NOW, points=3601)
    assert table["idle"].sum() == 600
    assert table["held"].sum() == 599


def test_uploading_is_not_held():
    table = timeline(job.frame([ad(0, 5, 60, None, 60, HoldReasonCode=16)]), NOW)
    assert table["held"].sum() == 0
    assert table["uploading"].iloc[-1] == 1


moments = st.integers(0, 5000)
drawn_jobs = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 3, 4, 5, 7]),
        moments,
        st.none() | moments,
        moments,
        st.sampled_from([0, 16]),
        st.none() | moments,
        st.none() | moments,
    ),
    max_size=20,
)


@given(drawn_jobs)
def test_every_job_is_in_one_state_at_every_time(drawn):
    ads = [
        ad(
            proc,
            status,
            max(a, b or 0, c),
            b,
            c,
            c if status == 4 else None,
            ExitCode=code,
            HoldReasonCode=code,
            RemoteWallClockTime=float(ran or 0),
            JobCurrentStartDate=again and T - again,
        )
        for proc, (status, a, b, c, code, ran, again) in enumerate(drawn)
    ]
    frame = job.frame(ads)
    table = timeline(frame, NOW)
    assert (table >= 0).all(axis=None)
    born = pd.Series([(frame["submitted"] <= time).sum() for time in table.index], index=table.index)
    assert list(table.sum(axis=1)) == list(born)
    now = frame["state"].astype(str).value_counts()
    assert {state: int(table[state].iloc[-1]) for state in STATES if table[state].iloc[-1]} == now.to_dict()


def test_throughput_counts_every_job_once():
    ads = [ad(n, 4, 7200, 7000, n * 60, n * 60, ExitCode=n % 2) for n in range(1, 60)]
    table = throughput(job.frame(ads), NOW, NOW - timedelta(hours=2))
    assert len(table) <= BARS + 1
    assert (table["done"].sum(), table["failed"].sum()) == (29, 30)
    assert throughput(job.frame([]), NOW, NOW - timedelta(hours=2)).sum().sum() == 0


def test_insight_in_words():
    ads = [ad(n, 4, 7200, 7000, n * 60, n * 60, ExitCode=0, RemoteWallClockTime=n * 60.0) for n in range(1, 60)]
    frame = job.frame([*ads, ad(99, 2, 7200, 60, 60, MemoryUsage=2355, RequestMemory=2048)])
    assert insight.rate(frame, NOW) == "59 finish per hour now"
    assert insight.run_time(frame) == "half under 30 min, 90 % under 53 min"
    assert insight.memory_used(frame) == "90 % used under 2.3 GiB; 1 passed 2 GiB"


def test_insight_when_nothing_is_known():
    nothing = job.frame([])
    assert insight.rate(nothing, NOW) == "no jobs yet"
    assert insight.run_time(nothing) == "no job has ended yet"
    assert insight.memory_used(nothing) == "no usage is known yet"
    assert insight.rate(job.frame([ad(0, 1, 60, None, 60)]), NOW) == "none has ended yet"


def test_rate_of_a_young_or_finished_batch():
    young = [ad(0, 4, 300, 200, 100, 100, ExitCode=0), ad(1, 2, 300, 200, 200)]
    assert insight.rate(job.frame(young), NOW) == "1 ended in the last 5 min 00 s"
    assert insight.rate(job.frame(young[:1]), NOW) == "all ended 3 min 20 s after the first was submitted"

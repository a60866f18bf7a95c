import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import ending, hold, job
from dashboard.domain.cause import causes


def ad(proc, cluster=7, **more):
    return {"ClusterId": cluster, "ProcId": proc, "JobBatchName": "toys", **more}


def failed(proc, code=None, number=None, **more):
    ended = {"ExitBySignal": True, "ExitSignal": number} if number else {"ExitCode": code}
    return ad(proc, JobStatus=4, **ended, **more)


def held(proc, code, reason, **more):
    return ad(proc, JobStatus=5, HoldReasonCode=code, HoldReason=reason, **more)


def test_jobs_are_grouped_by_why():
    found = causes(
        job.frame(
            [
                failed(0, 4),
                failed(1, number=11),
                failed(2, 4),
                held(3, 34, "used 2.1 GB"),
                held(4, 34, "used 2.2 GB"),
                held(5, 34, "used 2.2 GB"),
                failed(6, 4, cluster=8),
                ad(7, JobStatus=4, ExitCode=0),
            ]
        )
    )
    assert [(c.batch, c.state, c.word, tuple(c.ids)) for c in found] == [
        ("7", "held", "memory", ("7.3", "7.4", "7.5")),
        ("7", "failed", "exit code 4", ("7.0", "7.2")),
        ("7", "failed", "signal 11 (SIGSEGV)", ("7.1",)),
        ("8", "failed", "exit code 4", ("8.6",)),
    ]
    assert found[0].reason == "used 2.2 GB"
    assert found[0].name == "toys"


def test_a_batch_without_a_name_is_called_by_its_program():
    (cause,) = causes(job.frame([held(0, 34, "used 2.1 GB") | {"JobBatchName": "", "Cmd": "/home/alice/fit.sh"}]))
    assert cause.name == "fit.sh"


def test_policy_holds_are_told_apart_by_their_text():
    found = causes(job.frame([held(0, 26, "Job exceeded its memory"), held(1, 26, "ran longer than max_runtime")]))
    assert {c.word for c in found} == {"memory", "run time"}


def test_nothing_wrong():
    assert not causes(job.frame([]))
    assert not causes(job.frame([ad(0, JobStatus=2)]))


@pytest.mark.parametrize(
    ("code", "number", "word"),
    [(127, None, "exit code 127"), (None, 9, "signal 9 (SIGKILL)"), (None, 99, "signal 99"), (None, None, "failed")],
)
def test_every_ending_has_a_word(code, number, word):
    explanation = ending.explain(code, number)
    assert explanation.word == word
    assert explanation.meaning
    assert explanation.remedy


wrongs = st.tuples(
    st.integers(1, 3),
    st.sampled_from([1, 13, 26, 34, None]),
    st.sampled_from(["", "memory usage", "ran longer than max_runtime", "gone"]),
    st.none() | st.integers(0, 3),
    st.none() | st.sampled_from([9, 11]),
)


@given(st.lists(st.tuples(st.booleans(), wrongs), max_size=25))
def test_causes_are_those_of_each_job_by_itself(drawn):
    ads = [
        held(proc, code, reason, cluster=cluster) if is_held else failed(proc, exit_code, number, cluster=cluster)
        for proc, (is_held, (cluster, code, reason, exit_code, number)) in enumerate(drawn)
    ]
    jobs = job.frame([{name: value for name, value in ad.items() if value is not None} for ad in ads])
    expected: dict = {}
    for job_id, row in jobs.iterrows():
        code, exit_code, number = (
            None if pd.isna(row[c]) else int(row[c]) for c in ("hold_code", "exit_code", "exit_signal")
        )
        if row["state"] in ("held", "failed"):
            is_held = row["state"] == "held"
            explained = hold.explain(code, row["reason"]) if is_held else ending.explain(exit_code, number)
            key = (row["batch"], row["state"], explained.word)
            expected.setdefault(key, []).append((job_id, explained, row["reason"] if is_held else ""))
    found = causes(jobs)
    told = [(cause.batch, cause.state, cause.word) for cause in found]
    assert told == sorted(expected, key=lambda key: -len(expected[key]))
    for key, cause in zip(told, found, strict=True):
        ids, explained, reasons = zip(*expected[key], strict=True)
        assert (tuple(cause.ids), cause.explanation) == (ids, explained[0])
        assert reasons.count(cause.reason) == max(map(reasons.count, reasons))

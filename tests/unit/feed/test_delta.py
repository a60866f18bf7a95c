"""Changes merged one by one are the whole truth."""

import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.domain import job, rule
from dashboard.domain.change import Change, Rows
from dashboard.domain.health import Health
from dashboard.feed import delta
from dashboard.feed.snapshot import Snapshot

START = datetime(2026, 11, 22, tzinfo=UTC)
IDS = st.integers(0, 12)
ADS = st.fixed_dictionaries(
    {"JobStatus": st.integers(1, 7)},
    optional={
        "Owner": st.sampled_from(["alice", "bob"]),
        "RemoteHost": st.sampled_from([f"slot1@node{n}" for n in range(5)]),
        "ExitCode": st.integers(0, 3),
        "MemoryUsage": st.integers(1, 4096),
        "QDate": st.integers(10**9, 2 * 10**9),
        "HoldReason": st.text(max_size=5),
    },
)
STEPS = st.lists(st.tuples(st.dictionaries(IDS, ADS, max_size=6), st.sets(IDS, max_size=4), st.booleans()), max_size=5)


def snapshot(frame: pd.DataFrame) -> Snapshot:
    return Snapshot(0, None, Health("starting", START), frame)


def jobs(ads: dict[int, dict[str, Any]]) -> pd.DataFrame:
    return job.frame([{"ClusterId": 7, "ProcId": number, **ad} for number, ad in ads.items()])


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame regardless of the order of its rows and of the categories it could have."""
    categories = {name: "object" for name, dtype in frame.dtypes.items() if str(dtype) == "category"}
    return frame.sort_index().astype(categories)


@settings(max_examples=20)
@given(STEPS)
def test_changes_one_by_one_are_the_full_table(steps: list[tuple[dict[int, Any], set[int], bool]]) -> None:
    known = snapshot(job.table([]))
    truth: dict[int, Any] = {}
    for number, (changed, gone, full) in enumerate(steps):
        removals = tuple(f"7.{proc}" for proc in gone - changed.keys())
        truth = changed if full else {key: ad for key, ad in truth.items() if key not in gone} | changed
        time = START + timedelta(seconds=number)
        before, known = known, delta.merge(known, Change(number, time, jobs(changed), removals, full))
        expected = jobs(truth)
        pd.testing.assert_frame_equal(plain(known.frame), plain(expected), check_index_type=False)
        assert known.frame.index.is_unique
        assert list(known.frame.dtypes.astype(str)) == list(expected.dtypes.astype(str))
        assert (known.time, known.health.state) == (time, "ok")
        if known.version == before.version:
            pd.testing.assert_frame_equal(known.frame, before.frame)
        else:
            assert known.version == before.version + 1


@settings(max_examples=10)
@given(st.dictionaries(IDS, ADS, max_size=6))
def test_the_version_stays_when_nothing_changes(ads: dict[int, Any]) -> None:
    totals = {"clusters": pd.DataFrame({"total": [3]})}
    first = delta.merge(snapshot(job.table([])), Change(1, START, jobs(ads), full=True, totals=totals))
    later = START + timedelta(seconds=10)
    for change in (
        Change(2, later, jobs({}), totals=totals),
        Change(2, later, jobs({}), ("9.9",), totals=totals),
        Change(2, later, jobs(ads), full=True, totals=totals),
    ):
        again = delta.merge(first, change)
        assert (again.version, again.time) == (first.version, later)
        assert again.frame is first.frame
    assert first.version == 1


def test_no_change_is_sent_in_a_few_hundred_bytes_and_merged_as_such() -> None:
    batches = pd.DataFrame({"total": [3]}, index=pd.Index(["7"], dtype=object))
    first = delta.merge(
        snapshot(job.table([])),
        Change(1, START, jobs({1: {}}), full=True, totals={"batches": Rows(batches, full=True)}),
    )
    sent = pickle.dumps(Change(2, START, jobs({}), totals={"batches": Rows(batches.iloc[:0])}), protocol=5)
    assert len(sent) < 500
    change = pickle.loads(sent)  # noqa: S301  just made
    again = delta.merge(first, change, job.keys)
    assert (again.version, again.frame is first.frame) == (1, True)
    assert again.totals["batches"] is first.totals["batches"]
    gone = delta.merge(first, pickle.loads(pickle.dumps(replace(change, removals=("7.1",)))), job.keys)  # noqa: S301
    assert (gone.version, len(gone.frame), gone.frame.dtypes.equals(first.frame.dtypes)) == (2, 0, True)


def test_all_that_is_told_anew_keeps_its_columns_when_it_is_nothing() -> None:
    sent = pickle.loads(pickle.dumps(Change(1, START, jobs({}), full=True)))  # noqa: S301  just made
    pd.testing.assert_frame_equal(sent.upserts, jobs({}))


def test_a_changed_total_is_a_new_version() -> None:
    first = delta.merge(
        snapshot(job.table([])), Change(1, START, jobs({}), totals={"clusters": pd.DataFrame({"n": [1]})})
    )
    second = delta.merge(first, Change(2, START, jobs({}), totals={"clusters": pd.DataFrame({"n": [2]})}))
    assert second.version == first.version + 1
    assert list(second.totals["clusters"]["n"]) == [2]


def test_the_first_answer_is_a_new_version_also_when_empty() -> None:
    assert delta.merge(snapshot(job.table([])), Change(1, START, jobs({}), full=True)).version == 1


def test_the_last_of_two_upserts_wins() -> None:
    twice = job.frame([{"ClusterId": 7, "ProcId": 1, "JobStatus": status} for status in (1, 2)])
    merged = delta.merge(snapshot(jobs({2: {"JobStatus": 1}})), Change(1, START, twice))
    assert dict(merged.frame["state"]) == {"7.2": "idle", "7.1": "running"}


def test_snapshots_are_never_changed_in_place() -> None:
    known = delta.merge(snapshot(job.table([])), Change(1, START, jobs({1: {"JobStatus": 1}}), full=True))
    kept = known.frame.copy()
    delta.merge(known, Change(2, START, jobs({1: {"JobStatus": 2}, 2: {"JobStatus": 1}}), ("7.3",)))
    pd.testing.assert_frame_equal(known.frame, kept)


def test_recovery_begins_a_new_spell_of_health() -> None:
    known = delta.merge(snapshot(rule.frame([])), Change(1, START, rule.frame([]), full=True))
    stale = replace(known, health=Health("stale", START, "away"))
    later = START + timedelta(minutes=1)
    assert delta.merge(stale, Change(2, later, rule.frame([]), full=True)).health == Health("ok", later)
    assert delta.merge(known, Change(2, later, rule.frame([]), full=True)).health == Health("ok", START)

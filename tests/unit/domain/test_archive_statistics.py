"""Statistics of finished jobs, beside pandas that takes its time."""

from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dashboard.domain.archive import Archive, Choice, archive, distinct, part, rows, together
from dashboard.domain.archive_statistics import (
    DURATIONS,
    EFFICIENCIES,
    MEASURES,
    SHARES,
    STATES,
    grouped,
    statistics,
)
from tests.finished import T, ad, table

WEEK = 7 * 86400


@st.composite
def ads(draw: st.DrawFn) -> dict:
    run, started = draw(st.integers(0, 200_000)), draw(st.booleans())
    ended = T + draw(st.integers(0, 30 * WEEK))
    made = ad(draw(st.integers(1, 30)), draw(st.integers(0, 3)), ended, draw(st.integers(0, 90_000)), run)
    made |= {
        "JobStatus": draw(st.sampled_from([3, 4])),
        "ExitCode": draw(st.sampled_from([0, 0, 1])),
        "RemoteUserCpu": draw(st.integers(0, 300_000)),
        "RequestCpus": draw(st.sampled_from([0, 1, 8])),
        "RequestMemory": draw(st.sampled_from([None, 512, 2048])),
        "MemoryUsage": draw(st.sampled_from([None, 0, 100, 512, 3000])),
        "JobBatchName": draw(st.sampled_from([None, "zmumu-2026", "Toys", "run.sh"])),
        "Cmd": draw(st.sampled_from(["/home/alice/run.sh", "/bin/sleep", None])),
        "LastRemoteHost": draw(st.sampled_from([None, "slot1@b9a.example.org", "slot2@b7c.example.org"])),
        "Owner": draw(st.sampled_from(["alice", "bob"])),
    }
    return made if started else {**made, "JobStartDate": None, "RemoteWallClockTime": 0.0}


choices = st.builds(
    Choice,
    since=st.sampled_from([0, T + 3 * WEEK]),
    until=st.sampled_from([0, T + 9 * WEEK]),
    text=st.sampled_from(["", "zmumu", "TOYS", "sleep", "7", "z 2026", "nothing"]),
    host=st.sampled_from(["", "B9a", "nowhere"]),
    owner=st.sampled_from(["", "alice", "carol"]),
    state=st.sampled_from(["", "done", "failed", "uploading"]),
)


def test_archives_of_several_schedds_are_one():
    near = archive(distinct([part(table(ad(1, 0, T), ad(2, 1, T + 5)))]), 4)
    far = archive([part(table(ad(2, 1, T + 5, JobBatchName="far"))), part(table(ad(9, 2, T + 9)))], 7)
    both = together([near, archive([]), far], 3)
    assert (both.rows, both.version, both.ends) == (4, 3, (T, T + 9))
    names = rows(both, Choice())
    told = [
        (names.words["batch_name"][code], int(cluster))
        for code, cluster in zip(names.column("batch_name"), names.column("cluster"), strict=True)
    ]
    assert [(name, cluster) for name, cluster in told] == [("batch-1", 1), ("batch-2", 2), ("far", 2), ("batch-4", 9)]
    assert len(rows(both, Choice(text="far")).column("proc")) == 1


def held(parts: list[list[dict]]) -> Archive:
    return archive(distinct([part(table(*one)) for one in parts if one]))


def reference(parts: list[list[dict]]) -> pd.DataFrame:
    """Every job once, as plain as can be."""
    frame = pd.DataFrame(
        [
            {
                "cluster": one["ClusterId"],
                "proc": one["ProcId"],
                "submitted": one["QDate"],
                "ended": one["EnteredCurrentStatus"],
                "state": "removed" if one["JobStatus"] == 3 else "failed" if one["ExitCode"] else "done",
                "wait": one["JobStartDate"] - one["QDate"] if one["JobStartDate"] else np.nan,
                "run": one["RemoteWallClockTime"] if one["JobStartDate"] else np.nan,
                "cpu": float(one["RemoteUserCpu"]),
                "cpus": max(one["RequestCpus"], 1),
                "memory": np.nan if one["MemoryUsage"] is None else one["MemoryUsage"],
                "asked": np.nan if one["RequestMemory"] is None else one["RequestMemory"],
                "name": one["JobBatchName"] or (one["Cmd"] or "").rpartition("/")[2] or "no name",
                "searched": f"{one['JobBatchName'] or ''}\n{one['Cmd'] or ''}".casefold(),
                "host": (one["LastRemoteHost"] or "").rpartition("@")[2],
                "owner": one["Owner"],
            }
            for some in parts
            for one in some
        ]
    ).drop_duplicates(["cluster", "proc", "submitted"])
    frame["efficiency"] = (frame["cpu"] / (frame["run"] * frame["cpus"])).where(frame["run"] > 0)
    return frame


def chosen(frame: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    keep = frame["ended"] >= choice.since
    if choice.until:
        keep &= frame["ended"] < choice.until
    for word in choice.text.casefold().split():
        number = int(word) if word.isdecimal() else -1
        keep &= frame["searched"].str.contains(word, regex=False) | (frame["cluster"] == number)
    if choice.host:
        keep &= frame["host"].str.casefold().str.contains(choice.host.casefold(), regex=False)
    if choice.owner:
        keep &= frame["owner"] == choice.owner
    return frame[keep & (frame["state"] == choice.state)] if choice.state else frame[keep]


# An id's jobs may be in several parts, the same ones twice.
parts_of_ads = st.lists(st.lists(ads(), max_size=12), min_size=1, max_size=3).flatmap(
    lambda parts: st.booleans().map(lambda again: [*parts, parts[0]] if again else parts)
)


def unique(parts: list[list[dict]]) -> bool:
    every = [(one["ClusterId"], one["ProcId"], one["QDate"]) for one in parts[0]]
    return len(set(every)) == len(every)


@settings(max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(parts=parts_of_ads.filter(lambda parts: all(unique([one]) for one in parts)), choice=choices)
def test_statistics_are_those_of_pandas(parts: list[list[dict]], choice: Choice) -> None:
    # The same record is the same job everywhere.
    seen: dict = {}
    parts = [[seen.setdefault((one["ClusterId"], one["ProcId"], one["QDate"]), one) for one in some] for some in parts]
    told = statistics(held(parts), choice, UTC)
    frame = reference(parts) if any(parts) else reference([[ad(1)]]).iloc[:0]
    wanted = chosen(frame, choice)
    assert told.total == len(wanted)
    every = chosen(frame, Choice(**{**vars(choice), "state": ""}))["state"].value_counts()
    assert {state: count for state, count in told.counts.items() if count} == dict(every)
    if len(wanted):
        assert (told.first, told.last) == (wanted["ended"].min(), wanted["ended"].max())
    for name, edges in (("wait", DURATIONS), ("run", DURATIONS), ("efficiency", EFFICIENCIES)):
        spread, values = getattr(told, name), wanted[name].dropna()
        np.testing.assert_allclose([spread.low, spread.median, spread.high], values.quantile(SHARES), rtol=1e-5)
        clipped = values.astype("float32").clip(upper=edges[-1])
        np.testing.assert_array_equal(spread.jobs, np.histogram(clipped, edges.astype("float32"))[0])
    assert told.memory.jobs.sum() == wanted["memory"].notna().sum()
    assert told.asked.jobs.sum() == wanted["asked"].notna().sum()
    assert told.passed.sum() == (wanted["memory"] > wanted["asked"]).sum()
    assert told.known == (wanted["memory"].notna() & wanted["asked"].notna()).sum()
    assert told.ended.to_numpy().sum() == len(wanted)
    for state in STATES:
        assert told.ended[state].sum() == (wanted["state"] == state).sum()


@settings(max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(parts=parts_of_ads.filter(lambda parts: all(unique([one]) for one in parts)), choice=choices)
@pytest.mark.parametrize("by", ["batch", "host", "week"])
def test_groups_are_those_of_pandas(by: str, parts: list[list[dict]], choice: Choice) -> None:
    seen: dict = {}
    parts = [[seen.setdefault((one["ClusterId"], one["ProcId"], one["QDate"]), one) for one in some] for some in parts]
    told = grouped(held(parts), choice, by, UTC)
    frame = reference(parts) if any(parts) else reference([[ad(1)]]).iloc[:0]
    wanted = chosen(frame, choice)
    times = pd.to_datetime(wanted["ended"], unit="s", utc=True)
    keys = {
        "batch": wanted["name"],
        "host": wanted["host"].where(wanted["host"] != "", "no host"),
        "week": times.dt.floor("D") - pd.to_timedelta(times.dt.day_of_week, unit="D"),
    }[by]
    groups = wanted.groupby(keys)
    assert set(told.index) == set(groups.groups)
    for name, group in groups:
        row = told.loc[name]
        assert row["jobs"] == len(group)
        assert [row[state] for state in STATES] == [(group["state"] == state).sum() for state in STATES]
        for measure in MEASURES:
            expected = group[measure].quantile(SHARES)
            found = [row[f"{measure}_low"], row[measure], row[f"{measure}_high"]]
            np.testing.assert_allclose(found, expected, rtol=1e-5)
        both = group["memory"].notna() & group["asked"].notna()
        passed = (group["memory"] > group["asked"]).sum() / both.sum() if both.any() else np.nan
        np.testing.assert_allclose(row["passed"], passed)
        assert row["asked"] == np.nan_to_num(group["asked"].max())
        assert row["last"].timestamp() == group["ended"].max()


def test_weeks_begin_on_monday_at_midnight_also_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Zurich")
    ends = pd.to_datetime(["2026-10-24 23:30", "2026-10-25 22:59", "2026-10-25 23:00", "2026-11-02 12:00"], utc=True)
    known = archive([part(table(*(ad(n, ended=int(time.timestamp())) for n, time in enumerate(ends, 1))))])
    found = grouped(known, Choice(), "week", zone)
    assert [(f"{week:%a %d %b %H:%M %z}", jobs) for week, jobs in found["jobs"].items()] == [
        ("Mon 19 Oct 00:00 +0200", 2),
        ("Mon 26 Oct 00:00 +0100", 1),
        ("Mon 02 Nov 00:00 +0100", 1),
    ]


def test_intervals_follow_the_span() -> None:
    for span, step in ((3600, "1h"), (86400 * 10, "1D"), (86400 * 90, "7D")):
        known = archive([part(table(ad(1, ended=T), ad(2, ended=T + span)))])
        index = statistics(known, Choice(), UTC).ended.index
        assert index[1] - index[0] == pd.Timedelta(step)


def test_nothing_is_no_error() -> None:
    told = statistics(archive([]), Choice(text="x"), UTC)
    assert (told.total, told.first, list(told.counts.values())) == (0, 0, [0, 0, 0])
    assert np.isnan(told.wait.median)
    assert grouped(archive([]), Choice(), "batch").empty
    assert len(rows(archive([]), Choice(owner="x")).column("proc")) == 0

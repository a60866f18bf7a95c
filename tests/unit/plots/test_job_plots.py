from datetime import UTC, datetime, timedelta

import holoviews as hv
import numpy as np
import pytest

from dashboard.domain import job
from dashboard.domain.throughput import throughput as ended_by_interval
from dashboard.domain.timeline import timeline as by_state
from dashboard.plots.memory import memory
from dashboard.plots.run_time import nice_edges, run_time
from dashboard.plots.throughput import throughput
from dashboard.plots.timeline import timeline

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
T = int(NOW.timestamp())


def ads(number, **more):
    return [
        {
            "ClusterId": 1,
            "ProcId": n,
            "JobStatus": 4,
            "ExitCode": 0,
            "QDate": T - 7200,
            "JobStartDate": T - 7000,
            "CompletionDate": T - n * 60,
            "EnteredCurrentStatus": T - n * 60,
            "RemoteWallClockTime": 1800.0 + n,
            "RequestMemory": 2048,
            "MemoryUsage": 1000 + 20 * n,
            **more,
        }
        for n in range(number)
    ]


SOME, NONE = job.frame(ads(60)), job.frame([])
PLOTS = [
    (run_time, lambda jobs: jobs),
    (memory, lambda jobs: jobs),
    (timeline, lambda jobs: by_state(jobs, NOW)),
    (throughput, lambda jobs: ended_by_interval(jobs, NOW, NOW - timedelta(hours=2))),
]


@pytest.fixture(autouse=True)
def bokeh():
    hv.extension("bokeh")


@pytest.mark.parametrize(("plot", "data"), PLOTS, ids=[plot.__name__ for plot, _ in PLOTS])
@pytest.mark.parametrize("jobs", [SOME, NONE], ids=["some", "none"])
@pytest.mark.parametrize("dark", [False, True])
def test_axes_have_units_and_count_whole_jobs(plot, data, jobs, dark):
    figure = hv.render(plot(data(jobs), dark))
    assert figure.yaxis[0].axis_label == "jobs"
    assert figure.yaxis[0].ticker.min_interval == 1
    label = figure.xaxis[0].axis_label
    assert label == "local time" or label.endswith(")")


@pytest.mark.parametrize(("seconds", "unit"), [(40.0, "seconds"), (1800.0, "minutes"), (300_000.0, "hours")])
def test_run_time_is_told_in_fitting_units(seconds, unit):
    figure = hv.render(run_time(job.frame(ads(3, RemoteWallClockTime=seconds)), dark=False))
    assert figure.xaxis[0].axis_label == f"run time ({unit})"


def test_jobs_past_what_they_asked_stand_apart():
    every, within, line, words = memory(SOME, dark=False)
    assert every.dimension_values("jobs").sum() == 60
    assert within.dimension_values("jobs").sum() == (SOME["memory_used_mib"] <= 2048).sum() < 60
    assert set(line.dimension_values("memory")) == {2.0}
    assert list(words.dimension_values("text")) == ["asked 2 GiB "]


def test_axes_follow_new_data():
    pipe = hv.streams.Pipe(data=SOME)
    plot = hv.renderer("bokeh").get_plot(hv.DynamicMap(lambda data: run_time(data, False), streams=[pipe]))
    before = plot.state.x_range.end, plot.state.y_range.end
    pipe.send(job.frame(ads(3, RemoteWallClockTime=40.0)))
    assert (plot.state.x_range.end, plot.state.y_range.end) != before
    assert plot.state.xaxis[0].axis_label == "run time (seconds)"


@pytest.mark.parametrize("longest", [0.0, 0.3, 1.0, 7.0, 59.0, 12345.0])
def test_edges_hold_the_longest_in_steps_people_count_in(longest):
    edges = nice_edges(longest)
    assert edges[0] == 0
    assert edges[-1] >= longest
    assert len(edges) <= 15
    step = edges[1]
    assert round(step / 10 ** np.floor(np.log10(step)), 6) in (1, 2, 2.5, 5, 10)

from datetime import UTC, datetime, timedelta

import holoviews as hv
import numpy as np
import pytest

from dashboard.domain import job
from dashboard.domain.histogram import memories, nice_edges, run_times
from dashboard.domain.palette import STATE_COLOURS
from dashboard.domain.throughput import throughput as ended_by_interval
from dashboard.domain.timeline import timeline as by_state
from dashboard.plots import memory, run_time, throughput, timeline
from dashboard.plots.picture import feed, same

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
SHORT = job.frame(ads(3, RemoteWallClockTime=40.0, ExitCode=3, RequestMemory=512))
PLOTS = [
    (run_time, run_times),
    (memory, memories),
    (timeline, lambda jobs: by_state(jobs, NOW)),
    (throughput, lambda jobs: ended_by_interval(jobs, NOW, NOW - timedelta(hours=2))),
]
each = pytest.mark.parametrize(("plot", "find"), PLOTS, ids=[plot.__name__.rpartition(".")[2] for plot, _ in PLOTS])


@pytest.fixture(autouse=True)
def bokeh():
    hv.extension("bokeh")


def drawn(plot, picture, dark=False):
    return hv.render(plot.draw(picture, dark))


@each
@pytest.mark.parametrize("jobs", [SOME, NONE], ids=["some", "none"])
@pytest.mark.parametrize("dark", [False, True])
def test_axes_have_units_and_count_whole_jobs(plot, find, jobs, dark):
    figure = drawn(plot, plot.picture(find(jobs)), dark)
    assert figure.yaxis[0].axis_label == "jobs"
    assert figure.yaxis[0].ticker.min_interval == 1
    label = figure.xaxis[0].axis_label
    assert label == "local time" or label.endswith(")")


@pytest.mark.parametrize(("seconds", "unit"), [(40.0, "seconds"), (1800.0, "minutes"), (300_000.0, "hours")])
def test_run_time_is_told_in_fitting_units(seconds, unit):
    assert run_time.picture(run_times(job.frame(ads(3, RemoteWallClockTime=seconds)))).label == f"run time ({unit})"


def test_jobs_past_what_they_asked_stand_apart():
    every, within, line, words = memory.picture(memories(SOME)).layers
    assert every["jobs"].sum() == 60
    assert within["jobs"].sum() == (SOME["memory_used_mib"] <= 2048).sum() < 60
    assert set(line["memory"]) == {2.0}
    assert words["text"] == ["asked 2 GiB "]


def plain(values):
    """Lists, where there may be arrays."""
    return list(map(plain, values)) if isinstance(values, list | np.ndarray) else values


def shown(figure):
    """What a person sees of it."""
    sources = [{name: plain(values) for name, values in glyphs.data_source.data.items()} for glyphs in figure.renderers]
    return sources, figure.x_range.start, figure.x_range.end, figure.y_range.end, figure.xaxis[0].axis_label


@each
@pytest.mark.parametrize("before", [SOME, NONE], ids=["some", "none"])
@pytest.mark.parametrize("after", [SOME, NONE, SHORT], ids=["some", "none", "short"])
def test_a_figure_that_is_fed_shows_what_one_drawn_anew_does(plot, find, before, after):
    old, new = plot.picture(find(before)), plot.picture(find(after))
    figure = drawn(plot, old)
    feed(figure, new, old)
    assert shown(figure) == shown(drawn(plot, new))
    assert same(old, new) == (before is after)


def test_a_state_that_comes_later_has_its_colour():
    figure = drawn(timeline, timeline.picture(by_state(NONE, NOW)))
    mapper = figure.renderers[0].glyph.fill_color.transform
    colours = dict(zip(mapper.factors, mapper.palette, strict=True))
    assert colours == {state: pair.light for state, pair in STATE_COLOURS.items()}


def test_areas_are_stacked_and_end_where_they_began():
    (layer,) = timeline.picture(by_state(SOME, NOW)).layers
    upper = np.zeros(120)
    for [[line]] in layer["ys"]:
        assert list(line[120:240][::-1]) == list(upper)
        assert line[240] == line[0]
        upper = line[:120]
    assert upper[-1] == len(SOME)


@pytest.mark.parametrize("longest", [0.0, 0.3, 1.0, 7.0, 59.0, 12345.0])
def test_edges_hold_the_longest_in_steps_people_count_in(longest):
    edges = nice_edges(longest)
    assert edges[0] == 0
    assert edges[-1] >= longest
    assert len(edges) <= 15
    step = edges[1]
    assert round(step / 10 ** np.floor(np.log10(step)), 6) in (1, 2, 2.5, 5, 10)

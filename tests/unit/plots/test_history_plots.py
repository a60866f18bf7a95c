"""Plots of finished jobs: drawn once, then fed; also of very few, and of none."""

import itertools
from datetime import UTC, timedelta

import holoviews as hv
import numpy as np
import pytest

from dashboard.domain.archive import Choice, archive, part
from dashboard.domain.archive_statistics import MEASURES, grouped, statistics
from dashboard.plots import durations, efficiencies, endings, groups, memories, weeks
from dashboard.plots.picture import feed, same
from tests.finished import T, ad, table

MANY = archive([part(table(*(ad(n, n % 4, T + 40_000 * n, run=60 * n, MemoryUsage=70 * n) for n in range(1, 99))))])
FEW = archive([part(table(ad(1, MemoryUsage=None, RequestMemory=None, JobStartDate=None)))])
NONE = archive([])


def of(known):
    return statistics(known, Choice(), UTC)


def by(known, what, measure):
    return groups.Groups(grouped(known, Choice(), what, UTC), measure)


PLOTS = [
    (durations, lambda known: durations.Durations(of(known).wait, "wait")),
    (memories, of),
    (efficiencies, lambda known: of(known).efficiency),
    (endings, lambda known: of(known).ended),
    *((groups, lambda known, measure=measure: by(known, "batch", measure)) for measure in MEASURES),
    *((weeks, lambda known, measure=measure: by(known, "week", measure)) for measure in MEASURES),
]


@pytest.fixture(autouse=True)
def bokeh():
    hv.extension("bokeh")


@pytest.mark.parametrize(("plot", "find"), PLOTS)
def test_a_drawn_plot_follows_other_data(plot, find):
    pictures = [plot.picture(find(known)) for known in (MANY, FEW, MANY, NONE, MANY)]
    figure = hv.renderer("bokeh").get_plot(plot.draw(pictures[0], dark=True)).state
    for shown, picture in itertools.pairwise(pictures):
        feed(figure, picture, shown)
        assert figure.xaxis[0].axis_label == picture.label
        for glyphs, layer in zip(figure.renderers, picture.layers, strict=True):
            for name, values in layer.items():
                np.testing.assert_array_equal(glyphs.data_source.data[name], values)
    assert same(pictures[0], plot.picture(find(MANY)))


@pytest.mark.parametrize(("plot", "find"), PLOTS)
@pytest.mark.parametrize("known", [FEW, NONE])
def test_few_jobs_or_none_are_drawn(plot, find, known):
    assert hv.renderer("bokeh").get_plot(plot.draw(plot.picture(find(known)), dark=False)).state.renderers


def test_every_job_is_in_a_bar():
    assert sum(durations.picture(durations.Durations(of(MANY).run, "run")).layers[0]["top"]) == 98
    used, over, asked = memories.picture(of(MANY)).layers
    assert used["top"].sum() == asked["top"].sum() == 98
    assert (over["top"] - over["bottom"]).sum() == sum(70 * n > 2048 for n in range(1, 99))
    assert endings.picture(of(MANY).ended).layers[-1]["top"].sum() == 98


def test_jobs_that_ended_within_an_hour_fill_no_day():
    picture = endings.picture(of(FEW).ended)
    start, end = picture.across
    assert end - start == timedelta(hours=1)
    assert picture.label == "hour in which they ended, local time"


@pytest.mark.parametrize(
    ("measure", "most", "told"),
    [
        ("run", 30, "seconds"),
        ("wait", 3000, "minutes"),
        ("run", 9000, "hours"),
        ("run", 9e5, "days"),
        ("memory", 900, "MiB"),
        ("memory", 9000, "GiB"),
        ("efficiency", 0.5, "%"),
    ],
)
def test_units_fit_what_is_shown(measure, most, told):
    assert groups.scale(measure, most)[1] == told

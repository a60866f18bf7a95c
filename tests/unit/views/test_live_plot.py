"""A plot that is drawn in a thread and then fed."""

import numpy as np
from bokeh.document import Document
from bokeh.plotting import figure

from dashboard.domain.histogram import Histogram
from dashboard.views.live_plot import EVERY, Finding, LivePlot
from tests.unit.views.test_jobs import settled


def found(*counts):
    return lambda: Finding(
        Histogram(np.arange(3.0), np.array(counts), np.array(counts), "minutes"), f"{sum(counts)} ran"
    )


def root(plot):
    document = Document()
    document.add_root(plot.__panel__().get_root(document))
    return document


def tops(document):
    (shown,) = document.select({"type": figure})
    return [list(glyphs.data_source.data["top"]) for glyphs in shown.renderers]


async def test_every_document_has_a_figure_of_its_own_and_all_are_fed():
    plot = LivePlot("Run time", "run_time")
    plot.show(found(1, 2), 1, False, "7")
    await settled()
    one, other = root(plot), root(plot)
    assert tops(one) == tops(other) == [[1, 2], [1, 2]]
    plot._drawn -= EVERY
    plot.show(found(3, 4), 2, False, "7")
    await settled()
    assert tops(one) == tops(other) == [[3, 4], [3, 4]]
    assert "7 ran" in plot._heading.object


async def test_the_same_thing_is_not_drawn_too_often_and_another_at_once():
    plot, seen = LivePlot("Run time", "run_time"), []
    plot.show(found(1, 2), 1, False, "7")
    await settled()
    document = root(plot)
    for version, subject in ((2, "7"), (3, "8")):
        plot.show(found(version, 0), version, False, subject)
        await settled()
        seen.append(tops(document)[0])
    assert seen == [[1, 2], [3, 0]]


async def test_nothing_is_drawn_before_the_colours_are_known():
    plot = LivePlot("Run time", "run_time")
    plot.show(found(1, 2), 1, None, "7")
    await settled()
    assert not plot.drawn
    plot.show(found(1, 2), 1, True, "7")
    await settled()
    assert plot.drawn

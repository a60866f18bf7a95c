"""A plot that is drawn in a thread and then fed."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.io.doc import patch_curdoc
from bokeh.plotting import figure

from dashboard.domain.histogram import Histogram
from dashboard.plots.draughtsman import Kind, _drawn
from dashboard.plots.run_time import picture
from dashboard.views.live_plot import EVERY, Finding, LivePlot
from tests.unit.views.test_jobs import settled


@pytest.fixture
def session():
    reminded = []
    return SimpleNamespace(dark=False, remind=reminded.append, reminded=reminded)


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


async def test_every_document_has_a_figure_of_its_own_and_all_are_fed(session):
    plot = LivePlot(session, "Run time", "run_time")
    plot.show(found(1, 2), 1, "7")
    await settled()
    one, other = root(plot), root(plot)
    assert tops(one) == tops(other) == [[1, 2], [1, 2]]
    plot._drawn -= EVERY
    plot.show(found(3, 4), 2, "7")
    await settled()
    assert tops(one) == tops(other) == [[3, 4], [3, 4]]
    assert "7 ran" in plot._heading.object


async def test_the_same_thing_is_not_drawn_too_often_and_another_at_once(session):
    plot, seen = LivePlot(session, "Run time", "run_time"), []
    plot.show(found(1, 2), 1, "7")
    await settled()
    document = root(plot)
    for version, subject in ((2, "7"), (3, "8")):
        plot.show(found(version, 0), version, subject)
        await settled()
        seen.append(tops(document)[0])
    assert seen == [[1, 2], [3, 0]]
    assert session.reminded[0] > time.monotonic(), "what waits is drawn in time, be there news or not"


async def test_nothing_is_drawn_before_the_colours_are_known(session):
    plot = LivePlot(session, "Run time", "run_time")
    session.dark = None
    plot.show(found(1, 2), 1, "7")
    await settled()
    assert not plot.drawn
    session.dark = True
    plot.show(found(1, 2), 1, "7")
    await settled()
    assert plot.drawn


def test_drawing_touches_no_document_that_is_being_worked_on():
    """Which in the thread that draws is another session's."""
    histogram = found(1, 2)().data
    other = Document()
    theme = other.theme
    with patch_curdoc(other):
        drawn = _drawn(Kind("run_time", False, False), picture(histogram))
    assert other.theme is theme
    assert drawn.document is None

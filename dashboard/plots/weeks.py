"""A measure of finished jobs, week by week."""

from __future__ import annotations

from typing import Any

import holoviews as hv
import numpy as np
from bokeh.models import NumeralTickFormatter

from dashboard.plots import axes
from dashboard.plots.boxes import boxes, columns
from dashboard.plots.groups import NAMES, Groups, values
from dashboard.plots.picture import Picture


def picture(found: Groups) -> Picture:
    """From the first week to the last."""
    table = found.table.sort_index()
    low, median, high, told, unit = values(found, table)
    starts = np.array([start.replace(tzinfo=None) for start in table.index], dtype="datetime64[s]")
    ends = starts + np.timedelta64(7, "D")
    widest = float(np.fmax.reduce(high, initial=0.0)) or 1.0
    layers = (columns(starts, ends, high, told, low), columns(starts, ends, median + widest * 0.008, told, median))
    across = (starts[0].item(), ends[-1].item()) if len(starts) else (0, 1)
    return Picture(layers, across, widest * 1.06, f"week in which they ended; {NAMES[found.measure]} in {unit}")


def draw(picture: Picture, dark: bool) -> Any:
    """A box for eight jobs in ten, a mark at the median."""
    spans, medians = picture.layers
    look = axes.options(picture, dark)

    def plain(plot: Any, _element: Any) -> None:
        for axis in plot.state.yaxis:
            axis.formatter = NumeralTickFormatter(format="0,0.[0]")
            axis.ticker.min_interval = 0

    layers = [boxes(spans, "running", dark, 0.55), boxes(medians, "running", dark).opts(line_color=None)]
    return hv.Overlay(layers).opts(**{**look, "ylabel": "", "hooks": [*look["hooks"], plain]})

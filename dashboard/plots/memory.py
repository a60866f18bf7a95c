"""Memory that jobs used, beside what they asked for."""

from typing import Any

import holoviews as hv
import numpy as np

from dashboard.domain import units
from dashboard.domain.histogram import Histogram
from dashboard.domain.palette import MUTE
from dashboard.plots import axes
from dashboard.plots.bars import bars, columns
from dashboard.plots.picture import Picture
from dashboard.plots.style import colour


def picture(found: Histogram) -> Picture:
    """Of the histogram that `dashboard.domain.histogram.memories` makes."""
    top = max(1.0, float(found.every.max()) * 1.18)
    asked = np.array([] if found.asked is None else [found.asked])
    mib = (found.asked or 0.0) * (1024 if found.unit == "GiB" else 1)
    layers = (
        columns(found.edges, found.every, "memory"),
        columns(found.edges, found.well, "memory"),
        {"memory": np.repeat(asked, 2), "jobs": np.array([0.0, top][: 2 * len(asked)])},
        {
            "memory": asked,
            "jobs": np.full(len(asked), top),
            "text": [f"asked {units.memory(mib)} "] * len(asked),
        },
    )
    return Picture(layers, (0, found.edges[-1]), top, f"memory used ({found.unit})")


def draw(picture: Picture, dark: bool) -> Any:
    """Jobs that passed what they asked in the colour of held, with the line of what was asked."""
    every, within, line, words = picture.layers
    asked = hv.Curve((line["memory"], line["jobs"]), "memory", "jobs").opts(
        color=colour("failed", dark), line_dash="dashed", line_width=1
    )
    told = hv.Labels((words["memory"], words["jobs"], words["text"]), ["memory", "jobs"], "text").opts(
        text_color=MUTE.dark if dark else MUTE.light,
        text_font_size="11px",
        text_align="right",
        text_baseline="top",
    )
    layers = [bars(every, "held", dark, "memory"), bars(within, "running", dark, "memory"), asked, told]
    return hv.Overlay(layers).opts(**axes.options(picture, dark))

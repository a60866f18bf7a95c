"""How long jobs have run."""

from typing import Any

import holoviews as hv

from dashboard.domain.histogram import Histogram
from dashboard.plots import axes
from dashboard.plots.bars import bars, columns
from dashboard.plots.picture import Picture

NAME = "run time"


def picture(found: Histogram) -> Picture:
    """Of the histogram that `dashboard.domain.histogram.run_times` makes."""
    layers = tuple(columns(found.edges, heights, NAME) for heights in (found.every, found.well))
    return Picture(layers, (0, found.edges[-1]), float(found.every.max()) * 1.06, f"{NAME} ({found.unit})")


def draw(picture: Picture, dark: bool) -> Any:
    """Failed jobs in their colour on top of those done."""
    layers = [bars(layer, state, dark, NAME) for layer, state in zip(picture.layers, ("failed", "done"), strict=True)]
    return hv.Overlay(layers).opts(**axes.options(picture, dark))

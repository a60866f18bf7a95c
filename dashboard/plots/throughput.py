"""Jobs that ended per interval."""

from typing import Any

import holoviews as hv
import numpy as np
import pandas as pd

from dashboard.plots import axes
from dashboard.plots.bars import bars, columns
from dashboard.plots.local_time import local
from dashboard.plots.picture import Picture


def picture(counts: pd.DataFrame) -> Picture:
    """Of the frame that `dashboard.domain.throughput.throughput` makes."""
    starts = local(counts.index)
    step = starts[1] - starts[0] if len(starts) > 1 else np.timedelta64(60, "s")
    edges = np.append(starts, starts[-1] + step)
    every = (counts["done"] + counts["failed"]).to_numpy()
    layers = tuple(columns(edges, heights) for heights in (every, counts["done"].to_numpy()))
    return Picture(layers, (edges[0].item(), edges[-1].item()), float(every.max()) * 1.06, "local time")


def draw(picture: Picture, dark: bool) -> Any:
    """Failed jobs in their colour on top of those done."""
    layers = [bars(layer, state, dark) for layer, state in zip(picture.layers, ("failed", "done"), strict=True)]
    return hv.Overlay(layers).opts(**axes.options(picture, dark))

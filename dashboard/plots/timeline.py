"""Jobs by state over time, stacked."""

from typing import Any

import holoviews as hv
import numpy as np
import pandas as pd

from dashboard.domain.timeline import STATES
from dashboard.plots import axes
from dashboard.plots.local_time import local
from dashboard.plots.picture import Picture
from dashboard.plots.style import colour


def picture(counts: pd.DataFrame) -> Picture:
    """Of the frame that `dashboard.domain.timeline.timeline` makes; x in local time, y in jobs."""
    times = local(counts.index)
    layers, low = [], np.zeros(len(times), dtype="int32")
    for state in STATES:
        high = low + counts[state].to_numpy(dtype="int32")
        # As HoloViews draws an area: forth along its upper line and back along its lower one; here, if there is any.
        some = slice(None) if (high > low).any() else slice(0)
        layers.append(
            {
                "x": np.concatenate([times[some], times[::-1][some]]),
                "y": np.concatenate([high[some], low[::-1][some]]),
            }
        )
        low = high
    return Picture(tuple(layers), (times[0].item(), times[-1].item()), float(low.max()) * 1.04, "local time")


def draw(picture: Picture, dark: bool) -> Any:
    """One area for each of the states."""
    layers = []
    for layer, state in zip(picture.layers, STATES, strict=True):
        half = len(layer["x"]) // 2
        layers.append(
            hv.Area((layer["x"][:half], layer["y"][half:][::-1], layer["y"][:half]), "time", ["jobs", "high"]).opts(
                color=colour(state, dark), line_alpha=0, fill_alpha=1
            )
        )
    return hv.Overlay(layers).opts(**axes.options(picture, dark))

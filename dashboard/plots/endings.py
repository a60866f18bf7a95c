"""Finished jobs by the hour, day or week in which they ended, stacked by their state."""

from __future__ import annotations

from typing import Any

import holoviews as hv
import numpy as np
import pandas as pd

from dashboard.domain.archive_statistics import STATES
from dashboard.domain.units import count
from dashboard.plots.boxes import boxes, columns, counting
from dashboard.plots.picture import Picture

_STEPS = {"hour": np.timedelta64(1, "h"), "day": np.timedelta64(1, "D"), "week": np.timedelta64(7, "D")}


def picture(counts: pd.DataFrame) -> Picture:
    """Of ``ended`` of `dashboard.domain.archive_statistics.Statistics`."""
    name = str(counts.index.name)
    # As this zone's clocks show them: Bokeh knows no zones.
    starts = np.array([start.replace(tzinfo=None) for start in counts.index], dtype="datetime64[s]")
    ends = starts + _STEPS[name]
    layers, low = [], np.zeros(len(counts))
    for state in STATES:
        high = low + counts[state].to_numpy()
        told = [f"{count(number)} {state}" for number in counts[state]]
        layers.append(columns(starts, ends, high, told, low))
        low = high
    across = (starts[0].item(), ends[-1].item()) if len(starts) else (0, 1)
    return Picture(tuple(layers), across, float(low.max(initial=0)) * 1.06, f"{name} in which they ended, local time")


def draw(picture: Picture, dark: bool) -> Any:
    """One box for each state and interval."""
    layers = [boxes(layer, state, dark) for layer, state in zip(picture.layers, STATES, strict=True)]
    return hv.Overlay(layers).opts(**counting(picture, dark))

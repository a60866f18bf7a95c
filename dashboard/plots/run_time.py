"""How long jobs have run."""

from typing import Any

import holoviews as hv
import numpy as np
import pandas as pd

from dashboard.domain.palette import CARD
from dashboard.domain.timeline import ended
from dashboard.plots import axes
from dashboard.plots.style import colour

BINS = 12

_UNITS = ((2 * 86400, 3600.0, "hours"), (5 * 60, 60.0, "minutes"), (0, 1.0, "seconds"))


def run_time(jobs: pd.DataFrame, dark: bool) -> Any:
    """Histogram of ``run_s`` of the jobs that ended; failed ones in their colour on top of those done."""
    over = ended(jobs).dropna(subset=["run_s"])
    longest = float(over["run_s"].max()) if len(over) else 60.0
    per, unit = next((per, unit) for least, per, unit in _UNITS if longest >= least)
    edges = nice_edges(longest / per)
    values = over["run_s"].to_numpy() / per
    failed = (over["state"] == "failed").to_numpy()
    every = np.histogram(values, edges)[0]
    done = np.histogram(values[~failed], edges)[0]
    look = {"line_color": (CARD.dark if dark else CARD.light), "line_width": 1, "tools": ["hover"]}
    layers = [
        hv.Histogram((edges, heights), kdims="run time", vdims="jobs").opts(color=colour(state, dark), **look)
        for heights, state in ((every, "failed"), (done, "done"))
    ]
    top = float(every.max()) * 1.06
    return hv.Overlay(layers).opts(**axes.options(dark, (0, edges[-1]), top), xlabel=f"run time ({unit})")


def nice_edges(longest: float, bins: int = BINS) -> np.ndarray:
    """Edges from 0 past `longest` in steps people count in: 1, 2, 2.5 or 5 times a power of ten."""
    rough = max(longest, 1e-9) / bins
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next(factor for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    edges: np.ndarray = np.arange(0, int(longest / step) + 2) * step
    return edges

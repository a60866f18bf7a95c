"""Jobs that ended per interval."""

from datetime import datetime
from typing import Any

import holoviews as hv
import numpy as np
import pandas as pd

from dashboard.domain.palette import CARD
from dashboard.plots import axes
from dashboard.plots.style import colour


def throughput(counts: pd.DataFrame, dark: bool) -> Any:
    """Bars from the frame that `dashboard.domain.throughput.throughput` makes; failed jobs on top of those done."""
    zone = datetime.now().astimezone().tzinfo
    starts = pd.DatetimeIndex(counts.index).tz_convert(zone).tz_localize(None)
    step = starts[1] - starts[0] if len(starts) > 1 else pd.Timedelta(seconds=60)
    edges = np.append(starts.to_numpy(), (starts[-1] + step).to_numpy())
    every = counts["done"] + counts["failed"]
    look = {"line_color": CARD.dark if dark else CARD.light, "line_width": 1}
    layers = [
        hv.Histogram((edges, heights.to_numpy()), kdims="time", vdims="jobs").opts(color=colour(state, dark), **look)
        for heights, state in ((every, "failed"), (counts["done"], "done"))
    ]
    ends = starts[0].to_pydatetime(), (starts[-1] + step).to_pydatetime()
    return hv.Overlay(layers).opts(**axes.options(dark, ends, float(every.max()) * 1.06), xlabel="local time")

"""Jobs by state over time, stacked."""

from datetime import datetime
from typing import Any

import holoviews as hv
import pandas as pd

from dashboard.domain.timeline import STATES
from dashboard.plots import axes
from dashboard.plots.style import colour


def timeline(counts: pd.DataFrame, dark: bool) -> Any:
    """Stacked areas from the frame that `dashboard.domain.timeline.timeline` makes; x in local time, y in jobs."""
    zone = datetime.now().astimezone().tzinfo
    times = pd.DatetimeIndex(counts.index).tz_convert(zone).tz_localize(None)
    layers, low = [], pd.Series(0, index=counts.index)
    for state in STATES:
        high = low + counts[state]
        layers.append(
            hv.Area((times, low.to_numpy(), high.to_numpy()), "time", ["jobs", "high"]).opts(
                color=colour(state, dark), line_alpha=0, fill_alpha=1
            )
        )
        low = high
    ends = times[0].to_pydatetime(), times[-1].to_pydatetime()
    return hv.Overlay(layers).opts(**axes.options(dark, ends, float(low.max()) * 1.04), xlabel="local time")

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
    numbers = times.astype("datetime64[ms]").astype(float)  # what Bokeh makes of times; HoloViews takes no others here
    across = np.concatenate([numbers, numbers[::-1], numbers[:1]])
    lines: list[np.ndarray] = []
    low = np.zeros(len(times), dtype="int32")
    there = [state for state in STATES if counts[state].any()] or STATES[:1]
    for state in there:
        high = low + counts[state].to_numpy(dtype="int32")
        # Forth along its upper line, back along its lower one, and to where it began.
        lines.append(np.concatenate([high, low[::-1], high[:1]]))
        low = high
    layer = {"xs": [[[across]] for _ in there], "ys": [[[line]] for line in lines], "color": list(there)}
    return Picture((layer,), (times[0].item(), times[-1].item()), float(low.max()) * 1.04, "local time")


def draw(picture: Picture, dark: bool) -> Any:
    """One area for each of the states there are, all of them one glyph: each part of a figure weighs on its session."""
    (layer,) = picture.layers
    areas = [
        {"time": across[0][0], "jobs": line[0][0], "state": state}
        for across, line, state in zip(layer["xs"], layer["ys"], layer["color"], strict=True)
    ]
    look = axes.options(picture, dark)

    def paint(plot: Any, _element: Any) -> None:
        """States that are not there yet may come."""
        mapper = plot.state.renderers[0].glyph.fill_color.transform
        mapper.update(factors=list(STATES), palette=[colour(state, dark) for state in STATES])

    area = hv.Polygons(areas, ["time", "jobs"], "state").opts(color="state", line_alpha=0, fill_alpha=1)
    # By its limits HoloViews knows that these are times.
    return hv.Overlay([area]).opts(**{**look, "hooks": [*look["hooks"], paint], "xlim": picture.across})

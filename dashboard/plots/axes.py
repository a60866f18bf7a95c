"""Axes that fit what they count: whole jobs, local time of day."""

from typing import Any

import holoviews as hv
from bokeh.models import DatetimeTickFormatter

from dashboard.plots.style import style

HEIGHT = 200


def jobs(top: float) -> Any:
    """Dimension of a count of jobs, from 0 to `top`."""
    return hv.Dimension("jobs", range=(0, max(1.0, top)))


def options(dark: bool) -> dict[str, Any]:
    """Options of an overlay whose y axis counts jobs: our style, as wide as its place, scaled anew with its data."""
    look = style(dark)

    def whole(plot: Any, _element: Any) -> None:
        """There are no halves of jobs."""
        for axis in plot.state.yaxis:
            axis.ticker.min_interval = 1
            axis.ticker.desired_num_ticks = 5

    look["hooks"] = [*look["hooks"], whole]
    return {
        **look,
        "ylabel": "jobs",
        "framewise": True,
        "show_legend": False,
        "responsive": True,
        "height": HEIGHT,
        "axiswise": True,
    }


def clock() -> Any:
    """Time of day, with the day at midnight."""
    return DatetimeTickFormatter(
        seconds="%H:%M:%S",
        minsec="%H:%M:%S",
        minutes="%H:%M",
        hourmin="%H:%M",
        hours="%H:%M",
        days="%d %b",
        months="%b %Y",
        years="%Y",
    )

"""Axes that fit what they count: whole jobs, local time of day."""

from datetime import datetime
from typing import Any

from bokeh.models import DatetimeTickFormatter, NumeralTickFormatter

from dashboard.plots.style import style

HEIGHT = 200

_CLOCK = {
    **dict.fromkeys(("microseconds", "milliseconds", "seconds", "minsec"), "%H:%M:%S"),
    **dict.fromkeys(("minutes", "hourmin", "hours"), "%H:%M"),
    "days": "%d %b",
    "months": "%b %Y",
    "years": "%Y",
}


def options(dark: bool, across: tuple[Any, Any], top: float) -> dict[str, Any]:
    """Options of an overlay whose y axis counts jobs from 0 to `top`, as wide as its place, in our style.

    The x axis goes from one end of `across` to the other; two datetimes make it a clock.
    """
    look = style(dark)
    clock = isinstance(across[0], datetime)

    def fit(plot: Any, _element: Any) -> None:
        """Set the ranges at every update, which HoloViews leaves as they first were; there are no halves of jobs."""
        figure = plot.state
        figure.x_range.update(start=across[0], end=across[1])
        figure.y_range.update(start=0, end=max(1.0, top))
        for axis in figure.yaxis:
            axis.ticker.update(min_interval=1, desired_num_ticks=5)
            axis.formatter = NumeralTickFormatter(format="0,0")
        for axis in figure.xaxis if clock else ():
            # Labels with seconds are wide.
            axis.ticker.desired_num_ticks = 3 if (across[1] - across[0]).total_seconds() < 300 else 5
            axis.formatter = DatetimeTickFormatter(**_CLOCK)

    return {
        **look,
        "hooks": [*look["hooks"], fit],
        "ylabel": "jobs",
        "show_legend": False,
        "responsive": True,
        "height": HEIGHT,
    }

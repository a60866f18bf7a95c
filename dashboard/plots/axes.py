"""Axes that fit what they count: whole jobs, local time of day."""

from typing import Any

from bokeh.models import DatetimeTickFormatter, NumeralTickFormatter

from dashboard.plots.picture import Picture, fit
from dashboard.plots.style import style

HEIGHT = 200

_CLOCK = {
    **dict.fromkeys(("microseconds", "milliseconds", "seconds", "minsec"), "%H:%M:%S"),
    **dict.fromkeys(("minutes", "hourmin", "hours"), "%H:%M"),
    "days": "%d %b",
    "months": "%b %Y",
    "years": "%Y",
}


def options(picture: Picture, dark: bool) -> dict[str, Any]:
    """Options of an overlay whose y axis counts jobs, as wide as its place, in our style."""
    look = style(dark)

    def count(plot: Any, _element: Any) -> None:
        """There are no halves of jobs."""
        figure = plot.state
        for axis in figure.yaxis:
            axis.ticker.update(min_interval=1, desired_num_ticks=5)
            axis.formatter = NumeralTickFormatter(format="0,0")
        for axis in figure.xaxis if picture.clock else ():
            axis.formatter = DatetimeTickFormatter(**_CLOCK)
        fit(figure, picture)

    return {
        **look,
        "hooks": [*look["hooks"], count],
        "xlabel": picture.label,
        "ylabel": "jobs",
        "show_legend": False,
        "responsive": True,
        "height": HEIGHT,
    }

"""How much of their time on the cores they asked for finished jobs computed."""

from __future__ import annotations

from typing import Any

import holoviews as hv

from dashboard.domain.archive_statistics import Spread
from dashboard.domain.units import count
from dashboard.plots.boxes import boxes, columns, counting
from dashboard.plots.picture import Picture


def picture(found: Spread) -> Picture:
    """Bars in percent."""
    edges = found.edges * 100
    told = [
        f"{count(number)} jobs: {low:.0f} to {high:.0f} %"
        for number, low, high in zip(found.jobs, edges[:-1], edges[1:], strict=True)
    ]
    layer = columns(edges[:-1], edges[1:], found.jobs, told)
    return Picture((layer,), (0.0, 100.0), float(found.jobs.max(initial=0)) * 1.06, "CPU time, % of cores × run time")


def draw(picture: Picture, dark: bool) -> Any:
    """One bar for each bin."""
    return hv.Overlay([boxes(picture.layers[0], "running", dark)]).opts(**counting(picture, dark))

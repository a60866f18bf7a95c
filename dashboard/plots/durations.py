"""How long finished jobs waited or ran, in steps people count in: seconds at one end, weeks at the other."""

from __future__ import annotations

from typing import Any, NamedTuple

import holoviews as hv
import numpy as np
from bokeh.models import FixedTicker

from dashboard.domain.archive_statistics import DURATIONS, Spread
from dashboard.domain.units import count, duration
from dashboard.plots.boxes import boxes, columns, counting
from dashboard.plots.picture import Picture

LEAST = 11
"""Bins shown at least."""

_LABELS = {1: "1 s", 60: "1 min", 3600: "1 h", 86400: "1 d", 30 * 86400: "30 d"}


class Durations(NamedTuple):
    """A spread over `DURATIONS`, and what it is of: ``run time``."""

    spread: Spread
    name: str


def picture(found: Durations) -> Picture:
    """Bins of equal width, whatever they span."""
    jobs = np.asarray(found.spread.jobs)
    some = np.flatnonzero(jobs)
    first, last = (int(some[0]), int(some[-1]) + 1) if len(some) else (4, 12)
    first = max(0, min(first, last - LEAST))
    last = max(last, first + LEAST)
    steps = np.arange(len(jobs))
    told = [
        f"{count(number)} jobs: {duration(low)} to {duration(high)}"
        for number, low, high in zip(jobs, DURATIONS[:-1], DURATIONS[1:], strict=True)
    ]
    layer = columns(steps, steps + 1, jobs, told)
    return Picture((layer,), (first, last), float(jobs.max()) * 1.06, found.name)


def draw(picture: Picture, dark: bool) -> Any:
    """One bar for each bin."""
    look = counting(picture, dark)
    labels = {int(np.searchsorted(DURATIONS, edge)): label for edge, label in _LABELS.items()}

    def name(plot: Any, _element: Any) -> None:
        for axis in plot.state.xaxis:
            axis.ticker = FixedTicker(ticks=list(labels))
            axis.major_label_overrides = labels

    return hv.Overlay([boxes(picture.layers[0], "running", dark)]).opts(**{**look, "hooks": [*look["hooks"], name]})

"""A measure of finished jobs, group by group: the median, and where eight jobs in ten are."""

from __future__ import annotations

from typing import Any, NamedTuple

import holoviews as hv
import numpy as np
import pandas as pd

from dashboard.domain.palette import INK
from dashboard.domain.units import duration, memory, percent
from dashboard.plots import axes
from dashboard.plots.boxes import boxes, columns
from dashboard.plots.picture import Picture

SHOWN = 7
"""Groups below each other; weeks are side by side, all of them."""

NAMES = {"wait": "wait", "run": "run time", "memory": "memory used", "efficiency": "CPU efficiency"}
WORDS = {"wait": duration, "run": duration, "memory": memory, "efficiency": percent}

_DURATIONS = ((2 * 86400, 86400.0, "days"), (2 * 3600, 3600.0, "hours"), (120, 60.0, "minutes"), (0, 1.0, "seconds"))


class Groups(NamedTuple):
    """Some rows of `dashboard.domain.archive_statistics.grouped`, and which of its measures is meant."""

    table: pd.DataFrame
    measure: str


def scale(measure: str, most: float) -> tuple[float, str]:
    """In what a measure is told: how much of it is one, and its name."""
    if measure == "efficiency":
        return 0.01, "%"
    if measure == "memory":
        return (1024.0, "GiB") if most >= 2048 else (1.0, "MiB")
    return next((per, unit) for least, per, unit in _DURATIONS if most >= least)


def picture(found: Groups) -> Picture:
    """Below each other, the first on top."""
    table = found.table.iloc[:SHOWN]
    low, median, high, told, unit = values(found, table)
    rows = np.arange(len(table), 0, -1) - 1.0
    widest = float(np.fmax.reduce(high, initial=0.0)) or 1.0
    layers = (
        columns(low, high, rows + 0.42, told, rows + 0.16),
        columns(median - widest * 0.004, median + widest * 0.004, rows + 0.5, told, rows + 0.08),
        {"x": np.zeros(len(table)), "y": rows + 0.52, "name": np.array(_names(table), dtype=object)},
    )
    return Picture(layers, (0.0, widest * 1.04), float(max(len(table), 3)), f"{NAMES[found.measure]} ({unit})")


def draw(picture: Picture, dark: bool) -> Any:
    """A thin box for eight jobs in ten, a mark at the median, the name above."""
    spans, medians, names = picture.layers
    ink = INK.dark if dark else INK.light
    look = axes.options(picture, dark)

    def bare(plot: Any, _element: Any) -> None:
        for axis in plot.state.yaxis:
            axis.visible = False
        for grid in plot.state.ygrid:
            grid.visible = False

    words = hv.Labels((names["x"], names["y"], names["name"]), ["x", "y"], "name").opts(
        text_color=ink, text_font_size="11px", text_align="left", text_baseline="bottom"
    )
    layers = [boxes(spans, "running", dark, 0.55), boxes(medians, "running", dark).opts(line_color=None), words]
    return hv.Overlay(layers).opts(**{**look, "ylabel": "", "hooks": [*look["hooks"], bare]})


def values(found: Groups, table: pd.DataFrame) -> tuple[Any, Any, Any, list[str], str]:
    """Low, median and high in the unit told, what is said of each group, and the unit's name."""
    measure = found.measure
    low, median, high = (table[name].to_numpy(float) for name in (f"{measure}_low", measure, f"{measure}_high"))
    per, unit = scale(measure, float(np.fmax.reduce(high)) if np.isfinite(high).any() else 0.0)
    words = WORDS[measure]
    told = [
        f"{name}: half under {words(middle)}, eight in ten from {words(least)} to {words(most)}"
        for name, least, middle, most in zip(_names(table), low, median, high, strict=True)
    ]
    return low / per, median / per, high / per, told, unit


def _names(table: pd.DataFrame) -> list[str]:
    return [name if isinstance(name, str) else f"week of {name:%d %b %Y}" for name in table.index]

"""Bars between edges."""

from __future__ import annotations

from typing import Any

import holoviews as hv
import numpy as np

from dashboard.domain.palette import CARD
from dashboard.plots.picture import Columns
from dashboard.plots.style import colour


def columns(edges: np.ndarray, heights: np.ndarray, name: str = "") -> Columns:
    """What the glyphs of `bars` need; with a name, also what a person is told who points at one."""
    data = {"top": heights, "left": edges[:-1], "right": edges[1:]}
    return {**data, name.replace(" ", "_"): (edges[:-1] + edges[1:]) / 2, "jobs": heights} if name else data


def bars(layer: Columns, state: str, dark: bool, name: str = "") -> Any:
    """Bars in the colour of a state; with a name, they tell who points at them what they stand for."""
    edges = np.append(layer["left"], layer["right"][-1:])
    return hv.Histogram((edges, layer["top"]), kdims=name or "time", vdims="jobs").opts(
        color=colour(state, dark),
        line_color=CARD.dark if dark else CARD.light,
        line_width=1,
        tools=["hover"] if name else [],
    )

"""Boxes that tell who points at them what they stand for."""

from __future__ import annotations

from typing import Any

import holoviews as hv
import numpy as np
from bokeh.models import HoverTool, NumeralTickFormatter

from dashboard.domain.palette import CARD
from dashboard.plots import axes
from dashboard.plots.picture import Columns, Picture
from dashboard.plots.style import colour


def columns(left: Any, right: Any, top: Any, told: list[str], bottom: Any = 0.0) -> Columns:
    """What the glyphs of `boxes` need; ``told`` is what is said of each."""
    left = np.asarray(left)
    return {
        "left": left,
        "bottom": np.broadcast_to(np.asarray(bottom, dtype=float), left.shape),
        "right": np.asarray(right),
        "top": np.asarray(top, dtype=float),
        "told": np.array(told, dtype=object),
    }


def boxes(layer: Columns, state: str, dark: bool, alpha: float = 1.0) -> Any:
    """Boxes in the colour of a state."""
    return hv.Rectangles(
        tuple(layer[name] for name in ("left", "bottom", "right", "top", "told")), vdims=["told"]
    ).opts(
        color=colour(state, dark),
        alpha=alpha,
        line_color=CARD.dark if dark else CARD.light,
        line_width=1,
        tools=[HoverTool(tooltips="@told")],
    )


def counting(picture: Picture, dark: bool) -> dict[str, Any]:
    """Options of a plot whose y axis counts very many jobs: ``200k``."""
    look = axes.options(picture, dark)

    def short(plot: Any, _element: Any) -> None:
        for axis in plot.state.yaxis:
            axis.formatter = NumeralTickFormatter(format="0.[0]a")

    return {**look, "hooks": [*look["hooks"], short]}

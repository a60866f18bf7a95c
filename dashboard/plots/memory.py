"""Memory that jobs used, beside what they asked for."""

from typing import Any

import holoviews as hv
import numpy as np
import pandas as pd

from dashboard.domain import units
from dashboard.domain.palette import CARD, MUTE
from dashboard.plots import axes
from dashboard.plots.run_time import nice_edges
from dashboard.plots.style import colour


def memory(jobs: pd.DataFrame, dark: bool) -> Any:
    """Histogram of ``memory_used_mib``, jobs that passed what they asked in the colour of held, with the asked line."""
    known = jobs.dropna(subset=["memory_used_mib"])
    asked = float(jobs["memory_mib"].max()) if jobs["memory_mib"].notna().any() else 0.0
    most = max(float(known["memory_used_mib"].max()) if len(known) else 0.0, asked, 1.0)
    per, unit = (1024.0, "GiB") if most >= 1024 else (1.0, "MiB")
    edges = nice_edges(most / per)
    values = known["memory_used_mib"].to_numpy() / per
    over = (known["memory_used_mib"] > known["memory_mib"]).to_numpy()
    every = np.histogram(values, edges)[0]
    within = np.histogram(values[~over], edges)[0]
    top = max(1.0, float(every.max()) * 1.18)
    look = {"line_color": CARD.dark if dark else CARD.light, "line_width": 1, "tools": ["hover"]}
    layers = [
        hv.Histogram((edges, heights), kdims="memory", vdims="jobs").opts(color=colour(state, dark), **look)
        for heights, state in ((every, "held"), (within, "running"))
    ]
    line = hv.Curve([(asked / per, 0.0), (asked / per, top)] if asked else [], "memory", "jobs").opts(
        color=colour("failed", dark), line_dash="dashed", line_width=1
    )
    text = [(asked / per, top, f"asked {units.memory(asked)} ")] if asked else []
    words = hv.Labels(text, ["memory", "jobs"], "text").opts(
        text_color=MUTE.dark if dark else MUTE.light,
        text_font_size="11px",
        text_align="right",
        text_baseline="top",
    )
    return hv.Overlay([*layers, line, words]).opts(
        **axes.options(dark, (0, edges[-1]), top), xlabel=f"memory used ({unit})"
    )

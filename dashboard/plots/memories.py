"""Memory that finished jobs used, beside what they asked for."""

from __future__ import annotations

from typing import Any

import holoviews as hv

from dashboard.domain.archive_statistics import Statistics
from dashboard.domain.palette import INK
from dashboard.domain.units import count, memory
from dashboard.plots.boxes import boxes, columns, counting
from dashboard.plots.picture import Picture


def picture(found: Statistics) -> Picture:
    """Bars of what was used, those above what they asked apart; a line of what was asked."""
    edges, used, over = found.memory.edges, found.memory.jobs, found.passed
    per, unit = (1024.0, "GiB") if edges[-1] >= 2048 else (1.0, "MiB")

    def told(numbers: Any, words: str) -> list[str]:
        ends = zip(numbers, edges[:-1], edges[1:], strict=True)
        return [f"{count(number)} jobs {words} {memory(low)} to {memory(high)}" for number, low, high in ends]

    left, right = edges[:-1] / per, edges[1:] / per
    asked = found.asked.jobs
    layers = (
        columns(left, right, used, told(used - over, "used")),
        columns(left, right, used, told(over, "passed what they asked, and used"), used - over),
        columns(left, right, asked, told(asked, "asked")),
    )
    top = float(max(used.max(initial=0), asked.max(initial=0))) * 1.06
    return Picture(layers, (0.0, float(right[-1])), top, f"{unit} used (outline: asked)")


def draw(picture: Picture, dark: bool) -> Any:
    """What passed is in the colour of held jobs."""
    used, over, asked = picture.layers
    line = boxes(asked, "failed", dark).opts(fill_alpha=0, line_color=INK.dark if dark else INK.light, line_width=1.2)
    return hv.Overlay([boxes(used, "running", dark), boxes(over, "held", dark), line]).opts(**counting(picture, dark))

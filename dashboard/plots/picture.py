"""What a plot shows, as the few numbers its glyphs need: with them a figure that is drawn already follows new data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

Columns = Mapping[str, Any]
"""Data of one layer's glyphs: an array or list for each field; a list may hold lists, and arrays of unequal lengths."""


class Picture(NamedTuple):
    """The ``layers`` from back to front; both ends of the x axis, the ``top`` of the y axis, the x axis' ``label``.

    Two datetimes make the x axis a clock.
    """

    layers: tuple[Columns, ...]
    across: tuple[Any, Any]
    top: float
    label: str

    @property
    def clock(self) -> bool:
        """Whether the x axis tells times."""
        return isinstance(self.across[0], datetime)


def feed(figure: Any, picture: Picture, shown: Picture | None = None) -> None:
    """Show a picture in a figure that was drawn of another one, of which only what differs is sent to the browser."""
    for number, (glyphs, columns) in enumerate(zip(figure.renderers, picture.layers, strict=True)):
        if shown is None or not _same(shown.layers[number], columns):
            glyphs.data_source.data = dict(columns)
    fit(figure, picture)


def fit(figure: Any, picture: Picture) -> None:
    """Set what the axes span and say; an equal value is not sent."""
    start, end = picture.across
    figure.x_range.update(start=start, end=end)
    figure.y_range.update(start=0, end=max(1.0, picture.top))
    for axis in figure.xaxis:
        axis.axis_label = picture.label
        if picture.clock:
            # Labels with seconds are wide.
            axis.ticker.desired_num_ticks = 3 if (end - start).total_seconds() < 300 else 5


def same(one: Picture, other: Picture) -> bool:
    """Whether both look alike."""
    return one[1:] == other[1:] and all(map(_same, one.layers, other.layers))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return np.array_equal(one, other)

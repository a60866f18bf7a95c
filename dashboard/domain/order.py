"""What comes where in the order of very many values, group by group: found by counting, so that only few are sorted.

The first 16 bits of floats that are not negative are in the order of the floats. Values are counted in bins of such
bits; only those in the bins that hold a place asked for are sorted, so that every answer is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_HEADS = 1 << 16
_UNKNOWN = 0x7F80
"""First 16 bits above those of all numbers: of what is infinite or NaN, and, by the sign's bit, negative."""

_CELLS = 1 << 17
"""About how many cells (bins of all groups) there are: many sort less, few are counted faster."""


class Order:
    """Values of each group in their order; those that are NaN, infinite or negative are not known.

    Parameters
    ----------
    values
        As float32, in pieces.
    codes
        The group of each value, from 0 (int32); None: all are of one.
    groups
        How many groups there are.

    Attributes
    ----------
    known
        Number of known values of each group.
    """

    def __init__(self, values: Sequence[Array], codes: Sequence[Array] | None = None, groups: int = 1) -> None:
        number = sum(map(len, values))
        bins = max(1, min(_UNKNOWN, _CELLS // max(groups, 1), number))
        self._bits = [(some + np.float32(0)).view(np.uint32) for some in values]  # zero has no sign then
        self._bins = _bins(np.concatenate([some[:: max(1, number // _HEADS)] for some in self._bits]), bins)
        self._cells = []
        counts: Array = np.zeros(groups * (bins + 1), dtype=np.int64)
        for at, some in enumerate(self._bits):
            cells = self._bins[some >> 16]
            if codes is not None:
                cells += codes[at] * np.int32(bins + 1)
            counts += np.bincount(cells, minlength=len(counts))
            self._cells.append(cells)
        counts = counts.reshape(groups, bins + 1)
        counts[:, bins] = 0
        self.known = counts.sum(axis=1)
        self._counts = counts.ravel()
        self._ends = np.cumsum(self._counts)

    def quantiles(self, shares: Sequence[float]) -> Array:
        """Values below which these parts of each group are (a row for each), interpolated; NaN when none is known."""
        told = np.full((len(self.known), len(shares)), np.nan)
        some = self.known > 0
        places = (self.known[some, np.newaxis] - 1) * np.asarray(shares)
        low = np.floor(places)
        starts = (np.cumsum(self.known) - self.known)[some, np.newaxis]
        at, after = self.at(np.stack([starts + low, starts + np.ceil(places)]).astype(np.int64)).astype(float)
        told[some] = at + (places - low) * (after - at)
        return told

    def at(self, places: Array) -> Array:
        """Values at these places of the order of all known ones, group after group."""
        cells = np.searchsorted(self._ends, places, side="right")
        within = places - (self._ends - self._counts)[cells]
        in_order, starts = self._sorted(cells)
        found: Array = in_order[starts[cells] + within].view(np.float32)
        return found

    def counted(self, edges: Array) -> Array:
        """How many values of the only group are between each two of the edges; those beyond count to the outermost."""
        inner = edges[1:-1].astype(np.float32)
        bits = np.where(inner < edges[1:-1], np.nextafter(inner, np.float32(np.inf)), inner).view(np.uint32)
        heads = (bits >> 16).astype(np.int64)
        cells = self._bins[heads]
        below = (self._ends - self._counts)[cells]
        # What is less is known already where a bin begins with the edge.
        within = (bits << 16 > 0) | (self._bins[heads - 1] == cells)
        in_order, starts = self._sorted(cells[within])
        below[within] += np.searchsorted(in_order, bits[within]) - starts[cells[within]]
        return np.diff(below, prepend=0, append=int(self.known[0]))

    def _sorted(self, cells: Array) -> tuple[Array, Array]:
        """Bits of the values in these cells, in order, and where among them each cell begins."""
        wanted = np.zeros(len(self._counts), dtype=bool)
        wanted[cells] = True
        found = []
        for bits, places in zip(self._bits, self._cells, strict=True):
            chosen = wanted[places]
            some = bits[chosen]
            if len(self.known) > 1:  # otherwise the cells are in the order of the bits
                some = places[chosen].astype(np.uint64) << np.uint64(32) | some
            found.append(some)
        keys = np.concatenate(found)
        keys.sort()
        counts = np.where(wanted, self._counts, 0)
        return keys.astype(np.uint32, copy=False), np.cumsum(counts) - counts


def _bins(bits: Array, number: int) -> Array:
    """Bin of each first 16 bits, in their order, with about as many values in each; the last is for the unknown.

    Parameters
    ----------
    bits
        Of some values that stand for all.
    """
    bins = np.full(_HEADS, number, dtype=np.int32)
    some = np.bincount(bits >> 16, minlength=_HEADS)[:_UNKNOWN]
    if number < _UNKNOWN:
        bins[:_UNKNOWN] = np.minimum((np.cumsum(some) - some) * number // max(1, int(some.sum())), number - 1)
    else:
        bins[:_UNKNOWN] = np.arange(_UNKNOWN)
    return bins

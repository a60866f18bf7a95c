"""Ids of chosen rows, made into text only when somebody looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import pandas as pd


class Ids(Sequence[str]):
    """The labels that an index has in some of its rows; neither is changed.

    Parameters
    ----------
    index
        Of a frame.
    rows
        Positions in it, in the order in which they are named.
    """

    def __init__(self, index: pd.Index[Any], rows: np.ndarray) -> None:
        self._index = index
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        chosen = self.rows[place]
        return [str(label) for label in self._index[chosen]] if isinstance(place, slice) else str(self._index[chosen])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ids):
            return NotImplemented
        if self._index is other._index:
            return bool(np.array_equal(self.rows, other.rows))
        return len(self) == len(other) and self[:] == other[:]

    def __hash__(self) -> int:
        return hash(tuple(self[:]))

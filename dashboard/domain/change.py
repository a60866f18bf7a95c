"""What a backend answers to a tick: the contract between workers and pollers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

Cursor = Any
"""Opaque to all but the backend that made it; picklable; None asks for everything."""


_NOTHING = pd.DataFrame()


class _Light:
    """What is sent of no rows is that there are none: columns and dtypes alone would be kilobytes in every tick."""

    upserts: pd.DataFrame
    full: bool

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | ({} if self.full or len(self.upserts) else {"upserts": None})

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state if state["upserts"] is not None else state | {"upserts": _NOTHING})


@dataclass(frozen=True)
class Rows(_Light):
    """What changed in a table besides a backend's frame; ``upserts``, ``removals``, ``full`` as in `Change`."""

    upserts: pd.DataFrame
    removals: tuple[str, ...] = ()
    full: bool = False


@dataclass(frozen=True)
class Change(_Light):
    """What changed since a cursor.

    Attributes
    ----------
    cursor
        To be given back at the next tick.
    time
        When this was true, by the backend's own clock (UTC).
    upserts
        New and changed rows, indexed by id, all columns of the backend's frame; when there are none and they are
        not ``full``, the columns may be missing.
    removals
        Ids that are gone.
    full
        The upserts are all there is: rows not among them are gone.
    totals
        Small tables sent whole every time (Rucio: ``usage``, ``rses``), or what changed in them (HTCondor:
        ``batches``).
    more
        There is more to tell at once: ask again without waiting for the next tick.
    complete
        With this change the asker has all rows; while False only ``totals`` count everything.
    """

    cursor: Cursor
    time: datetime
    upserts: pd.DataFrame
    removals: tuple[str, ...] = ()
    full: bool = False
    totals: Mapping[str, pd.DataFrame | Rows] = field(default_factory=dict)
    more: bool = False
    complete: bool = True

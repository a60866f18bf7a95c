"""What a backend answers to a tick: the contract between workers and pollers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

Cursor = Any
"""Opaque to all but the backend that made it; picklable; None asks for everything."""


@dataclass(frozen=True)
class Rows:
    """What changed in a table besides a backend's frame; ``upserts``, ``removals``, ``full`` as in `Change`."""

    upserts: pd.DataFrame
    removals: tuple[str, ...] = ()
    full: bool = False


@dataclass(frozen=True)
class Change:
    """What changed since a cursor.

    Attributes
    ----------
    cursor
        To be given back at the next tick.
    time
        When this was true, by the backend's own clock (UTC).
    upserts
        New and changed rows, indexed by id, all columns of the backend's frame.
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

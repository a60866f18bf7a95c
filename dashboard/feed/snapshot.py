"""Everything known of a backend at one time: what pages read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from dashboard.domain.health import Health


@dataclass(frozen=True)
class Snapshot:
    """An immutable view of a backend, shared by all sessions; its frames are never changed in place.

    Attributes
    ----------
    version
        Grows when the data changes; equal versions hold equal data.
    time
        When the data was true (UTC, the backend's clock); None when nothing is known yet.
    health
        How the backend is now.
    frame
        All rows, indexed by id.
    totals
        Small tables: see `dashboard.domain.change.Change.totals`.
    complete
        The frame holds all rows; while False they still come in, and only ``totals`` count everything. Of several
        schedds one that has never answered is not in ``totals`` either, as ``health`` says.
    """

    version: int
    time: datetime | None
    health: Health
    frame: pd.DataFrame
    totals: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    complete: bool = True

"""Whether data fits into an account's quota."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from dashboard.domain.units import size


def sentence(usage: pd.DataFrame | None, rse: str, need: float | None) -> str:
    """What an account has left at an RSE, and whether data of ``need`` bytes fits.

    Parameters
    ----------
    usage
        Index RSE; columns ``bytes, limit, remaining``, NaN where no limit is known (`Snapshot.totals`).
    """
    if usage is None:
        return f"{rse}: the quota is not known yet"
    if rse not in usage.index:
        return f"{rse}: you have no quota there"
    row: Any = usage.loc[rse]
    used, limit, left = (float(row[column]) for column in ("bytes", "limit", "remaining"))
    if math.isnan(limit):
        return f"{rse}: {size(used)} used, no limit"
    room = f"{rse}: {size(max(left, 0.0))} left, {size(used)} of {size(limit)} used"
    if need is None:
        return room
    return f"{room}; {size(need)} {'fit' if need <= left else 'do not fit'}"

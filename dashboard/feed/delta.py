"""The pure merge of a change into a snapshot."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from dashboard.domain.change import Change, Rows
from dashboard.domain.health import Health
from dashboard.domain.merge import Keys, merged
from dashboard.feed.snapshot import Snapshot


def merge(snapshot: Snapshot, change: Change, keys: Keys | None = None) -> Snapshot:
    """Snapshot after a change; the version grows only when rows or totals differ.

    Parameters
    ----------
    keys
        Order of the rows, if they have one (`dashboard.domain.merge.merged`).
    """
    frame = _changed(snapshot.frame, change, keys)
    totals = {
        name: _changed(snapshot.totals.get(name, total.upserts.iloc[:0]), total)
        if isinstance(total, Rows)
        else _kept(snapshot.totals.get(name), total)
        for name, total in change.totals.items()
    }
    same = frame is snapshot.frame and totals.keys() == snapshot.totals.keys()
    same = same and all(total is snapshot.totals[name] for name, total in totals.items())
    health = snapshot.health if snapshot.health.state == "ok" else Health("ok", change.time)
    if same and snapshot.time is not None and snapshot.complete == change.complete:
        return replace(snapshot, time=change.time, health=health)
    return Snapshot(snapshot.version + 1, change.time, health, frame, totals, change.complete)


def _changed(table: pd.DataFrame, change: Change | Rows, keys: Keys | None = None) -> pd.DataFrame:
    if change.full:
        return _kept(table, change.upserts)
    return merged(table, change.upserts, change.removals, keys)


def _kept(old: pd.DataFrame | None, new: pd.DataFrame) -> pd.DataFrame:
    """The old table when the new one is the same."""
    return old if old is not None and old.equals(new) else new

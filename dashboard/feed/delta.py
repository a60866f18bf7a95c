"""The pure merge of a change into a snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from pandas.api.types import union_categoricals

from dashboard.domain.change import Change
from dashboard.domain.health import Health
from dashboard.feed.snapshot import Snapshot


def merge(snapshot: Snapshot, change: Change) -> Snapshot:
    """Snapshot after a change; the version grows only when rows or totals differ."""
    frame = change.upserts if change.full else merge_frames(snapshot.frame, change.upserts, change.removals)
    same = frame.equals(snapshot.frame) and _equal(snapshot.totals, change.totals)
    health = snapshot.health if snapshot.health.state == "ok" else Health("ok", change.time)
    if same and snapshot.time is not None:
        return replace(snapshot, time=change.time, health=health)
    return Snapshot(snapshot.version + 1, change.time, health, frame, dict(change.totals))


def merge_frames(frame: pd.DataFrame, upserts: pd.DataFrame, removals: tuple[str, ...]) -> pd.DataFrame:
    """Rows of ``frame`` without the removals, changed and extended by the upserts (last ones win), dtypes kept."""
    gone = frame.index.isin(upserts.index.union(pd.Index(removals, dtype=object)))
    if not len(upserts):
        return frame[~gone] if gone.any() else frame
    kept, added = frame[~gone], upserts[~upserts.index.duplicated(keep="last")]
    columns = {}
    for name in upserts.columns:
        old, new = kept[name], added[name]
        if isinstance(old.dtype, pd.CategoricalDtype):
            columns[name] = union_categoricals([old, new])
        else:
            columns[name] = pd.concat([old, new]).array
    merged = pd.DataFrame(columns, index=kept.index.append(added.index))
    # Rows keep their places; new ones come last.
    order = frame.index[frame.index.isin(merged.index)].append(added.index[~added.index.isin(frame.index)])
    return merged.take(merged.index.get_indexer(order))


def _equal(old: Mapping[str, pd.DataFrame], new: Mapping[str, pd.DataFrame]) -> bool:
    return old.keys() == new.keys() and all(old[name].equals(new[name]) for name in new)

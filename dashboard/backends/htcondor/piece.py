"""What is read of a queue with one question: a part of a cluster, or neighbouring clusters that are small."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboard.domain.job import PROCS

SIZE = 5_000
"""Jobs in a piece, at most."""


class Piece(NamedTuple):
    """Jobs from one `dashboard.domain.job.keys` to another, and the clusters that are read with them to their end."""

    first: int
    last: int
    completes: tuple[int, ...]

    @property
    def clusters(self) -> set[int]:
        """Clusters of which it has jobs to be read."""
        return {self.first // PROCS, *self.completes}

    @property
    def constraint(self) -> str:
        """The jobs as a ClassAd expression; other people's clusters may stand between mine."""
        (cluster, proc), (to_cluster, to_proc) = divmod(self.first, PROCS), divmod(self.last, PROCS)
        if cluster == to_cluster:
            return f"ClusterId == {cluster} && ProcId >= {proc} && ProcId <= {to_proc}"
        return f"ClusterId >= {cluster} && ClusterId <= {to_cluster}"


def of_keys(keys: np.ndarray) -> list[Piece]:
    """Pieces that hold the jobs of these keys, which are in order."""
    chunks = (keys[start : start + SIZE] for start in range(0, len(keys), SIZE))
    return [Piece(int(chunk[0]), int(chunk[-1]), ()) for chunk in chunks]


def of_clusters(clusters: pd.DataFrame, chosen: Iterable[int]) -> list[Piece]:
    """Pieces that hold these clusters, newest first.

    Parameters
    ----------
    clusters
        All my clusters (`dashboard.domain.batch.CLUSTER_COLUMNS`).
    """
    wanted = set(chosen)
    pieces: list[Piece] = []
    room = 0  # in the last piece, for the next older cluster
    for cluster, total in clusters["total"].sort_index(ascending=False).items():
        if cluster not in wanted:
            room = 0
            continue
        whole = Piece(int(cluster) * PROCS, int(cluster) * PROCS + PROCS - 1, (int(cluster),))
        if total > SIZE:
            pieces += _cut(whole, int(total))
            room = 0
        elif total <= room:
            newer = pieces.pop()
            pieces.append(Piece(whole.first, newer.last, newer.completes + whole.completes))
            room -= total
        else:
            pieces.append(whole)
            room = SIZE - total
    return pieces


def _cut(whole: Piece, total: int) -> list[Piece]:
    starts = [whole.first + proc for proc in range(0, total, SIZE)]
    ends = [start - 1 for start in starts[1:]]
    parts = [Piece(start, end, ()) for start, end in zip(starts[:-1], ends, strict=True)]
    return [*parts, Piece(starts[-1], whole.last, whole.completes)]

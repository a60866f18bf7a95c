"""Reading the history of a schedd on from where one was: what is new, and behind it what was too much at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from dashboard.domain.archive import ended, unknown
from dashboard.domain.finished import Mark, Piece, unpacked
from dashboard.domain.job import PROCS
from dashboard.feed.archive_folder import ArchiveFolder, Fill, Position

AT_ONCE = 2000
"""Jobs read between two ticks at most: more would delay them by a second and more."""
PIECE = 20_000
"""Jobs read at a time of what is behind."""

ID_END = 2**63
"""Beyond every job's id as a number (`dashboard.domain.job.keys`)."""

Ask = Callable[[Mark | None, tuple[int, int] | None, int, int], Piece]
"""``since, ids, after, limit`` → a piece, as `dashboard.backends.htcondor.history` gives it."""


def news(files: ArchiveFolder, ask: Ask) -> Position:
    """Read on from the last record read."""
    position = files.position()
    since = position.before
    piece = ask(since, None, 0 if since else position.after, AT_ONCE)
    table = unpacked(piece.table)
    marks = _marks(table)
    if marks and marks[0] != position.newest:
        files.add(unknown(files.load(), table))
        fill, gaps = position.fill, position.gaps
        found = position.newest is None or position.newest in marks
        if piece.cut and (position.newest is None or not found):
            known = fill or Fill(since, position.newest, 0, 0)
            fill = replace(known, below=ID_END, width=ID_END - _middle(table), oldest=_oldest(table, known))
        elif not found:
            gaps = _widened(gaps, files, position.newest, _oldest(table))
        position = replace(position, newest=marks[0], before=_before(marks, position), fill=fill, gaps=gaps)
        position = _kept(files, position)
    return position


def step(files: ArchiveFolder, ask: Ask, fill: Fill) -> Position:
    """Read one more piece of the time before."""
    low = max(0, fill.below - fill.width)
    piece = ask(fill.since, (low, fill.below), files.position().after, PIECE)
    table = unpacked(piece.table)
    files.add(unknown(files.load(), table))
    oldest = _oldest(table, fill)
    if piece.cut:  # what of these jobs is missing is not known: fewer of them
        fill = replace(fill, width=max(1, min(fill.width - 1, fill.below - _middle(table))), oldest=oldest)
    else:
        width = int(fill.width * min(16.0, max(0.5, PIECE / 2 / max(1, table.num_rows))))
        fill = replace(fill, below=low, width=max(1, width), oldest=oldest)
    position = replace(files.position(), fill=fill)
    if not fill.below:
        gaps = position.gaps if _still_there(ask, fill) else _widened(position.gaps, files, fill.seek, oldest)
        position = replace(position, fill=None, gaps=gaps)
    return _kept(files, position)


def _still_there(ask: Ask, fill: Fill) -> bool:
    """Whether the schedd has all that came after the record sought: it forgets the oldest first."""
    if fill.seek is None:
        return True
    number = fill.seek.cluster * PROCS + fill.seek.proc
    return fill.seek in _marks(unpacked(ask(fill.since, (number, number + 1), 0, PIECE).table))


def _kept(files: ArchiveFolder, position: Position) -> Position:
    position = replace(position, after=max(files.tidy(), position.after))
    files.keep(position)
    return position


def _widened(
    gaps: tuple[tuple[int, int], ...], files: ArchiveFolder, known: Mark | None, oldest: int
) -> tuple[tuple[int, int], ...]:
    """The gaps, and one more between the end of the job known and that of the oldest job found after it."""
    since = ended(files.load(), known) if known else 0
    # Jobs do not leave the queue in the order in which they end.
    return (*gaps, (min(since, oldest), max(since, oldest))) if since and oldest else gaps


def _oldest(table: pa.Table, fill: Fill | None = None) -> int:
    """When the first of these jobs ended, and of those the fill has found so far; 0: there are none."""
    ends = [int(end) for end in table["ended"].to_numpy()] + [fill.oldest if fill else 0]
    return min(filter(None, ends), default=0)


def _marks(table: pa.Table) -> list[Mark]:
    """The records of a table, in its order."""
    return [Mark(*row) for row in zip(*(table[name].to_pylist() for name in Mark._fields), strict=True)]


def _before(marks: Sequence[Mark], position: Position) -> Mark | None:
    """The record before the first of these, once there is one."""
    return marks[1] if len(marks) > 1 else position.newest


def _middle(table: pa.Table) -> int:
    """The id, as one number, above which half of these jobs are."""
    ids = table["cluster"].to_numpy().astype(np.int64) * PROCS + table["proc"].to_numpy()
    return int(np.median(ids))

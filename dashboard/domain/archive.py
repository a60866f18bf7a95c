"""Finished jobs in columns, as many as there are: parts as they lie on disk, and rows chosen from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.domain.finished import WORDS, Mark
from dashboard.domain.job import PROCS

Array = np.ndarray[Any, Any]

SEARCHED = ("batch_name", "command")
"""Columns of text in which a filter's words are looked for, besides the batch's id."""


class Part(NamedTuple):
    """The columns of one table, as they lie in memory or on a mapped disk.

    Attributes
    ----------
    values
        Numbers by column; of a column of text the codes.
    words
        What the codes of a column of text mean.
    kept
        Which rows count: duplicates do not; None: all.
    """

    values: Mapping[str, Array]
    words: Mapping[str, Sequence[str]]
    kept: Array | None = None

    @property
    def rows(self) -> int:
        """Number of rows that count."""
        return len(self.values["ended"]) if self.kept is None else int(np.count_nonzero(self.kept))


def part(table: pa.Table) -> Part:
    """Part of a table in `dashboard.domain.finished.SCHEMA`; nothing is copied that lies in one piece."""
    values, words = {}, {}
    for name in table.column_names:
        column = table.column(name)
        chunk = column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()
        if name in WORDS:
            words[name] = chunk.dictionary.to_pylist()
            chunk = chunk.indices
        values[name] = chunk.to_numpy(zero_copy_only=True)
    return Part(values, words)


@dataclass(frozen=True)
class Archive:
    """All finished jobs known.

    Attributes
    ----------
    parts
        Parts of the whole.
    version
        Grows when rows are added; equal versions hold equal rows.
    words
        Every text of a column, once; its place is the text's code.
    codes
        For each part and column of text: the code of each of the part's own codes.
    """

    parts: tuple[Part, ...]
    version: int
    words: Mapping[str, Sequence[str]]
    codes: tuple[Mapping[str, Array], ...]

    @property
    def rows(self) -> int:
        """Number of jobs."""
        return sum(part.rows for part in self.parts)

    @property
    def ends(self) -> tuple[int, int]:
        """Epoch seconds at which the first and the last of the jobs ended; zeros when there are none."""
        ends = [(part.values["ended"].min(), part.values["ended"].max()) for part in self.parts if part.rows]
        return (int(min(first for first, _ in ends)), int(max(last for _, last in ends))) if ends else (0, 0)


def archive(parts: Iterable[Part], version: int = 0) -> Archive:
    """Archive of these parts."""
    parts = tuple(parts)
    words: dict[str, list[str]] = {}
    codes: list[dict[str, Array]] = [{} for _ in parts]
    for name in WORDS:
        known: dict[str, int] = {}
        for at, one in zip(codes, parts, strict=True):
            at[name] = np.array([known.setdefault(text, len(known)) for text in one.words[name]], dtype=np.int32)
        words[name] = list(known)
    return Archive(parts, version, words, tuple(codes))


def together(archives: Sequence[Archive], version: int = 0) -> Archive:
    """One archive of all these jobs; every text is looked at once for each archive that has it."""
    parts = tuple(one for known in archives for one in known.parts)
    words: dict[str, list[str]] = {}
    codes: list[dict[str, Array]] = [{} for _ in parts]
    for name in WORDS:
        seen: dict[str, int] = {}
        places = iter(codes)
        for known in archives:
            new = np.array([seen.setdefault(text, len(seen)) for text in known.words[name]], dtype=np.int32)
            for own in known.codes:
                next(places)[name] = new[own[name]]
        words[name] = list(seen)
    return Archive(parts, version, words, tuple(codes))


@dataclass(frozen=True)
class Choice:
    """Which finished jobs are meant; empty values choose all.

    Attributes
    ----------
    since, until
        Ended at or after, and before this time (epoch seconds; 0: no such bound).
    text
        Words that must all be in the batch's name, the program or the batch's id.
    host
        Text that must be in the host's name.
    owner, state
        Exactly this one.
    """

    since: int = 0
    until: int = 0
    text: str = ""
    host: str = ""
    owner: str = ""
    state: str = ""


@dataclass(frozen=True)
class Rows:
    """Columns of the chosen rows; of text the codes into ``words``."""

    values: Mapping[str, Array]
    words: Mapping[str, Sequence[str]]

    def __len__(self) -> int:
        return len(self.values["ended"])


def rows(known: Archive, choice: Choice, columns: Sequence[str]) -> Rows:
    """These columns of the chosen jobs (``ended`` always), in no particular order."""
    wanted = list(dict.fromkeys([*columns, "ended"]))
    found: dict[str, list[Array]] = {name: [] for name in wanted}
    for one, codes in zip(known.parts, known.codes, strict=True):
        mask = _mask(known, one, codes, choice)
        if mask is not None and not mask.any():
            continue
        for name in wanted:
            values = one.values[name] if mask is None else one.values[name][mask]
            found[name].append(codes[name][values] if name in WORDS else values)
    together = {
        name: (parts[0] if len(parts) == 1 else np.concatenate(parts)) if parts else np.empty(0, np.int64)
        for name, parts in found.items()
    }
    return Rows(together, {name: known.words[name] for name in wanted if name in WORDS})


def _mask(known: Archive, one: Part, codes: Mapping[str, Array], choice: Choice) -> Array | None:
    """Which rows of a part are chosen; None: all."""
    masks = [] if one.kept is None else [one.kept]
    ends = one.values["ended"]
    if choice.since and len(ends) and int(ends.min()) < choice.since:
        masks.append(ends >= choice.since)
    if choice.until and len(ends) and int(ends.max()) >= choice.until:
        masks.append(ends < choice.until)

    def hits(name: str, word: str) -> Array:
        found = np.array([word in text.casefold() for text in known.words[name]], dtype=bool)
        return np.asarray(found[codes[name]][one.values[name]])

    for name, wanted in (("owner", choice.owner), ("state", choice.state)):
        if wanted:
            code = known.words[name].index(wanted) if wanted in known.words[name] else -1
            masks.append((codes[name] == code)[one.values[name]])
    if choice.host.strip():
        masks.append(hits("host", choice.host.strip().casefold()))
    for word in choice.text.casefold().split():
        hit = hits(SEARCHED[0], word)
        for name in SEARCHED[1:]:
            hit |= hits(name, word)
        if word.isdecimal() and int(word) < 2**31:
            hit |= one.values["batch"] == int(word)
        masks.append(hit)
    if not masks:
        return None
    mask: Array = np.logical_and.reduce(masks) if len(masks) > 1 else np.asarray(masks[0])
    return mask


def distinct(parts: Sequence[Part]) -> list[Part]:
    """The same parts, with each record kept once: two writers may have kept the same."""
    spans = [_span(one) for one in parts]
    told = []
    for at, one in enumerate(parts):
        # The same job ended at the same time in all of them.
        before = [parts[i] for i in range(at) if spans[i][0] <= spans[at][1] and spans[at][0] <= spans[i][1]]
        told.append(one._replace(kept=_new(one, before, spans[at])) if before else one)
    return told


def _span(one: Part) -> tuple[int, int]:
    """When the first and the last of its jobs ended; of none, nothing lies in between."""
    ends = one.values["ended"]
    return (int(ends.min()), int(ends.max())) if len(ends) else (1, 0)


def _new(one: Part, before: Sequence[Part], span: tuple[int, int]) -> Array | None:
    """Which rows of a part are in none of the former; None: all."""
    known = [_keys(other, (other.values["ended"] >= span[0]) & (other.values["ended"] <= span[1])) for other in before]
    frame = pd.concat([*known, _keys(one)], ignore_index=True)
    doubled = frame.duplicated().to_numpy()[len(frame) - len(one.values["ended"]) :]
    return ~doubled if doubled.any() else None


def _keys(one: Part, mask: Array | None = None) -> pd.DataFrame:
    cluster, proc, submitted = (
        one.values[name] if mask is None else one.values[name][mask] for name in ("cluster", "proc", "submitted")
    )
    return pd.DataFrame({"id": cluster.astype(np.int64) * PROCS + proc, "submitted": submitted})


def unknown(known: Archive, table: pa.Table) -> pa.Table:
    """The rows of a table that are not among the jobs yet."""
    new = part(table)
    mask = _new(new, known.parts, _span(new))
    return table if mask is None else table.filter(pa.array(mask))


def ended(known: Archive, mark: Mark) -> int:
    """When the job of this record ended (epoch seconds); 0 when it is not among the jobs."""
    for one in known.parts:
        at = np.flatnonzero(one.values["cluster"] == mark.cluster)
        at = at[(one.values["proc"][at] == mark.proc) & (one.values["submitted"][at] == mark.submitted)]
        if len(at):
            return int(one.values["ended"][at[0]])
    return 0

"""Finished jobs in columns, as many as there are: parts as they lie on disk, and rows chosen from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.domain.finished import WORDS, Mark, empty
from dashboard.domain.job import PROCS

Array = np.ndarray[Any, Any]

SEARCHED = ("batch_name", "command")
"""Columns of text in which a filter's words are looked for, besides the batch's id."""

PIECE = 1 << 17
"""So many jobs are looked at together: what is made of them stays near the processor, and little memory is needed."""

FEW = 8
"""Less than one row of so many is found sooner by its place than by a mask."""


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
    return continued(Archive((), version - 1, {name: [] for name in WORDS}, ()), 0, parts)


def continued(known: Archive, same: int, parts: Iterable[Part]) -> Archive:
    """Archive of the first parts of one known, so many, and of these; only their texts are looked at."""
    parts = tuple(parts)
    words: dict[str, list[str]] = {}
    codes: list[dict[str, Array]] = [{} for _ in parts]
    for name in WORDS:
        seen = {text: code for code, text in enumerate(known.words[name])}
        for at, one in zip(codes, parts, strict=True):
            at[name] = np.array([seen.setdefault(text, len(seen)) for text in one.words[name]], dtype=np.int32)
        words[name] = list(seen)
    return Archive((*known.parts[:same], *parts), known.version + 1, words, (*known.codes[:same], *codes))


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


class _Take(NamedTuple):
    """Rows of a part: those of this slice (or with these places), and of them where the mask is True."""

    part: Part
    codes: Mapping[str, Array]
    places: slice | Array
    mask: Array | None = None


class Rows:
    """The chosen jobs, in no particular order; a column is put together when it is asked for."""

    def __init__(self, words: Mapping[str, Sequence[str]], takes: Sequence[_Take]) -> None:
        self.words = words
        self._takes = takes

    @property
    def pieces(self) -> list[Rows]:
        """The same in pieces of `PIECE` at most."""
        return [Rows(self.words, [one]) for one in self._takes]

    def column(self, name: str, meaning: Array | None = None) -> Array:
        """Values of a column; of text its codes, or what each code means instead."""
        found = []
        for part, codes, places, mask in self._takes:
            values = part.values[name][places]
            if mask is not None:
                values = values[mask]
            if name in WORDS:
                values = (codes[name] if meaning is None else meaning[codes[name]])[values]
            found.append(values)
        return found[0] if len(found) == 1 else np.concatenate(found)


def rows(known: Archive, choice: Choice) -> Rows:
    """The chosen jobs."""
    every = known if known.parts else archive([part(empty())])
    takes: list[_Take] = []
    for one, codes in zip(every.parts, every.codes, strict=True):
        mask = _mask(every, one, codes, choice)
        if mask is not None and np.count_nonzero(mask) * FEW < len(mask):
            takes.append(_Take(one, codes, np.flatnonzero(mask)))
            continue
        for at in range(0, max(1, len(one.values["ended"])), PIECE):
            places = slice(at, at + PIECE)
            takes.append(_Take(one, codes, places, None if mask is None else mask[places]))
    return Rows(every.words, takes)


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


def distinct(parts: Sequence[Part], sure: Sequence[Part] = ()) -> list[Part]:
    """The same parts, with each record kept once: two writers may have kept the same.

    Parameters
    ----------
    parts
        Of any writers.
    sure
        Parts before them, which hold no record twice.
    """
    spans = [_span(one) for one in (*sure, *parts)]

    def alone(at: int) -> bool:
        # The same job ended at the same time in all of them.
        return not any(
            first <= spans[at][1] and spans[at][0] <= last for i, (first, last) in enumerate(spans) if i != at
        )

    told = list(parts)
    doubtful = [at for at in range(len(parts)) if not alone(len(sure) + at)]
    for at, kept in zip(doubtful, _kept([parts[at] for at in doubtful], sure), strict=True):
        told[at] = parts[at]._replace(kept=kept)
    return told


def unknown(known: Archive, table: pa.Table) -> pa.Table:
    """The rows of a table that are not among the jobs yet."""
    (kept,) = _kept([part(table)], known.parts)
    return table if kept is None else table.filter(pa.array(kept))


def _span(one: Part) -> tuple[int, int]:
    """When the first and the last of its jobs ended; of none, nothing lies in between."""
    ends = one.values["ended"]
    return (int(ends.min()), int(ends.max())) if len(ends) else (1, 0)


def _kept(parts: Sequence[Part], sure: Sequence[Part]) -> list[Array | None]:
    """Which rows of each part are in none of the former and of those that are sure; None: all."""
    told: list[Array | None] = [None] * len(parts)
    some = [one for one in parts if len(one.values["ended"])]
    if not some:
        return told
    masks = [np.ones(len(one.values["ended"]), dtype=bool) for one in sure]
    for name in ("ended", "cluster"):
        first = min(one.values[name].min() for one in some)
        last = max(one.values[name].max() for one in some)
        for one, mask in zip(sure, masks, strict=True):
            mask &= (one.values[name] >= first) & (one.values[name] <= last)
    ids = [_ids(one)[mask] for one, mask in zip(sure, masks, strict=True)] + [_ids(one) for one in parts]
    times = [one.values["submitted"][mask] for one, mask in zip(sure, masks, strict=True)]
    times += [one.values["submitted"] for one in parts]
    # Hardly any id is there twice, and only such are compared: a table of all would keep the whole process waiting.
    every = np.sort(np.concatenate(ids))
    twice = np.unique(every[1:][every[1:] == every[:-1]])
    if not len(twice):
        return told
    rows = [np.flatnonzero(np.isin(own, twice)) for own in ids]
    seen = {
        "id": np.concatenate([own[few] for own, few in zip(ids, rows, strict=True)]),
        "submitted": np.concatenate([time[few] for time, few in zip(times, rows, strict=True)]),
    }
    doubled = np.split(pd.DataFrame(seen).duplicated().to_numpy(), np.cumsum([len(few) for few in rows])[:-1])
    for at, (time, few, again) in enumerate(list(zip(times, rows, doubled, strict=True))[len(sure) :]):
        if again.any():
            kept = np.ones(len(time), dtype=bool)
            kept[few[again]] = False
            told[at] = kept
    return told


def _ids(one: Part) -> Array:
    return one.values["cluster"].astype(np.int64) * PROCS + one.values["proc"]


def ended(known: Archive, mark: Mark) -> int:
    """When the job of this record ended (epoch seconds); 0 when it is not among the jobs."""
    for one in known.parts:
        at = np.flatnonzero(one.values["cluster"] == mark.cluster)
        at = at[(one.values["proc"][at] == mark.proc) & (one.values["submitted"][at] == mark.submitted)]
        if len(at):
            return int(one.values["ended"][at[0]])
    return 0

"""The folder of finished jobs: files of columns that are only ever added, by any number of processes, without locks.

A file appears whole, by renaming, and is never changed. Small ones are put together in a new one that names those it
replaces; these are passed over from then on and removed later, when no other process, perhaps of another machine of the
same network home, can still have them mapped. Whatever is lost can be read from the schedd again.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from dashboard.domain.archive import Archive, Part, archive, continued, distinct, ended, part
from dashboard.domain.finished import SCHEMA, Mark

FULL = 1_000_000
"""Rows of a file above which it is not put together with others."""

MANY = 8
"""So many files of about the same size are put together."""

GRACE_SECONDS = 3600.0
"""How long a replaced file stays: others may have it mapped, and on a network home its removal would break them."""

_NAME = re.compile(r"\d{20}-[0-9a-f]{8}\.arrow")
_REPLACES = b"cygnet.replaces"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fill:
    """What is being read behind: jobs with ids below ``below``, in steps of ``width`` ids, back to ``since``.

    ``seek`` is a record that the schedd must still have at the end: otherwise it has forgotten some that ended before
    ``oldest``, the end of the oldest job found.
    """

    since: Mark | None
    seek: Mark | None
    below: int
    width: int
    oldest: int = 0


@dataclass(frozen=True)
class Position:
    """How far a history has been read.

    Attributes
    ----------
    newest, before
        The last record read and the one before it: reading on from the latter, the former must come up again.
    fill
        What is still to be read of the time before.
    after
        Jobs that ended before this time have been forgotten to stay within the limit (epoch seconds).
    gaps
        Some jobs that ended between these times are missing: the schedd forgot them before they were read.
    """

    newest: Mark | None = None
    before: Mark | None = None
    fill: Fill | None = None
    after: int = 0
    gaps: tuple[tuple[int, int], ...] = ()


class _File(NamedTuple):
    part: Part
    size: int
    replaces: frozenset[str]


class ArchiveFolder:
    """Finished jobs in a folder; made with mode 700 and files of mode 600 when the first are added.

    Parameters
    ----------
    folder
        Where.
    limit
        Bytes above which the oldest jobs are forgotten.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self._limit = limit
        self._files: dict[str, _File] = {}
        self._archive = archive([])
        self._lock = threading.Lock()

    def load(self) -> Archive:
        """All jobs kept, as they are mapped; those added meanwhile by others, too."""
        with self._lock:
            known = self._files
            self._files = {name: known.get(name) or file for name in self._names() if (file := self._file(name, known))}
            if self._files.keys() != known.keys():
                self._archive = self._joined()
            return self._archive

    def _joined(self) -> Archive:
        """The archive of the files; what is known of the first ones is taken as it is while they are the same."""
        known = self._archive
        parts = [file.part for file in self._valid().values() if len(file.part.values["ended"])]
        pairs = zip(parts, known.parts, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0].values is pair[1].values, pairs))
        if same == len(parts) == len(known.parts):
            return known
        return continued(known, same, distinct(parts[same:], known.parts[:same]))

    def add(self, table: pa.Table, replaces: Iterable[str] = ()) -> None:
        """Keep these rows; the files named are of no further use."""
        listed = sorted(replaces)
        if not table.num_rows and not listed:
            return
        schema = SCHEMA.with_metadata({_REPLACES: json.dumps(listed).encode()})
        whole = table.unify_dictionaries().combine_chunks().replace_schema_metadata(schema.metadata)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, schema) as writer:
            writer.write_table(whole)
        self._write(f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}.arrow", sink.getvalue())

    def tidy(self) -> int:
        """Put small files together, forget the oldest jobs beyond the limit, remove what was replaced long ago.

        Returns
        -------
        int
            Jobs that ended before this time have been forgotten; 0: none.
        """
        self.load()
        valid = self._valid()
        after = self._forget(valid)
        if not after:
            tiers: dict[int, list[str]] = {}
            for name, file in valid.items():
                if file.part.rows < FULL:
                    tiers.setdefault(len(str(file.part.rows)), []).append(name)
            for names in tiers.values():
                if len(names) >= MANY:
                    self._merge({name: valid[name] for name in names})
        self._remove()
        return after

    def position(self) -> Position:
        """How far the history has been read; from the start when the jobs it tells of are not here."""
        try:
            told = json.loads((self.folder / "position.json").read_text(encoding="utf-8"))
            position = _position(told)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return Position()
        if position.newest and not ended(self.load(), position.newest):
            return Position(after=position.after)
        return position

    def keep(self, position: Position) -> None:
        """Remember how far the history has been read."""
        self._write("position.json", json.dumps(asdict(position)).encode())

    def _names(self) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self.folder) if _NAME.fullmatch(name))  # noqa: PTH208  names only
        except FileNotFoundError:
            return []

    def _valid(self) -> dict[str, _File]:
        replaced = frozenset[str]().union(*(file.replaces for file in self._files.values()))
        return {name: file for name, file in self._files.items() if name not in replaced}

    def _file(self, name: str, known: dict[str, _File]) -> _File | None:
        if name in known:
            return known[name]
        path = self.folder / name
        try:
            size = path.stat().st_size
            with pa.ipc.open_file(pa.memory_map(str(path))) as reader:
                table = reader.read_all()
            if not table.schema.equals(SCHEMA):
                return None  # of another version of Cygnet: it will know
            table.validate(full=True)
            replaces = frozenset(map(str, json.loads((table.schema.metadata or {}).get(_REPLACES, b"[]"))))
            return _File(part(table), size, replaces)
        except (pa.ArrowInvalid, ValueError) as error:
            log.warning("The file %s of the history is damaged and read anew: %s", path, error)
            # Not only this file: what it held must be read again.
            (self.folder / "position.json").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("The file %s of the history cannot be read now: %s", path, error)
        return None

    def _write(self, name: str, data: Any) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        making = self.folder / f".{name}.{os.getpid()}-{uuid.uuid4().hex[:8]}"
        descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            making.replace(self.folder / name)
        except OSError:
            making.unlink(missing_ok=True)
            raise

    def _merge(self, files: dict[str, _File], after: int = 0) -> None:
        """Put files together in a new one, without the jobs that ended before a time."""
        parts = distinct([file.part for file in files.values()])
        tables = [_table(self.folder / name, one, after) for name, one in zip(files, parts, strict=True)]
        still = {old for file in files.values() for old in file.replaces if old in self._files}
        self.add(pa.concat_tables(tables), {*files, *still})
        self.load()

    def _forget(self, valid: dict[str, _File]) -> int:
        size = sum(file.size for file in valid.values())
        if size <= self._limit:
            return 0
        ends = np.concatenate([file.part.values["ended"] for file in valid.values()])
        # A tenth more than needed, not to do this again at once.
        beyond = min(len(ends) - 1, int(len(ends) * (1 - 0.9 * self._limit / size)))
        after = int(np.partition(ends, beyond)[beyond]) + 1
        self._merge(
            {n: f for n, f in valid.items() if f.part.rows and int(f.part.values["ended"].min()) < after}, after
        )
        return after

    def _remove(self) -> None:
        """Remove files that were replaced long ago, and what a process that was killed left behind."""
        now = time.time()
        replaced = {old: name for name, file in self._files.items() for old in file.replaces if old in self._files}
        dated = [(self.folder / name, self.folder / old) for old, name in replaced.items()]
        dated += [(path, path) for path in self.folder.glob(".*")]
        for since, path in dated:
            try:
                if now - since.stat().st_mtime > GRACE_SECONDS:
                    path.unlink()
            except OSError as error:
                log.info("The file %s of the history cannot be removed now: %s", path, error)


def _table(path: Path, one: Part, after: int) -> pa.Table:
    """Rows of a file that count, without the jobs that ended before a time."""
    with pa.ipc.open_file(pa.memory_map(str(path))) as reader:
        table = reader.read_all().replace_schema_metadata(None)
    mask = one.values["ended"] >= after
    if one.kept is not None:
        mask &= one.kept
    return table if mask.all() else table.filter(pa.array(mask))


def _position(told: dict[str, Any]) -> Position:
    def mark(value: Any) -> Mark | None:
        return Mark(*(int(part) for part in value)) if value else None

    fill = told["fill"]
    if fill:
        below, width, oldest = (int(fill[name]) for name in ("below", "width", "oldest"))
        fill = Fill(mark(fill["since"]), mark(fill["seek"]), below, width, oldest)
    return Position(
        newest=mark(told["newest"]),
        before=mark(told["before"]),
        fill=fill or None,
        after=int(told["after"]),
        gaps=tuple((int(since), int(until)) for since, until in told["gaps"]),
    )

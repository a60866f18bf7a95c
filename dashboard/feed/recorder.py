"""One thread per identity that writes down which jobs have finished, before the schedd forgets them."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboard.domain.archive import Archive, archive
from dashboard.domain.finished import Mark, Piece
from dashboard.domain.problem import Problem
from dashboard.feed import reading
from dashboard.feed.archive_folder import ArchiveFolder, Position
from dashboard.feed.poller import Poller
from dashboard.feed.process import WorkerProcess
from dashboard.settings import HTCondorSettings

WATCHED_SECONDS = 5.0
"""Between two looks at the history while somebody looks at it."""
EVERY_SECONDS = 60.0
"""Otherwise."""
STILL_SECONDS = 600.0
"""When the queue has not changed either."""

QUICK_SECONDS = 1.0
"""The schedd passes over the jobs of others, too: if that takes longer, another process reads what is new as well."""
RETRY_SECONDS = 10.0
"""After a failure."""
PIECE_SECONDS = 600.0
"""How long that may take: the schedd looks through all it remembers, some 10,000 jobs a second."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """What is known of the history.

    Attributes
    ----------
    jobs
        The jobs kept.
    read
        When it was last read; None: not yet.
    position
        How far it has been read; with a ``fill``, more of the time before is being read.
    reason
        Why it cannot be read now, in one sentence.
    """

    jobs: Archive = field(default_factory=lambda: archive([]))
    read: datetime | None = None
    position: Position = field(default_factory=Position)
    reason: str = ""


class Recorder:
    """Keeps the jobs that finished, as its poller's schedd tells them, in a folder.

    Parameters
    ----------
    poller
        Of the jobs; it is asked for what is new.
    settings
        Of HTCondor: another worker with these reads what is too much between two ticks.
    folder
        Where the folders of all identities are.
    limit
        Bytes above which the oldest jobs are forgotten.
    """

    def __init__(self, poller: Poller, settings: HTCondorSettings, folder: Path, limit: int) -> None:
        self.standing = Standing()
        self._poller = poller
        self._place = folder
        self._limit = limit
        self._reader = WorkerProcess("htcondor", settings)
        identity = settings.pool, settings.schedd, settings.owner, settings.config, settings.token_directory
        # So that the jobs known are shown also while the schedd cannot be asked who we are.
        self._named = folder / f"{hashlib.sha256(repr(identity).encode()).hexdigest()[:16]}.name"
        self._files = self._last()
        self._asked = False
        self._looked = self._read = self._failed = self._loaded = -STILL_SECONDS
        self._took = 0.0
        self._version = -1
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="cygnet-history", daemon=True)
        self._thread.start()

    def look(self) -> Standing:
        """What is known, at once; and keep reading often, for somebody is looking."""
        rested = time.monotonic() - self._looked > WATCHED_SECONDS
        self._looked = time.monotonic()
        if rested:
            self._wake.set()
        return self.standing

    def close(self) -> None:
        """End the thread; what has been read stays."""
        self._closing = True
        self._wake.set()
        while self._thread.is_alive():
            self._reader.interrupt()
            self._thread.join(0.1)

    def _run(self) -> None:
        try:
            while not self._closing:
                if not self._work():
                    self._refresh()
                    self._wake.wait(1.0)
                    self._wake.clear()
        finally:
            self._reader.kill()

    def _work(self) -> bool:
        """Do what is due; False when that is nothing."""
        snapshot, now = self._poller.snapshot, time.monotonic()
        if snapshot.health.state in ("stale", "down") and snapshot.health.reason != self.standing.reason:
            self.standing = replace(self.standing, reason=snapshot.health.reason)
        if snapshot.health.state != "ok" or now - self._failed < RETRY_SECONDS:
            return False
        try:
            if self._due(snapshot.version, now):
                self._read, self._version = now, snapshot.version
                files = self._folder()
                self._tell(files, reading.news(files, self._finished))
            elif self._files and (fill := self.standing.position.fill):
                self._tell(self._files, reading.step(self._files, self._finished, fill))
            else:
                return False
        except Problem as problem:
            self._fail(problem.sentence)
        except OSError as error:
            self._fail(f"The history cannot be kept in {self._place}: {error.strerror or error}.")
        return True

    def _refresh(self) -> None:
        """Take what others have added, and let go of what they have replaced."""
        now = time.monotonic()
        if self._files and now - self._loaded > EVERY_SECONDS:
            self._loaded = now
            self.standing = replace(self.standing, jobs=self._files.load())

    def _fail(self, sentence: str) -> None:
        if self._closing:
            return
        self._failed = time.monotonic()
        self.standing = replace(self.standing, reason=sentence)
        log.warning("%s", sentence)

    def _due(self, version: int, now: float) -> bool:
        changed = version != self._version
        watched = now - self._looked < 2 * WATCHED_SECONDS
        every = WATCHED_SECONDS if watched else EVERY_SECONDS if changed else STILL_SECONDS
        return now - self._read >= every

    def _last(self) -> ArchiveFolder | None:
        try:
            name = self._named.read_text(encoding="utf-8")
        except OSError:
            return None
        return ArchiveFolder(self._place / _plain(name), self._limit)

    def _folder(self) -> ArchiveFolder:
        """Where the jobs of this owner at this schedd are kept; it is asked who that is, once."""
        if not self._asked:
            owner, schedd = self._ask("who")
            name = f"{_plain(owner)}@{_plain(schedd)}"
            self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._files is None or self._files.folder.name != name:
                self._files = ArchiveFolder(self._place / name, self._limit)
                self._named.write_text(name, encoding="utf-8")
            self._asked = True
        assert self._files is not None  # noqa: S101  just made
        return self._files

    def _finished(self, since: Mark | None, ids: tuple[int, int] | None, after: int, limit: int) -> Piece:
        """A piece of the history: from the worker of the jobs when that is quick, else from one of our own."""
        piece: Piece
        if since and not ids and self._took < QUICK_SECONDS:
            self._took = QUICK_SECONDS  # unless it answers
            piece = self._ask("finished", since, ids, after, limit)
        else:
            piece = self._reader.ask("finished", since, ids, after, limit, deadline=PIECE_SECONDS)
        if not ids:
            self._took = piece.seconds if since else 0.0  # all that the schedd has takes longer than what is new
        return piece

    def _ask(self, method: str, *args: Any) -> Any:
        """Have the worker of the jobs answer, unless we are closed meanwhile."""
        answer = self._poller.call(method, *args)
        while not self._closing:
            with suppress(TimeoutError):
                return answer.result(0.2)
        raise Problem("internal", "The history has been closed.")

    def _tell(self, files: ArchiveFolder, position: Position) -> None:
        self.standing = Standing(files.load(), datetime.now(UTC), position)
        if self._took < QUICK_SECONDS and not position.fill:
            self._reader.kill()


def _plain(name: str) -> str:
    """A name as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip(".") or "_"

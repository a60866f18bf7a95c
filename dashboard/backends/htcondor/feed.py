"""What one person's jobs are now: ticks, history, single ads; and the actions on them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pandas as pd

from dashboard.backends.htcondor import actions, submission
from dashboard.backends.htcondor.history import History
from dashboard.backends.htcondor.queue import Queue
from dashboard.backends.htcondor.schedd import Schedd, plain
from dashboard.domain import batch, job, label, merge
from dashboard.domain.change import Change, Rows
from dashboard.domain.finished import Mark, Piece
from dashboard.domain.outcome import Progress
from dashboard.domain.problem import Problem
from dashboard.settings import HTCondorSettings

FEW = 50
"""Batches that are sent as they are: to find out which of them differ, and to take these in, costs more."""


class HTCondor:
    """One schedd as one identity.

    What is known of its queue stays here (`dashboard.backends.htcondor.queue`), so a tick sends only what differs; the
    cursor tells whether the asker has the rest. Ids are told and taken with the label of the settings, if there is one
    (`dashboard.domain.label`); inside they are as the schedd has them.
    """

    def __init__(self, settings: HTCondorSettings) -> None:
        self._schedd = Schedd(settings)
        self._settings = settings
        self._label = settings.label
        self._history = History(self._schedd)
        self._queue = Queue(self._schedd, settings)
        self._batches = batch.NONE
        # Cursors start at the clock, so one of a worker that was killed is never taken for our own.
        self._cursor = time.time_ns()

    def tick(self, cursor: int | None) -> Change:
        """Jobs changed since the cursor; all of them (live, and finished in the last days) without one."""
        full = cursor != self._cursor
        try:
            self._queue.refresh()
        except Problem:
            self._queue.doubt()
            raise
        rows, removals = self._queue.changes()
        batches = self._queue.batches()
        before, self._batches = self._batches, batches
        if batches is before:
            changed = Rows(batches.iloc[:0])
        elif len(batches) <= FEW:
            changed = Rows(batches, full=True)
        else:
            changed = Rows(merge.differing(before, batches), tuple(before.index.difference(batches.index)))
        self._cursor += 1
        return Change(
            cursor=self._cursor,
            time=self._queue.time,
            upserts=label.of_jobs(self._queue.frame if full else rows, self._label),
            removals=() if full else self._labelled(removals),
            full=full,
            totals={"batches": self._told(Rows(batches, full=True) if full else changed)},
            more=self._queue.more,
            complete=self._queue.complete,
        )

    def open(self, batch_id: str) -> None:
        """Read the jobs of this batch even if the queue has too many."""
        self._queue.open(self._plain(batch_id))

    def who(self) -> tuple[str, str]:
        """Owner and schedd, as the schedd knows them."""
        owner = self._schedd.owner
        with self._schedd.asked():
            return owner, self._schedd.name

    def ad(self, wanted: str) -> dict[str, str]:
        """The whole ClassAd of a job, attribute → expression text; from the history when it has left the queue."""
        cluster, proc = job.id_key(self._plain(wanted))
        constraint = f"ClusterId == {cluster} && ProcId == {proc}"
        with self._schedd.asked() as schedd:
            ads = schedd.query(constraint) or schedd.history(constraint, [], 1)
        if not ads:
            raise Problem("missing", f"Job {wanted} is neither in the queue nor in the history of {self._schedd.name}.")
        return {name: str(ads[0].lookup(name)) for name in sorted(ads[0].keys())}

    def history(self, since: datetime | None, limit: int) -> pd.DataFrame:
        """Finished jobs, newest first, as a jobs frame: those finished after ``since`` and at most ``limit``."""
        until = f"EnteredCurrentStatus < {int(since.timestamp())}" if since else None
        with self._schedd.asked() as schedd:
            ads = schedd.history(self._schedd.mine, job.ATTRIBUTES, limit, until)
        return label.of_jobs(job.frame((plain(ad) for ad in ads), self._schedd.name), self._label)

    def finished(self, since: Mark | None, ids: tuple[int, int] | None, after: int, limit: int) -> Piece:
        """A piece of the history of my jobs (`dashboard.backends.htcondor.history`)."""
        return self._history.finished(self._schedd.mine, since, ids, after, limit)

    def act(self, action: str, ids: Sequence[str], reason: str) -> Progress:
        """Hold, release, remove or vacate jobs; one item per job (`dashboard.backends.htcondor.actions`)."""
        self._queue.name(())
        wanted = [self._plain(text) for text in ids]
        return self._labelled_progress(actions.act(self._schedd, self._queue.look, action, wanted, reason))

    def edit(self, ids: Sequence[str], attributes: Mapping[str, str | float | bool]) -> Progress:
        """Set attributes of jobs; one item per job."""
        wanted = [self._plain(text) for text in ids]
        try:
            progress = actions.edit(self._schedd, self._queue.look, wanted, attributes)
        except Problem:
            self._queue.name(wanted)  # for some of them it may have been done
            raise
        self._queue.name(item.id for item in progress.items)
        return self._labelled_progress(progress)

    def submit(
        self, text: str, items: list[dict[str, str]] | None, spool: bool, submit_id: str, folder: str = ""
    ) -> tuple[int, int]:
        """Submit once under ``submit_id``; cluster and number of jobs.

        Names of files begin in the folder of the settings, otherwise in that of the asker.
        """
        settings = self._settings
        self._queue.name(())
        workdir = settings.workdir or folder
        return submission.submit(self._schedd, text, items, spool, submit_id, workdir, settings.kerberos)

    def submitted(self, submit_id: str) -> tuple[int, int] | None:
        """Cluster and number of jobs of an earlier submission under this id, if there was one."""
        return submission.submitted(self._schedd, submit_id)

    def _plain(self, text: str) -> str:
        """An id as the schedd has it; one with another label stays as it is, and is none then."""
        return text.removesuffix(f"@{self._label}") if self._label else text

    def _labelled(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(label.labelled(plain, self._label) for plain in ids)

    def _told(self, rows: Rows) -> Rows:
        return replace(rows, upserts=label.of_rows(rows.upserts, self._label), removals=self._labelled(rows.removals))

    def _labelled_progress(self, progress: Progress) -> Progress:
        items = (replace(item, id=label.labelled(item.id, self._label)) for item in progress.items)
        rest = (self._labelled(tuple(ids)) for ids in progress.rest)
        return Progress(tuple(items), tuple(rest)) if self._label else progress

"""One batch: what it is, what can be done with its jobs, and its statistics, jobs and errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import panel as pn
from panel.viewable import Viewer

from dashboard.domain.units import count
from dashboard.models.job_choice import located
from dashboard.models.queue import Queue
from dashboard.models.session import TABS, Session
from dashboard.views import job_words, marks
from dashboard.views.batch_errors import BatchErrors
from dashboard.views.batch_jobs import BatchJobs
from dashboard.views.batch_statistics import BatchStatistics
from dashboard.views.job_actions import JobActions
from dashboard.views.late import Late
from dashboard.views.stack import Stack
from dashboard.views.tabs import TabBar
from dashboard.views.words import Words

JOBS = TABS.index("jobs")


class BatchDetail(Viewer):
    """The open batch. Actions are on the jobs selected in the Jobs tab, otherwise on all that they fit."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._batch = ""
        self._name = ""
        self._queue: Queue | None = None
        self._chosen = np.arange(0)
        self._row: Any = None
        self._title = Words("", margin=0, styles={"flex": "1 1 260px", "min-width": "0"})
        self._actions = JobActions(session, margin=(8, 16, 8, 16), sizing_mode="stretch_width")
        self._statistics = Late(lambda: BatchStatistics(session), self._fill)
        self._jobs = Late(lambda: BatchJobs(session, self._label), self._fill)
        self._errors = Late(self._explained, self._fill)
        self._parts: tuple[Late[Any], ...] = (self._statistics, self._jobs, self._errors)
        self._tabs = TabBar(caption="The open batch", current=TABS.index(session.tab))
        self._tabs.param.watch(self._turned, "current")
        session.param.watch(lambda event: self._tabs.param.update(current=TABS.index(event.new)), "tab")
        toolbar = pn.FlexBox(
            self._title,
            *self._actions.buttons.values(),
            gap="8px 10px",
            align_items="center",
            sizing_mode="stretch_width",
            margin=0,
            styles={"padding": "12px 16px 0"},
        )
        self._card = Stack(
            toolbar,
            self._actions.panel,
            self._tabs,
            *self._parts,
            css_classes=["cy-card"],
            sizing_mode="stretch_width",
            margin=0,
            visible=False,
        )
        self._parts[self._tabs.current].begin()
        self._missing = Words("", visible=False, margin=(8, 4))
        self._layout = Stack(
            self._missing,
            self._card,
            margin=0,
            sizing_mode="stretch_width",
            styles={"order": "var(--cy-open-order, 0)"},  # see CellPages
        )

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def show(self, batch_id: str, row: Any, queue: Queue, chosen: np.ndarray) -> None:
        """Show a batch: its row of the batches, and where those of its jobs stand that pass the filters."""
        if batch_id != self._batch:
            self._batch = batch_id
            if self._jobs.made:
                self._jobs.part.forget()
            self._actions.panel.clear()
        self._name = str(row["name"]) or batch_id
        self._queue, self._chosen, self._row = queue, chosen, row
        self._title.object = marks.title(self._name, job_words.asks(row))
        number = len(queue.causes_of(batch_id))
        wrong = f"{count(number)} cause{'' if number == 1 else 's'}" if number else ""
        titles = [["Statistics", ""], ["Jobs", count(len(queue.rows(batch_id)))], ["Errors", wrong]]
        self._tabs.put(titles=titles)
        self._fill()
        self._label()
        self._read(row)
        self._card.visible = True

    def _read(self, row: Any) -> None:
        """Say how many of its jobs have been read, and have the others read."""
        there = int(row["total"] - row["unborn"] - row["lost"])
        missing = int(row["rows"]) < there
        if missing and not self._missing.visible:
            self._session.workspace.jobs.open(self._batch)
        told = f"{count(row['rows'])} of its {count(there)} jobs have been read so far: tables and plots are of these."
        self._missing.object = marks.sub(told) if missing else ""
        self._missing.visible = missing

    def clear(self, batch_id: str = "") -> None:
        """Show no batch; say so when one was asked for."""
        self._batch, self._queue = "", None
        self._card.visible = False
        said = f"Batch {batch_id} is not known: it may have left the queue and the history shown here."
        self._missing.object = marks.sub(said) if batch_id else ""
        self._missing.visible = bool(batch_id)

    def update(self) -> None:
        """Draw what waits to be drawn."""
        if self._statistics.visible and self._queue is not None:
            self._statistics.part.update()

    def _turned(self, event: Any) -> None:
        self._session.tab = TABS[event.new] if event.new < len(TABS) else ""
        self._fill()

    def _fill(self) -> None:
        """Bring the tab that is seen up to date; one that is on its way to the browser comes when it has been drawn."""
        wanted = self._parts[min(self._tabs.current, len(self._parts) - 1)]
        if self._queue is None or not wanted.ready():
            return
        if wanted is self._statistics:
            self._statistics.part.show(self._batch, self._queue)
        elif wanted is self._jobs:
            self._jobs.part.show(self._batch, self._queue, self._chosen)
        else:
            self._errors.part.show(self._queue.causes_of(self._batch))
        for part in self._parts:
            part.visible = part is wanted

    def _explained(self) -> BatchErrors:
        """The errors with what is known of them: to put it in later would keep other people's pages waiting."""
        errors = BatchErrors(self._select)
        if self._queue is not None:
            errors.show(self._queue.causes_of(self._batch))
        return errors

    def _label(self) -> None:
        """Offer what fits the selected jobs, or all when none is selected."""
        if self._queue is None:
            return
        rows = self._queue.rows(self._batch)
        # Selected jobs that are gone, or never were, must not turn into all jobs.
        if self._jobs.made and (selected := self._jobs.part.selected):
            self._actions.show(self._name, self._queue.jobs, located(self._queue.jobs, rows, selected))
        else:
            self._actions.show(self._name, self._queue.jobs, rows, self._row)

    def _select(self, ids: Sequence[str]) -> None:
        """Select these jobs and show them."""
        self._jobs.part.select(ids)
        self._tabs.current = JOBS
        self._label()

"""The jobs of a batch, page by page, and the one that is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import panel as pn
from panel.viewable import Viewer

from dashboard.domain.job import timed
from dashboard.models.job_choice import by_id, located
from dashboard.models.paging import page_of
from dashboard.models.queue import Queue
from dashboard.models.session import Session
from dashboard.views.job_ad import JobAd
from dashboard.views.job_words import job_row
from dashboard.views.stack import Stack
from dashboard.views.table import Column, Table

COLUMNS = (
    Column("job", "Job", strong=True),
    Column("state", "State", "state"),
    Column("run_s", "Run time", "number"),
    Column("memory_used_mib", "Memory used", "number"),
    Column("memory_mib", "Memory asked", "number"),
    Column("host", "Host"),
    Column("since", "Since"),
    Column("why", "Why"),
)

_SORTED_BY = {"why": "reason"}

_SHOWN = [
    "state",
    "reason",
    "hold_code",
    "exit_code",
    "exit_signal",
    "run_s",
    "run_since",
    "memory_used_mib",
    "memory_mib",
    "host",
    "since",
]


class BatchJobs(Viewer):
    """Table of jobs; what is selected is known by id and outlives every refresh, sorting and filter."""

    def __init__(self, session: Session, selected: Callable[[], None]) -> None:
        super().__init__()
        self._queue: Queue | None = None
        self._batch = ""
        self._chosen = np.arange(0)
        self._table = Table(COLUMNS, selectable="many", sort="job", caption="Jobs", margin=0, page_size=50)
        self._table.max_height = 520
        self._ad = JobAd(session, self._closed)
        self._layout = Stack(self._ad, self._table, margin=0, sizing_mode="stretch_width")
        self._table.param.watch(lambda *_: self._draw(), ["page", "sort"])
        self._table.param.watch(lambda _: selected(), "selected")
        self._table.param.watch(self._opened, "opened")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    @property
    def selected(self) -> list[str]:
        """Ids selected, as the browser sends them: check them against the jobs there are."""
        return list(self._table.selected)

    def select(self, ids: Sequence[str]) -> None:
        """Select exactly these."""
        self._table.selected = list(ids)

    def forget(self) -> None:
        """Start anew for another batch."""
        self._queue = None
        self._table.param.update(selected=[], opened="", page=1)

    def show(self, batch_id: str, queue: Queue, chosen: np.ndarray) -> None:
        """Show the chosen jobs of a batch, by where they stand."""
        self._batch, self._queue, self._chosen = batch_id, queue, chosen
        self._draw()
        self._ad.update(self._row(self._table.opened))

    def _draw(self) -> None:
        queue, rows, sort = self._queue, self._chosen, self._table.sort
        if queue is None:
            return
        key, descending = sort.removeprefix("-"), sort.startswith("-")
        if key == "job":
            rows, sort = by_id(queue.jobs, rows, descending), ""
        elif key in _SORTED_BY:
            sort = sort.replace(key, _SORTED_BY[key])
        # How long a job has run by now is worked out for those seen, unless all are put in that order.
        jobs = timed(queue.jobs[_SHOWN], queue.now) if key == "run_s" else queue.jobs[_SHOWN]
        page = page_of(jobs, sort, self._table.page, self._table.page_size, rows)
        shown = page.frame if key == "run_s" else timed(page.frame, queue.now)
        cells = [
            job_row(str(job_id), row, queue.now)
            for job_id, row in zip(shown.index, shown.to_dict("records"), strict=True)
        ]
        hidden = len(queue.rows(self._batch)) - len(rows)
        self._table.empty = f"None of the {hidden:,} jobs passes the filter." if hidden else "No jobs here."
        self._table.put(rows=cells, total=page.total, page=page.number)

    def _row(self, job_id: object) -> Any:
        """The row of a job of the batch; None when it has none of that id."""
        if self._queue is None:
            return None
        found = located(self._queue.jobs, self._queue.rows(self._batch), [job_id])
        return self._queue.jobs.iloc[found[0]] if len(found) else None

    def _opened(self, event: Any) -> None:
        row = self._row(event.new)
        if row is None:
            self._ad.close()
        else:
            self._ad.open(event.new, row)

    def _closed(self) -> None:
        self._table.opened = ""

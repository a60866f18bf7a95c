"""The jobs of a batch, page by page, and the one that is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import panel as pn
from panel.viewable import Viewer

from dashboard.domain.job import id_key
from dashboard.models.paging import page_of
from dashboard.models.session import Session
from dashboard.views.job_ad import JobAd
from dashboard.views.job_words import job_row
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

_SORTED_BY = {"job": "proc", "why": "reason"}


class BatchJobs(Viewer):
    """Table of jobs; what is selected is known by id and outlives every refresh, sorting and filter."""

    def __init__(self, session: Session, selected: Callable[[], None]) -> None:
        super().__init__()
        self._all: pd.DataFrame | None = None
        self._chosen: pd.DataFrame | None = None
        self._now: datetime | None = None
        self._table = Table(COLUMNS, selectable="many", sort="job", caption="Jobs", margin=0, page_size=50)
        self._table.max_height = 520
        self._ad = JobAd(session, self._closed)
        self._layout = pn.Column(self._ad, self._table, margin=0, sizing_mode="stretch_width")
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
        self._all = self._chosen = None
        self._table.param.update(selected=[], opened="", page=1)

    def show(self, jobs: pd.DataFrame, chosen: pd.DataFrame, now: datetime) -> None:
        """Show the chosen jobs of these, as of now."""
        self._all, self._chosen, self._now = jobs, chosen, now
        self._draw()
        self._ad.update(jobs)

    def _draw(self) -> None:
        if self._chosen is None or self._all is None or self._now is None:
            return
        key = self._table.sort.removeprefix("-")
        sort = self._table.sort.replace(key, _SORTED_BY.get(key, key)) if key else ""
        frame = self._chosen if key != "job" else _by_id(self._chosen)
        page = page_of(frame, sort, self._table.page, self._table.page_size)
        rows = [job_row(str(job_id), row, self._now) for job_id, row in page.frame.iterrows()]
        hidden = len(self._all) - len(self._chosen)
        self._table.empty = f"None of the {hidden:,} jobs passes the filter." if hidden else "No jobs here."
        self._table.param.update(rows=rows, total=page.total, page=page.number)

    def _opened(self, event: Any) -> None:
        if self._all is not None and event.new in self._all.index:
            self._ad.open(event.new, self._all)
        else:
            self._ad.close()

    def _closed(self) -> None:
        self._table.opened = ""


def _by_id(jobs: pd.DataFrame) -> pd.DataFrame:
    return jobs.loc[sorted(jobs.index, key=id_key)]

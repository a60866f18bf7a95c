"""The Jobs page: what needs attention, counts and filters, batches, and the open batch."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
from panel.viewable import Viewer

from dashboard.domain.category import coded
from dashboard.domain.job import JobState
from dashboard.models.job_choice import chosen
from dashboard.models.paging import page_of
from dashboard.models.queue import Queue
from dashboard.models.session import Session
from dashboard.views import job_words
from dashboard.views.attention import AttentionStrip
from dashboard.views.batch_detail import BatchDetail
from dashboard.views.chips import Chips
from dashboard.views.component import Button
from dashboard.views.stack import Stack
from dashboard.views.table import Column, Table

_COUNTED = {"done": "Done", "running": "Run", "idle": "Idle", "held": "Held", "failed": "Failed"}


class JobsPage(Viewer):
    """Batches and the jobs of the open one; the filters of state and text hold for both."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: object = None
        self._alert = AttentionStrip(session)
        self._chips = Chips()
        self._text = pn.widgets.TextInput(
            placeholder="Filter by name, id, host, reason", sizing_mode="stretch_width", margin=0
        )
        submit = Button(label="Submit…", color="primary", margin=0)
        submit.on_click(lambda _: session.param.update(page="submit"))
        self._table = Table(page_size=10, caption="Batches", css_classes=["cy-card"], margin=0, sort="-submitted")
        self._detail = BatchDetail(session)
        tools = pn.FlexBox(
            pn.Row(self._chips, margin=0, styles={"flex": "1 1 420px"}),
            pn.Row(self._text, submit, margin=0, styles={"gap": "8px", "flex": "0 1 366px", "min-width": "0"}),
            align_items="center",
            gap="8px",
            sizing_mode="stretch_width",
            margin=0,
        )
        self._layout = Stack(
            self._alert,
            tools,
            self._table,
            self._detail,
            sizing_mode="stretch_width",
            margin=0,
            styles={"gap": "12px"},
        )
        # Every one of these is this session's own.
        self._chips.param.watch(self._pressed, "pressed")
        self._table.param.watch(self._opened, "opened")
        self._table.param.watch(lambda *_: self.update(), ["page", "sort"])
        self._text.param.watch(self._typed, "value_input")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def update(self) -> None:
        """Show the session's present jobs; nothing is done when they and the filters are those shown."""
        self._alert.update()
        session, snapshot = self._session, self._session.jobs
        wanted = (
            snapshot and (snapshot.version, snapshot.time is None and snapshot.health),
            session.state,
            session.batch,
            session.dark,
            self._text.value_input,
            self._table.page,
            self._table.sort,
        )
        if wanted == self._shown:
            self._detail.update()
            return
        self._shown = wanted
        if snapshot is None or snapshot.time is None:
            self._table.empty = (
                "HTCondor is not configured: run “cygnet doctor” to see what is missing."
                if snapshot is None
                else snapshot.health.reason or "Asking HTCondor for your jobs …"
            )
            self._detail.clear()
            return
        if queue := session.queue:
            self._show(queue)

    def _show(self, queue: Queue) -> None:
        session, text, known = self._session, str(self._text.value_input or ""), queue.batches
        state = session.state if session.state in set(JobState) else ""
        self._chips.pressed = state
        self._chips.show(queue.counts)
        found = chosen(queue.jobs, state, text) if text.strip() else None
        if not session.batch and len(known):
            session.batch = str(known.index[0])
        table = self._table
        asked = (table.sort, table.page, table.page_size)
        # The same for all who look at the same.
        listed = queue.once(
            ("listed", state, text, *asked), lambda: _page(_listed(known, state, queue.jobs, found), queue, *asked)
        )
        table.put(**listed)
        if self._table.total == 0:
            self._table.empty = (
                "No jobs yet. Submit one →" if known.empty else "No batch has such jobs: clear the filter to see all."
            )
        self._table.opened = session.batch
        if session.batch in known.index:
            rows = queue.rows(session.batch)
            if found is not None:
                rows = rows[found[rows]]
            elif state:
                rows = rows[chosen(queue.jobs, state)[rows]]
            self._detail.show(session.batch, known.loc[session.batch], queue, rows)
        else:
            self._detail.clear(session.batch)

    def _pressed(self, event: Any) -> None:
        self._session.state = event.new if event.new in set(JobState) else ""
        self._table.page = 1
        self.update()

    def _typed(self, _event: object) -> None:
        self._table.page = 1
        self.update()

    def _opened(self, event: Any) -> None:
        self._session.batch = event.new
        self.update()


def _listed(known: pd.DataFrame, state: str, jobs: pd.DataFrame, found: np.ndarray | None) -> pd.DataFrame:
    """The batches that have jobs in this state, and of those found when there are such."""
    if found is not None:
        codes, batches = coded(jobs["batch"])
        return known[known.index.isin(batches[np.unique(codes[found])])]
    return known[known[state] > 0] if state else known


def _page(listed: pd.DataFrame, queue: Queue, sort: str, page: int, page_size: int) -> dict[str, Any]:
    """What the table shows of these batches."""
    columns = _columns(rare=any(listed[state].to_numpy().any() for state in job_words.RARE))
    shown = page_of(listed, sort, page, page_size)
    # Of few rows with many columns this is quicker than what pandas has for it.
    values = zip(*(column.tolist() for _, column in shown.frame.items()), strict=True)
    rows = [
        job_words.batch_row(str(batch_id), dict(zip(shown.frame, row, strict=True)), queue.forecast, queue.now)
        for batch_id, row in zip(shown.frame.index, values, strict=True)
    ]
    return {"columns": columns, "rows": rows, "total": shown.total, "page": shown.number}


@cache
def _columns(rare: bool) -> list[dict[str, Any]]:
    """Columns of the batches; the last of the counts says in words what other states occur."""
    columns = [
        Column("name", "Batch", sub_key="sub", strong=True, width=340),
        Column("progress", "Progress", "bar", width=280),
        *(Column(state, title, "number") for state, title in _COUNTED.items()),
        *([Column("rare", "Other", sortable=False)] if rare else []),
        Column("total", "Total", "number"),
        Column("finishes", "Finishes", sortable=False),
        Column("submitted", "Submitted", spare=True),
    ]
    return [asdict(column) for column in columns]

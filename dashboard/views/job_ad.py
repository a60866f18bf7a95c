"""One job: its state, why, and its whole ad as the schedd has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pandas as pd
import panel as pn
from panel.viewable import Viewer

from dashboard.domain import ending, hold
from dashboard.domain.job import JobState
from dashboard.domain.problem import Problem
from dashboard.models.paging import matching
from dashboard.models.session import Session
from dashboard.views import marks
from dashboard.views.component import Button
from dashboard.views.job_words import why
from dashboard.views.stack import Stack
from dashboard.views.table import Column, Table
from dashboard.views.words import Words


class JobAd(Viewer):
    """The open job; unseen when none is."""

    def __init__(self, session: Session, closed: Callable[[], None]) -> None:
        super().__init__()
        self._session = session
        self._id = ""
        self._attributes = pd.DataFrame(columns=["attribute", "value"])
        self._words = Words("", margin=0, styles={"flex": "1 1 300px", "min-width": "0"})
        self._text = pn.widgets.TextInput(placeholder="Find an attribute", width=200, margin=0)
        self._table = Table(
            [Column("attribute", "Attribute", strong=True, width=260), Column("value", "Value")],
            opens=False,
            page_size=1000,
            max_height=300,
            caption="Attributes of the job",
            empty="Asking the schedd …",
            margin=0,
        )
        close = Button(label="Close", margin=0, on_click=lambda _: closed())
        head = pn.FlexBox(
            self._words,
            self._text,
            close,
            gap="8px",
            align_items="center",
            sizing_mode="stretch_width",
            margin=0,
            styles={"padding": "10px 16px"},
        )
        self._layout = Stack(head, self._table, margin=0, sizing_mode="stretch_width", visible=False)
        self._text.param.watch(lambda _: self._draw(), "value_input")
        self._table.param.watch(lambda _: self._draw(), "sort")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def open(self, job_id: str, row: Any) -> None:
        """Show a job with its row of the jobs frame, and ask for its ad."""
        self._id = job_id
        self._attributes = self._attributes.iloc[:0]
        self._table.empty = "Asking the schedd …"
        self._draw()
        self.update(row)
        self._layout.visible = True
        pn.state.execute(self._ask)

    def update(self, row: Any) -> None:
        """Tell the job's present state; None when it is not known any more."""
        if self._id and row is not None:
            self._words.object = _told(self._id, row)

    def close(self) -> None:
        """Show no job."""
        self._id = ""
        self._layout.visible = False

    async def _ask(self) -> None:
        job_id = self._id
        try:
            ad = await asyncio.to_thread(lambda: self._session.workspace.jobs.ad(job_id))
        except Problem as problem:
            ad = {}
            self._table.empty = str(problem)
        if job_id == self._id:
            self._attributes = pd.DataFrame(sorted(ad.items()), columns=["attribute", "value"], dtype=object)
            self._draw()

    def _draw(self) -> None:
        found = matching(self._attributes, str(self._text.value_input or ""), ["attribute", "value"])
        if self._table.sort.removeprefix("-") in found.columns:
            found = found.sort_values(
                self._table.sort.removeprefix("-"), ascending=not self._table.sort.startswith("-"), kind="stable"
            )
        rows = [
            {"id": str(name), "attribute": str(name), "value": str(value)}
            for name, value in zip(found["attribute"], found["value"], strict=True)
        ]
        self._table.put(rows=rows, total=len(rows))


def _told(job_id: str, row: Any) -> str:
    """State and reason in words, with what mends it."""
    said = f"{marks.title(job_id)} {marks.state(str(row['state']))}"
    explanation = None
    if row["state"] == JobState.HELD:
        explanation = hold.explain(None if pd.isna(row["hold_code"]) else int(row["hold_code"]), row["reason"])
    elif row["state"] == JobState.FAILED:
        code, number = (None if pd.isna(row[c]) else int(row[c]) for c in ("exit_code", "exit_signal"))
        explanation = ending.explain(code, number)
    lines = [f"{explanation.meaning} {explanation.remedy}"] if explanation else []
    lines += [text] if (text := why(row)) else []
    return f'<div class="cy-row">{said}</div>' + "".join(
        f'<div class="cy-text">{marks.sub(line)}</div>' for line in lines
    )

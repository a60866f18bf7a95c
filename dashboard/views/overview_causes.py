"""Overview: why jobs are held or failed, over all batches."""

from __future__ import annotations

from typing import Any

import panel as pn
from panel.viewable import Viewer

from dashboard.domain.cause import Cause
from dashboard.feed.snapshot import Snapshot
from dashboard.models.session import Session
from dashboard.views import marks
from dashboard.views.stack import Stack
from dashboard.views.table import Column, Table
from dashboard.views.words import Words

SHOWN = 6
"""How many causes there is room for."""


class TopCauses(Viewer):
    """The causes with most jobs; a row leads to those jobs."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._places: dict[str, Cause] = {}
        columns = (
            Column("jobs", "Jobs", "number", sortable=False),
            Column("why", "Why", "state", sortable=False),
            Column("batch", "Batch", sortable=False, wrap=True, width=90),
            Column("remedy", "What mends it", sortable=False, wrap=True, width=150),
        )
        self._table = Table(columns, caption="Why jobs are held or failed", margin=0)
        self._table.param.watch(self._opened, "opened")
        head = Words(marks.heading("Held and failed"), margin=(12, 12, 4, 12))
        self._layout = Stack(head, self._table, margin=0, sizing_mode="stretch_width")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def show(self, causes: list[Cause], any_jobs: bool) -> None:
        """Show these causes."""
        self._places = {f"{cause.batch} {cause.state} {cause.word}": cause for cause in causes}
        rows = [
            {
                "id": place,
                "jobs": len(cause.ids),
                "why": [cause.state, f"{cause.state.capitalize()}: {cause.word}"],
                "batch": cause.name or cause.batch,
                "remedy": cause.explanation.remedy,
            }
            for place, cause in self._places.items()
        ]
        self._table.empty = "Nothing is held or has failed." if any_jobs else "No jobs yet. Submit one →"
        self._table.put(rows=rows, total=len(rows))

    def wait(self, snapshot: Snapshot | None) -> None:
        """Say why no jobs are known."""
        if snapshot is None:
            self._table.empty = "HTCondor is not configured: run “cygnet doctor” to see what is missing."
        else:
            self._table.empty = snapshot.health.reason or "Asking HTCondor for your jobs …"

    def _opened(self, event: Any) -> None:
        cause = self._places.get(event.new)
        self._table.opened = ""
        if cause is not None:
            self._session.param.update(batch=cause.batch, state=cause.state, tab="errors", page="jobs")

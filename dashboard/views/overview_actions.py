"""What was done lately, from the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import panel as pn
from panel.viewable import Viewer

from dashboard.domain.units import count, moment
from dashboard.models.session import Session
from dashboard.views import marks
from dashboard.views.stack import Stack
from dashboard.views.table import Column, Row, Table
from dashboard.views.words import Words

SHOWN = 8
NAMED = 3
"""Ids told of an action before it says how many more there were."""

_WORDS = {
    "missing": "no longer there",
    "unknown": "not known",
    "already": "so already",
    "skipped": "with nothing to do",
}


class RecentActions(Viewer):
    """The last actions with their outcome; read in a thread, since homes may be slow."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._reading = False
        columns = (
            Column("time", "When", sortable=False, width=130),
            Column("action", "Action", strong=True, sortable=False, width=110),
            Column("outcome", "Outcome", "state", sortable=False),
            Column("what", "On", sortable=False),
            Column("who", "Who", sortable=False),
        )
        self._table = Table(columns, caption="Recent actions", opens=False, margin=0, empty="Nothing was done yet.")
        head = Words(marks.heading("Recent actions"), margin=(12, 12, 4, 12))
        self._layout = Stack(head, self._table, margin=0, sizing_mode="stretch_width")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def refresh(self) -> None:
        """Read the log again."""
        if not self._reading:
            self._reading = True
            pn.state.execute(self._read)

    async def _read(self) -> None:
        try:
            entries = await asyncio.to_thread(self._session.workspace.audit.recent, SHOWN)
        finally:
            self._reading = False
        rows = [_row(entry) for entry in entries]
        self._table.put(rows=rows, total=len(rows))


def _row(entry: Mapping[str, Any]) -> Row:
    """Cells of one entry; what an older or damaged entry lacks stays empty."""
    items = entry.get("items") or []
    names = [str(item[0]) for item in items[:NAMED]]
    more = f" and {count(len(items) - NAMED)} more" if len(items) > NAMED else ""
    counts = dict(entry.get("counts") or {})
    wrong = sum(number for result, number in counts.items() if result not in ("done", "already", "skipped"))
    told = ", ".join(f"{count(number)} {_WORDS.get(result, result)}" for result, number in counts.items())
    return {
        "id": f"{entry.get('time', '')} {entry.get('id', '')}",
        "time": _moment(str(entry.get("time", ""))),
        "action": str(entry.get("action", "")).capitalize(),
        "outcome": ["failed" if wrong else "done", told],
        "what": ", ".join(names) + more,
        "who": str(entry.get("who", "")),
    }


def _moment(text: str) -> str:
    try:
        return moment(datetime.fromisoformat(text))
    except ValueError:
        return text

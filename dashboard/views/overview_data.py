"""Overview: data that is arriving, rule by rule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import panel as pn
from panel.viewable import Viewer

from dashboard.domain.units import percent, size
from dashboard.feed.snapshot import Snapshot
from dashboard.models.paging import page_of
from dashboard.models.session import Session
from dashboard.views import marks, rule_words
from dashboard.views.stack import Stack
from dashboard.views.table import Column, Row, Table
from dashboard.views.words import Words

SHOWN = 6

_ARRIVING = ("REPLICATING", "INJECT", "WAITING_APPROVAL", "STUCK", "SUSPENDED")


class DataArriving(Viewer):
    """Rules that are not complete, the newest first; a row leads to the rule."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        columns = (
            Column("did", "Dataset", sub_key="bytes", strong=True, sortable=False, wrap=True, width=150),
            Column("progress", "Progress", "bar", width=140, sortable=False),
            Column("part", "Done", "number", sortable=False),
            Column("state", "State", "state", sortable=False),
            Column("rse", "To", sortable=False, wrap=True, width=90),
        )
        self._table = Table(columns, caption="Data arriving", margin=0)
        self._table.param.watch(self._opened, "opened")
        self._head = Words("", margin=(12, 12, 4, 12))
        self._layout = Stack(self._head, self._table, margin=0, sizing_mode="stretch_width")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def show(self, snapshot: Snapshot | None) -> None:
        """Show the rules of this snapshot; None when Rucio is not configured."""
        detail, rows = "", []
        if snapshot is None:
            self._table.empty = "Rucio is not configured: run “cygnet doctor” to see what is missing."
        elif snapshot.time is None:
            self._table.empty = snapshot.health.reason or "Asking Rucio for your rules …"
        else:
            rules = snapshot.frame
            arriving = np.flatnonzero(rules["state"].isin(_ARRIVING))
            complete = int((rules["state"] == "OK").sum())
            detail = f"{complete:,} complete" if complete else ""
            nothing = "Everything you asked for is in place." if len(rules) else "No rules yet: stage a dataset."
            self._table.empty = nothing
            now = snapshot.time
            shown = page_of(rules, "-created", page_size=SHOWN, rows=arriving).frame
            rows = [_row(str(rule_id), rule, now) for rule_id, rule in shown.iterrows()]
        self._head.object = marks.heading("Data arriving", detail)
        self._table.put(rows=rows, total=len(rows))

    def _opened(self, event: Any) -> None:
        known = {row["id"] for row in self._table.rows}
        self._table.opened = ""
        if event.new in known:
            self._session.param.update(rule=event.new, page="data")


def _row(rule_id: str, rule: Any, now: datetime) -> Row:
    colour, state = rule_words.standing(rule, now)
    stuck = int(rule["stuck"])
    return {
        "id": rule_id,
        "did": rule["did"],
        "progress": rule_words.bar(rule),
        "part": percent(rule["progress"]),
        "state": [
            colour,
            f"{rule_words.files(stuck)} stuck" if stuck and state == rule_words.LABELS["STUCK"] else state,
        ],
        "rse": rule["rse_expression"],
        "bytes": size(rule["bytes"]),
    }

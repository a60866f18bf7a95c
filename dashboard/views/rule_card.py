"""One rule by itself, for a cell of a notebook."""

from __future__ import annotations

from typing import Any

import panel as pn
from panel.viewable import Viewer

from dashboard.models.arrival import Arrivals
from dashboard.models.session import Session
from dashboard.views import rule_words
from dashboard.views.rule_detail import RuleDetail
from dashboard.views.stack import Stack
from dashboard.views.words import Words

FILES_HEIGHT = 190
"""Of the list of files, in pixels, so that the whole fits a cell."""


class RuleCard(Viewer):
    """The session's rule: how far it is, its files with their paths, and cancelling it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._arrivals = Arrivals()
        self._shown: object = None
        self._asking = Words("", margin=0)
        self._detail = RuleDetail(session, FILES_HEIGHT)
        self._layout = Stack(self._asking, self._detail, margin=0, sizing_mode="stretch_width")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def update(self) -> None:
        """Show the rule as it is now; nothing is done when that is what is shown."""
        session, snapshot = self._session, self._session.rules
        wanted = snapshot and (snapshot.version, snapshot.health.state)
        if wanted == self._shown and self._shown is not None:
            return
        self._shown = wanted
        if snapshot is None or snapshot.time is None:
            self._asking.object = (
                snapshot.health.reason or "Asking Rucio for your rules …"
                if snapshot
                else "Rucio is not configured: run “cygnet doctor” to see what is missing."
            )
            return
        self._asking.visible = False
        self._arrivals.see(snapshot)
        if session.rule not in snapshot.frame.index:
            self._detail.absent(session.rule)
            return
        rule: Any = snapshot.frame.loc[session.rule]
        ok = int(rule["ok"])
        left = self._arrivals.seconds(session.rule, ok, rule_words.locks(rule) - ok)
        self._detail.show(session.rule, rule, left, snapshot.time)

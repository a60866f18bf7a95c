"""How each backend is, and who is looking: the header of every page."""

from __future__ import annotations

import html
from collections.abc import Iterable
from time import monotonic

import panel as pn
from panel.viewable import Viewer

from dashboard.domain import units
from dashboard.domain.health import NAMES
from dashboard.models.session import Session
from dashboard.views import marks
from dashboard.views.words import Words


class HealthLine(Viewer):
    """One pill per backend (all, or those named): its state in words, since when, and how old the data shown is.

    As long as answers come in time that is how often it is asked: then nothing is sent when nothing has changed.
    """

    def __init__(self, session: Session, names: Iterable[str] = NAMES) -> None:
        super().__init__()
        self._session = session
        self._names = tuple(names)
        self._pane = Words("", sizing_mode="stretch_width")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._pane

    def update(self) -> None:
        """Show the present health; nothing is sent when the words are the same."""
        text = marks.pills(self._pill(name) for name in self._names)
        if text != self._pane.object:
            self._pane.object = text

    def _pill(self, name: str) -> str:
        health, time = self._session.health(name)
        if health.state == "down" and self._session.preparing:
            health = health._replace(state="starting")
        words = health.brief or {
            "starting": "starting…" if self._session.preparing else "connecting…",
            "stale": f"not answering since {units.clock(health.since)}",
            "down": "not answering",
            "off": "not configured",
        }.get(health.state, "ok")
        every = self._every(name) if health.state == "ok" else ""
        pill = marks.health(NAMES[name], health.state, words, time.astimezone() if time else None, every)
        return f'<span title="{html.escape(health.reason, quote=True)}">{pill}</span>' if health.reason else pill

    def _every(self, name: str) -> str:
        """How often it is asked; empty when an answer is missed."""
        missed = self._session.missed(name)
        if missed <= monotonic():
            return ""
        self._session.remind(missed)
        seconds = self._session.interval(name)
        return f"{seconds:g} s" if seconds < 60 else f"{seconds / 60:g} min"


def identity(session: Session) -> str:
    """Who is looking, in one line: the owner of the jobs and the Rucio account when they differ, and for whom."""
    workspace = session.workspace
    names = dict.fromkeys(filter(None, (workspace.identity(name) for name in NAMES if workspace.has(name))))
    account = " · ".join(names)
    if not workspace.person:
        return account
    return f"{workspace.person}, {'looking on' if workspace.looks_on else 'acting'} as {account}"

"""The Overview page: what needs attention, counts, the last day, data arriving, causes, and recent actions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import panel as pn
from panel.viewable import Viewer

from dashboard.domain import insight
from dashboard.domain.job import JobState
from dashboard.domain.throughput import throughput
from dashboard.domain.timeline import timeline
from dashboard.domain.units import clock, count, duration
from dashboard.models.queue import Queue
from dashboard.models.session import Session
from dashboard.views.across import across
from dashboard.views.attention import AttentionStrip
from dashboard.views.chips import Chips
from dashboard.views.component import Button
from dashboard.views.live_plot import Finding, LivePlot
from dashboard.views.overview_actions import RecentActions
from dashboard.views.overview_causes import SHOWN, TopCauses
from dashboard.views.overview_data import DataArriving
from dashboard.views.stack import Stack

SPAN = timedelta(days=1)
"""How far back the plots go, at most."""

_READING = "not all jobs have been read yet"

_PRESENT = ("running", "transferring", "idle")


class OverviewPage(Viewer):
    """Everything at a glance; every part leads to the page where more is told."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: object = None
        self._alert = AttentionStrip(session)
        self._chips = Chips()
        self._chips.param.watch(self._pressed, "pressed")
        self._submit = Button(label="Submit…", color="primary", margin=0)
        self._submit.on_click(lambda _: session.param.update(page="submit"))
        self._timeline = LivePlot(session, "Jobs by state", "timeline")
        self._throughput = LivePlot(session, "Jobs ended", "throughput")
        self._data = DataArriving(session)
        self._causes = TopCauses(session)
        self._actions = RecentActions(session)
        tools = pn.FlexBox(
            pn.Row(self._chips, margin=0, styles={"flex": "1 1 420px"}),
            self._submit,
            align_items="center",
            gap="8px",
            sizing_mode="stretch_width",
            margin=0,
        )
        # In a column of its own: a grid stays visible.
        self._plots = Stack(
            across(*(_card(plot, padding="12px 16px") for plot in (self._timeline, self._throughput)), least=420),
            margin=0,
            sizing_mode="stretch_width",
        )
        self._layout = Stack(
            self._alert,
            tools,
            self._plots,
            across(_card(self._data), _card(self._causes), least=500),
            _card(self._actions),
            sizing_mode="stretch_width",
            margin=0,
            styles={"gap": "12px"},
        )

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def update(self) -> None:
        """Show the session's present snapshots; nothing is done when they are those shown."""
        jobs, rules, dark = self._session.jobs, self._session.rules, self._session.dark
        self._alert.update()
        shown = (
            *((known.version, known.time is None and known.health) if known else None for known in (jobs, rules)),
            dark,
        )
        if shown == self._shown:
            self._timeline.update()
            self._throughput.update()
            return
        self._shown = shown
        if queue := self._session.queue:
            self._show_jobs(queue)
        else:
            self._plots.visible = False
            self._causes.wait(jobs)
        self._data.show(rules)
        self._actions.refresh()

    def _show_jobs(self, queue: Queue) -> None:
        some = bool(len(queue.batches))
        self._chips.show(queue.counts)
        self._causes.show(queue.causes[:SHOWN], some)
        self._plots.visible = some
        for plot, find in ((self._timeline, _went), (self._throughput, _ended)) if some else ():
            plot.show(
                lambda find=find: queue.once(find, lambda: find(queue)),  # type: ignore[misc]
                queue.version,
            )

    def _pressed(self, event: Any) -> None:
        if event.new in set(JobState):
            self._session.param.update(state=event.new, page="jobs")
            self._chips.pressed = ""


def _since(queue: Queue) -> pd.Timestamp:
    """Where the plots begin."""
    first = queue.jobs["submitted"].min()
    begin = pd.Timestamp(queue.now) - SPAN
    return max(begin, first) if pd.notna(first) else begin


def _went(queue: Queue) -> Finding:
    since, counts = _since(queue), queue.counts
    if not queue.complete:
        return Finding(timeline(queue.jobs, queue.now, since), _READING)
    span = duration((pd.Timestamp(queue.now) - since).total_seconds())
    # As the chips count and call them, which may be a few seconds ahead: a plot rests between two drawings.
    present = ", ".join(
        f"{count(counts[state])} {state}" for state in _PRESENT if counts[state] or state != "transferring"
    )
    return Finding(timeline(queue.jobs, queue.now, since), f"the last {span}, as of {clock(queue.now)}: {present}")


def _ended(queue: Queue) -> Finding:
    found = insight.rate(queue.jobs, queue.now) if queue.complete else _READING
    return Finding(throughput(queue.jobs, queue.now, _since(queue)), found)


def _card(view: Viewer, padding: str = "0") -> Stack:
    return Stack(
        view,
        css_classes=["cy-card"],
        margin=0,
        sizing_mode="stretch_width",
        styles={"min-width": "0", "overflow": "hidden", "padding": padding},
    )

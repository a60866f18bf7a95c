"""The Overview page: what needs attention, counts, the last day, data arriving, causes, and recent actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import panel as pn
from panel.viewable import Viewer

from dashboard.domain import batch, insight
from dashboard.domain.cause import causes
from dashboard.domain.job import JobState
from dashboard.domain.throughput import throughput
from dashboard.domain.timeline import timeline
from dashboard.domain.units import count, duration
from dashboard.models.session import Session
from dashboard.views.across import across
from dashboard.views.attention import AttentionStrip
from dashboard.views.chips import Chips
from dashboard.views.live_plot import LivePlot, update_one
from dashboard.views.overview_actions import RecentActions
from dashboard.views.overview_causes import TopCauses
from dashboard.views.overview_data import DataArriving

SPAN = timedelta(days=1)
"""How far back the plots go, at most."""


class OverviewPage(Viewer):
    """Everything at a glance; every part leads to the page where more is told."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: object = None
        self._alert = AttentionStrip(session)
        self._chips = Chips()
        self._chips.param.watch(self._pressed, "pressed")
        self._submit = pn.widgets.Button(label="Submit…", color="primary", margin=0)
        self._submit.on_click(lambda _: session.param.update(page="submit"))
        self._timeline = LivePlot("Jobs by state", "timeline")
        self._throughput = LivePlot("Jobs ended", "throughput")
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
        self._plots = across(
            *(_card(plot, padding="12px 16px") for plot in (self._timeline, self._throughput)), least=420
        )
        self._layout = pn.Column(
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
        shown = (jobs and (jobs.version, jobs.health.state), rules and (rules.version, rules.health.state), dark)
        if shown == self._shown:
            update_one((self._timeline, self._throughput))
            return
        self._shown = shown
        if jobs is not None and jobs.time is not None:
            self._show_jobs(jobs.frame, jobs.time, dark)
        else:
            self._plots.visible = False
            self._causes.wait(jobs)
        self._data.show(rules)
        self._actions.refresh()

    def _show_jobs(self, jobs: pd.DataFrame, now: datetime, dark: bool) -> None:
        self._chips.show(batch.counts(jobs))
        self._causes.show(causes(jobs), bool(len(jobs)))
        self._plots.visible = bool(len(jobs))
        if jobs.empty:
            return
        since = max(pd.Timestamp(now) - SPAN, jobs["submitted"].min())
        span = duration((pd.Timestamp(now) - since).total_seconds())
        self._timeline.show(timeline(jobs, now, since), f"the last {span}: {_queue(jobs)}", dark)
        self._throughput.show(throughput(jobs, now, since), insight.rate(jobs, now), dark)

    def _pressed(self, event: Any) -> None:
        if event.new in set(JobState):
            self._session.param.update(state=event.new, page="jobs")
            self._chips.pressed = ""


def _queue(jobs: pd.DataFrame) -> str:
    """What is in the queue now: ``1,204 wait, 312 run``."""
    counts = batch.counts(jobs)
    return f"{count(counts['idle'])} wait, {count(counts['running'] + counts['transferring'])} run"


def _card(view: Viewer, padding: str = "0") -> pn.Column:
    return pn.Column(
        view,
        css_classes=["cy-card"],
        margin=0,
        sizing_mode="stretch_width",
        styles={"min-width": "0", "overflow": "hidden", "padding": padding},
    )

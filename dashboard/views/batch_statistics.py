"""Statistics of a batch: its jobs over time, how long they run, and the memory they use."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import panel as pn
from panel.viewable import Viewer

from dashboard.domain import insight
from dashboard.domain.timeline import timeline
from dashboard.models.session import Session
from dashboard.views.across import across
from dashboard.views.live_plot import LivePlot, update_one


class BatchStatistics(Viewer):
    """Three plots side by side, below each other where it is narrow."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._run_time = LivePlot("Run time", "run_time")
        self._memory = LivePlot("Memory used / asked", "memory")
        self._timeline = LivePlot("Jobs by state", "timeline")
        self._plots = (self._run_time, self._memory, self._timeline)
        self._layout = across(*self._plots, least=300, gap="14px 22px", padding="14px 18px")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def show(self, batch_id: str, jobs: pd.DataFrame, now: datetime) -> None:
        """Show the jobs of a batch."""
        dark = self._session.dark
        self._run_time.show(jobs, insight.run_time(jobs), dark, batch_id)
        self._memory.show(jobs, insight.memory_used(jobs), dark, batch_id)
        self._timeline.show(timeline(jobs, now), insight.rate(jobs, now), dark, batch_id)

    def update(self) -> None:
        """Draw what waits to be drawn."""
        update_one(self._plots)

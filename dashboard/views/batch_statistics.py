"""Statistics of a batch: its jobs over time, how long they run, and the memory they use."""

from __future__ import annotations

import panel as pn
from panel.viewable import Viewer

from dashboard.domain import insight
from dashboard.domain.histogram import memories, run_times
from dashboard.domain.timeline import timeline
from dashboard.models.queue import Queue
from dashboard.models.session import Session
from dashboard.views.across import across
from dashboard.views.live_plot import Finding, LivePlot

_TIMES = ("state", "submitted", "started", "since", "finished", "run_s", "run_since")


class BatchStatistics(Viewer):
    """Three plots side by side, below each other where it is narrow."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._plots = (
            LivePlot(session, "Run time", "run_time"),
            LivePlot(session, "Memory used / asked", "memory"),
            LivePlot(session, "Jobs by state", "timeline"),
        )
        self._layout = across(*self._plots, least=300, gap="14px 22px", padding="14px 18px")

    def __panel__(self) -> pn.viewable.Viewable:
        return self._layout

    def show(self, batch_id: str, queue: Queue) -> None:
        """Show the jobs of a batch."""

        def ran() -> Finding:
            jobs = queue.of(batch_id, "state", "run_s")
            return Finding(run_times(jobs), insight.run_time(jobs))

        def used() -> Finding:
            jobs = queue.of(batch_id, "memory_used_mib", "memory_mib")
            return Finding(memories(jobs), insight.memory_used(jobs))

        def went() -> Finding:
            jobs = queue.of(batch_id, *_TIMES)
            return Finding(timeline(jobs, queue.now), insight.rate(jobs, queue.now))

        for plot, find in zip(self._plots, (ran, used, went), strict=True):
            plot.show(
                lambda find=find: queue.once((find.__name__, batch_id), find),  # type: ignore[misc]
                queue.version,
                batch_id,
            )

    def update(self) -> None:
        """Draw what waits to be drawn."""
        for plot in self._plots:
            plot.update()

"""Drawing before anybody waits: what HoloViews draws for the first time takes it 0.1 s and more."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module

from dashboard.domain import job
from dashboard.domain.histogram import memories, run_times
from dashboard.domain.timeline import timeline
from dashboard.plots.draughtsman import Kind, draughtsman


def warm() -> None:
    """Have the plots of the Jobs page drawn once, of no jobs, light and dark, in the draughtsman's thread."""
    jobs = job.table([])
    found = {"run_time": run_times(jobs), "memory": memories(jobs), "timeline": timeline(jobs, datetime.now(UTC))}
    pictures = {name: import_module(f"dashboard.plots.{name}").picture(data) for name, data in found.items()}
    for dark in (False, True):
        for name, picture in pictures.items():
            draughtsman().thread.submit(draughtsman().figure, Kind(name, dark, picture.clock), picture)

"""Jobs of a workspace: frames, batches, submissions."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.domain import batch, job
from dashboard.domain.label import labelled
from dashboard.domain.problem import Problem
from dashboard.feed.joint import Joint, stacked
from dashboard.feed.poller import Poller
from dashboard.feed.snapshot import Snapshot
from dashboard.workspace.schedds import Schedds

if TYPE_CHECKING:
    from dashboard.workspace import Workspace

FIRST_SECONDS = 60.0
"""How long the first frame may take: the worker has to start."""


class BatchesOf:
    """Batches of a snapshot of the jobs, newest first; put in order once per version for all who ask."""

    def __init__(self) -> None:
        self._made: tuple[int, pd.DataFrame] = (-1, pd.DataFrame())

    def __call__(self, snapshot: Snapshot) -> pd.DataFrame:
        """One row per batch (`dashboard.domain.batch.batches`)."""
        version, table = self._made
        if version != snapshot.version:
            table = snapshot.totals.get("batches", batch.NONE).sort_values("submitted", ascending=False, kind="stable")
            self._made = (snapshot.version, table)
        return table


class Jobs:
    """What is known of the jobs; ``look`` is for pages (never waits), the rest for people and scripts."""

    def __init__(self, schedds: Schedds, batches_of: BatchesOf) -> None:
        self._schedds = schedds
        self._batches_of = batches_of

    def look(self) -> Snapshot:
        """The latest snapshot, at once; it may be old or empty, as its health says."""
        return self._schedds.joint.look()

    def open(self, batch_id: str) -> None:
        """Have the rows of a batch read that has none yet, also when there are too many for all (``max_rows``)."""
        poller = self._schedds.pollers[self._schedds.of(batch_id)]
        poller.call("open", batch_id)
        poller.wake()

    def frame(self, owner: str | None = None, schedd: str | None = None) -> pd.DataFrame:
        """One row per job, live and lately finished; columns in `dashboard.domain.job.COLUMNS`, index: id.

        Waits for the first answer and for data at most one interval old.

        Parameters
        ----------
        owner
            Only this person's.
        schedd
            Only those at this one of several schedds; the others are not waited for.

        Raises
        ------
        Problem
            When nothing is known because HTCondor does not answer.
        """
        snapshot = known(self._schedds.pollers[self._schedds.named(schedd)] if schedd else self._schedds.joint)
        frame = job.timed(snapshot.frame, snapshot.time)
        return frame[frame["owner"] == owner] if owner else frame

    def batches(self) -> pd.DataFrame:
        """One row per batch, newest first (`dashboard.domain.batch.batches`); waits as `frame` does."""
        return self._batches_of(known(self._schedds.joint))

    def history(self, since: datetime | str | None = None, limit: int = 1000) -> pd.DataFrame:
        """Finished jobs, newest first, read from the schedd's history now (of several schedds one after the other).

        Parameters
        ----------
        since
            A time with zone, or how far back (``"7d"``).
        limit
            At most so many of each schedd.
        """
        start = datetime.now(UTC) - seconds(since) if isinstance(since, str) else since
        answers = [poller.call("history", start, limit, deadline=120) for poller in self._schedds.pollers.values()]
        return stacked([answer.result() for answer in answers])

    def ad(self, job_id: str) -> dict[str, str]:
        """The whole ClassAd of a job: attribute → expression."""
        ad: dict[str, str] = self._schedds.pollers[self._schedds.of(job_id)].call("ad", job_id).result()
        return ad


@dataclass(frozen=True)
class Submission:
    """A batch that was submitted: its ``cluster`` and ``count`` of jobs, and the ``workspace`` it belongs to.

    ``label`` is that of its schedd where there are several.
    """

    cluster: int
    count: int
    workspace: Workspace
    label: str = ""

    @property
    def batch(self) -> str:
        """Batch id, as in `Jobs.batches`."""
        return labelled(str(self.cluster), self.label)

    def frame(self) -> pd.DataFrame:
        """Its jobs."""
        frame = self.workspace.jobs.frame(schedd=self.label or None)
        return frame[frame["cluster"] == self.cluster]

    def wait(self, timeout: float | None = None) -> pd.DataFrame:
        """Wait until no job of it is in the queue; its jobs.

        Raises
        ------
        TimeoutError
            After ``timeout`` seconds. Held jobs do not finish by themselves.
        """

        def finished() -> pd.DataFrame | None:
            frame = self.frame()
            over = len(frame) >= self.count and not frame["state"].isin(job.LIVE).any()
            return frame if over else None

        frame: pd.DataFrame = until(finished, timeout, f"batch {self.batch}")
        return frame

    def __repr__(self) -> str:
        where = f", schedd={self.label!r}" if self.label else ""
        return f"Submission(cluster={self.cluster}, count={self.count}{where})"


def known(poller: Poller | Joint) -> Snapshot:
    """A fresh snapshot, waiting for the first one; warns when a schedd is missing from it.

    Raises
    ------
    Problem
        When there is none, with the reason.
    """
    snapshot = poller.fresh(FIRST_SECONDS if poller.snapshot.time is None else 5.0)
    if snapshot.time is None:
        raise Problem("unreachable", snapshot.health.reason or f"{poller.name} has not answered yet.")
    if snapshot.health.brief and not snapshot.complete:
        warnings.warn(snapshot.health.reason, stacklevel=3)
    return snapshot


def described(description: str | Path | Mapping[str, object]) -> str:
    """The text of a submit description given as a file, its text, or a mapping of its commands.

    Raises
    ------
    Problem
        ``missing`` when the file cannot be read.
    """
    if isinstance(description, Mapping):
        return "".join(f"{key} = {value}\n" for key, value in description.items()) + "queue\n"
    if isinstance(description, Path) or "\n" not in description:
        file = Path(description).expanduser()
        try:
            return file.read_text(encoding="utf-8")
        except OSError as error:
            raise Problem("missing", f"The submit file {file} cannot be read: {error.strerror}.") from error
    return description


def until(condition: Callable[[], Any], timeout: float | None, what: str) -> Any:
    """Value of the condition once it is not None, looked at every half second."""
    end = None if timeout is None else time.monotonic() + timeout
    while (value := condition()) is None:
        if end is not None and time.monotonic() > end:
            raise TimeoutError(f"{what} is not finished after {timeout:.0f} s")
        time.sleep(0.5)
    return value


_UNITS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def seconds(text: str) -> timedelta:
    """A duration as people write it: ``7d``, ``12 h``, ``90min``.

    Raises
    ------
    Problem
        ``invalid`` when it is not one.
    """
    match = re.fullmatch(r"\s*(\d{1,8}(?:\.\d+)?)\s*(s|min|m|h|d|w)\s*", text)
    if not match:
        raise Problem("invalid", f"“{text}” is not a duration: write for example 12h, 7d or 2w.")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])

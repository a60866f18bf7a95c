"""One browser session or notebook view: what it looks at, and the snapshots it has pulled."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, Protocol

import param

from dashboard.domain.health import NAMES, off
from dashboard.feed.recorder import Standing
from dashboard.feed.snapshot import Snapshot
from dashboard.models.queue import Queue
from dashboard.workspace import Workspace

PAGES = ("overview", "jobs", "history", "submit", "data")


TABS = ("", "jobs", "errors")
"""Tabs of the open batch, the first of them its statistics."""

PLACES = {"jobs": ("batch", "state", "tab"), "data": ("rule",)}
"""What stands in the address of a page beside its name, so that a place can be sent to somebody and come back to."""

LINKED = ("page", *(name for names in PLACES.values() for name in names))
"""Parameters that may stand in an address."""


def known(asked: Mapping[str, Any]) -> dict[str, str]:
    """What a session understands of an address, which may say anything; the rest is left out."""
    wanted = {name: asked[name] for name in LINKED if isinstance(asked.get(name), str)}
    for name, possible in (("page", PAGES), ("tab", TABS)):
        if wanted.get(name) not in possible:
            wanted.pop(name, None)
    return wanted


Notices = Callable[[], Sequence[str]]
"""What is still being prepared around us, one sentence each."""


FILLING_SECONDS = 1.0
"""Between two pulls while only more rows come in, of which the totals are known already."""

PATIENCE_SECONDS = 5.0
"""How long an answer of a backend may take beyond two intervals until it is missed."""


class Updatable(Protocol):
    """A view that can be brought up to date."""

    def update(self) -> None:
        """Show the session's present snapshots; costs nothing when they are the ones shown."""


class Session(param.Parameterized):
    """What one person's view shows; pulls from the workspace, is never pushed to.

    Nothing process-global holds a reference to a session, so a closed one is garbage.

    Parameters
    ----------
    workspace
        What is looked at.
    notices
        Sentences told above every page as long as there are any.

    Attributes
    ----------
    jobs, rules
        The snapshots shown; None where the backend is not configured.
    notices
        The sentences shown.
    reminded
        Told after how many seconds there may be something to pull; set by who pulls.
    """

    page = param.Selector(default="overview", objects=list(PAGES), doc="Page shown; also in the address.")
    batch = param.String(default="", doc="Open batch on the Jobs page; also in the address.")
    rule = param.String(default="", doc="Open rule on the Data page; also in the address.")
    state = param.String(default="", doc="Job state the Jobs page is filtered by; empty for all; also in the address.")
    tab = param.Selector(default="", objects=list(TABS), doc="Tab of the open batch; also in the address.")
    dark = param.Boolean(
        default=False,
        allow_None=True,
        doc="Dark appearance: plots are drawn anew when it changes. None: not said yet, so plots wait.",
    )

    def __init__(self, workspace: Workspace, notices: Notices = tuple, /, **params: Any) -> None:
        super().__init__(**params)
        self.workspace = workspace
        self._shown: list[Updatable] = []
        self._notices = notices
        self.notices: tuple[str, ...] = ()
        self.jobs: Snapshot | None = None
        self.rules: Snapshot | None = None
        self._came: dict[str, float] = {}
        self._seen: tuple[object, ...] = ()
        self._due = inf
        self.reminded: Callable[[float], None] = lambda _after: None
        self.param.watch(lambda *_: self.remind(), [*LINKED, "dark"])
        if workspace.has("htcondor"):
            workspace.history.keep()  # what finishes while any page is open
        self.pull()

    def show(self, *views: Updatable) -> None:
        """Keep these views up to date from now on, and no others."""
        self._shown = list(views)
        for view in self._shown:
            view.update()

    @property
    def news(self) -> bool:
        """Whether there is something to pull; costs next to nothing, and has what is looked at be read often."""
        if time.monotonic() >= self._due or tuple(self._notices()) != self.notices:
            return True
        changed = [now for now, seen in zip(self._look(), self._seen, strict=True) if now is not seen]
        if changed and self._filling(changed):
            self.remind(self._came["htcondor"] + FILLING_SECONDS)
            return False
        return bool(changed)

    def pull(self) -> None:
        """Take the latest snapshots and bring the shown views up to date; `homes.watch` calls it when there is news."""
        self._due = inf
        before, self._seen = (self.jobs, self.rules), self._look()
        self.jobs, self.rules, _ = self._seen
        for name, old, new in zip(NAMES, before, (self.jobs, self.rules), strict=True):
            if new is not old:
                self._came[name] = time.monotonic()
        self.notices = tuple(self._notices())
        for view in self._shown:
            view.update()

    def missed(self, backend: str) -> float:
        """When the next answer of a backend is missed, if none comes until then (monotonic)."""
        return self._came.get(backend, 0.0) + 2 * self.interval(backend) + PATIENCE_SECONDS

    def interval(self, backend: str) -> float:
        """Seconds after which a backend is asked again."""
        return float(getattr(self.workspace.settings, backend).interval)

    def remind(self, at: float = 0.0) -> None:
        """Have the views updated at this time (monotonic; by default soon), be there news or not."""
        self._due = min(self._due, at)
        self.reminded(max(0.0, at - time.monotonic()))

    def _filling(self, changed: Sequence[object]) -> bool:
        """Whether this is but more of the jobs' rows, of which some came a moment ago."""
        jobs = self.jobs
        if not jobs or jobs.complete or not jobs.time or time.monotonic() - self._came["htcondor"] >= FILLING_SECONDS:
            return False
        return all(isinstance(one, Snapshot) and not one.complete and one.health == jobs.health for one in changed)

    def _look(self) -> tuple[Snapshot | None, Snapshot | None, Standing | None]:
        """Jobs, rules, and the finished jobs where they are shown."""
        workspace = self.workspace
        condor = workspace.has("htcondor")
        return (
            workspace.jobs.look() if condor else None,
            workspace.rules.look() if workspace.has("rucio") else None,
            workspace.history.look() if condor and self.page == "history" else None,
        )

    @property
    def preparing(self) -> bool:
        """Whether backends are still being brought up around us, as in a demo."""
        return bool(self.notices)

    @property
    def queue(self) -> Queue | None:
        """The jobs as they are now; None as long as nothing is known of them."""
        if self.jobs is None or self.jobs.time is None:
            return None
        return Queue(self.workspace, self.jobs, self.jobs.time)

    @property
    def linked(self) -> dict[str, str]:
        """What the address is to say: name to text, empty ones included."""
        shown = ("page", *PLACES.get(self.page, ()))
        return {name: str(getattr(self, name)) if name in shown else "" for name in LINKED}

    def follow(self, asked: Mapping[str, Any]) -> None:
        """Go back to where an address was; what it says nothing of was not open there."""
        wanted = known(asked)
        page = wanted.get("page", self.page)
        self.param.update(dict.fromkeys(PLACES.get(page, ()), "") | wanted)

    def health(self, backend: str) -> tuple[Any, Any]:
        """Health of a backend, and the time its data was true."""
        snapshot = self.jobs if backend == "htcondor" else self.rules
        return (snapshot.health, snapshot.time) if snapshot else (off(), None)

    def close(self) -> None:
        """Forget the views."""
        self._shown = []

"""The schedds of a workspace: a poller for each, and which of them an id means."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.domain import job
from dashboard.domain.label import parted
from dashboard.domain.problem import Problem
from dashboard.feed.joint import Joint
from dashboard.feed.poller import Poller
from dashboard.settings import HTCondorSettings
from dashboard.workspace import registry


class Schedds:
    """Pollers of the schedds, by label (`dashboard.domain.label`); of one alone the label is empty."""

    def __init__(self, settings: HTCondorSettings) -> None:
        self.settings = {one.label: one for one in settings.each()}
        self.pollers: dict[str, Poller] = {
            label: registry.acquire("htcondor", one, job.table([]), job.keys) for label, one in self.settings.items()
        }
        alone = len(self.pollers) == 1
        self.joint: Poller | Joint = next(iter(self.pollers.values())) if alone else Joint(self.pollers)

    @property
    def labels(self) -> tuple[str, ...]:
        """What they are called in ids, the first one first; none when there is one only."""
        return tuple(filter(None, self.pollers))

    def of(self, text: str) -> str:
        """The label of the schedd of a job or batch.

        Raises
        ------
        Problem
            ``invalid`` when there are several and the id names none of them.
        """
        if not self.labels:
            return ""
        plain, label = parted(text)
        if label not in self.pollers:
            ways = " or ".join(f"{plain or '1234'}@{known}" for known in self.labels)
            raise Problem("invalid", f"“{text}” names none of the schedds in the settings: write {ways}.")
        return label

    def parted(self, ids: Iterable[str]) -> dict[str, list[str]]:
        """The ids of each schedd, by label; raises as `of` does."""
        groups: dict[str, list[str]] = {}
        for text in ids:
            groups.setdefault(self.of(text), []).append(text)
        return groups

    def named(self, name: str | None) -> str:
        """The label of the schedd of this name or label; without one of the first.

        Raises
        ------
        Problem
            ``invalid`` when no schedd of that name is watched.
        """
        for label, one in self.settings.items():
            if name is None or name in (label, one.schedd):
                return label
        known = ", ".join(str(one.schedd) for one in self.settings.values()) or "the default one"
        raise Problem("invalid", f"The schedd “{name}” is not among those in the settings: {known}.")

    def close(self) -> None:
        """Give the pollers back."""
        for one in self.settings.values():
            registry.release("htcondor", one)

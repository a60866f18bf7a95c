"""What an action is to be done with, as people name it."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.workspace.data import Staging
from dashboard.workspace.jobs import Submission

One = str | int | Submission | Staging
Named = One | Iterable[One]
"""One thing or several: ids, a cluster's number, or what `Workspace.submit` and `Workspace.stage` have returned."""


def ids_of(named: Named) -> list[str]:
    """The ids, each once, in the order in which they are named."""
    several = named if isinstance(named, Iterable) and not isinstance(named, str) else [named]
    return list(dict.fromkeys(map(_id, several)))


def _id(one: One) -> str:
    if isinstance(one, Submission):
        return one.batch
    return one.rule_id if isinstance(one, Staging) else str(one)

"""What became of an action, item by item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Result = Literal["done", "already", "skipped", "denied", "missing", "failed", "unknown"]

_WORDS: dict[Result, str] = {
    "done": "done",
    "already": "already so",
    "skipped": "with nothing to do",
    "denied": "denied",
    "missing": "not there",
    "failed": "failed",
    "unknown": "not known",
}

_SKIPPED = {"hold": "ended before", "release": "not held", "vacate": "not running"}
"""Of what is acted on as a whole, such as a cluster, what an action does not fit."""


@dataclass(frozen=True)
class Item:
    """What became of one thing acted on; ``reason`` says why when it is not done."""

    id: str
    result: Result
    reason: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a backend has come with what was asked of it.

    ``rest`` are the ids it is still to be asked for, one part after the other.
    """

    items: tuple[Item, ...]
    rest: tuple[Sequence[str], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of an action: one item per id that was asked for, in that order.

    ``action`` is the verb (``hold``, ``remove`` …), ``id`` the client-made id under which it happens once.
    """

    action: str
    id: str
    items: tuple[Item, ...]

    @property
    def counts(self) -> Mapping[Result, int]:
        """How many items had each result."""
        return Counter(item.result for item in self.items)

    @property
    def ok(self) -> bool:
        """Whether every item is done, was so already, or needed nothing."""
        return all(item.result in ("done", "already", "skipped") for item in self.items)

    @property
    def told(self) -> str:
        """The counts in words: ``2 done, 3 not held``."""
        words = _WORDS | {"skipped": _SKIPPED.get(self.action.split()[-1], _WORDS["skipped"])}
        counts = self.counts
        return (
            ", ".join(f"{counts[name]:,} {word}" for name, word in words.items() if counts.get(name)) or "nothing to do"
        )

    def ids(self, *results: Result) -> tuple[str, ...]:
        """Ids of the items with one of these results."""
        return tuple(item.id for item in self.items if item.result in results)

    def __str__(self) -> str:
        reasons = list(dict.fromkeys(item.reason for item in self.items if item.reason))
        return f"{self.action}: {self.told}" + (f" ({'; '.join(reasons[:3])})" if reasons else "")


def outcome(action: str, action_id: str, ids: Iterable[str], result: Result, reason: str = "") -> Outcome:
    """Outcome in which all ids met the same result."""
    return Outcome(action, action_id, tuple(Item(item, result, reason) for item in ids))

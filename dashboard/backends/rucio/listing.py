"""Lists that are complete, or say that they are not: what a broken answer lacks is asked for again."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import requests

from dashboard.domain.problem import Problem

Lock = Mapping[str, Any]
T = TypeVar("T")
Key = TypeVar("Key", bound=Hashable)

REPLICAS = 200
"""Files whose replicas are asked for in one request: what every database takes."""

TRIES = 3
"""How often what an answer lacks is asked for."""


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a list into pieces of this size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def resumed(ask: Callable[[list[Key]], Iterable[T]], wanted: Iterable[Key], key: Callable[[T], Key]) -> dict[Key, T]:
    """Answers about all that is wanted, by key; what an answer that ended early lacks is asked for again.

    What Rucio does not tell when asked `TRIES` times is not there.

    Raises
    ------
    requests.exceptions.ChunkedEncodingError, json.JSONDecodeError
        When the last answer, too, ended early.
    """
    found: dict[Key, T] = {}
    missing = list(wanted)
    for attempt in range(TRIES):
        try:
            for answer in ask(missing):
                found[key(answer)] = answer
        except (requests.exceptions.ChunkedEncodingError, json.JSONDecodeError):
            if attempt == TRIES - 1:
                raise
        missing = [one for one in missing if one not in found]
        if not missing:
            break
    return found


def replicas(client: Any, locked: Iterable[Lock]) -> dict[str, dict[str, Any]]:
    """Replicas of the locked files by DID (REST: POST /replicas/list)."""

    def ask(files: list[tuple[str, str]]) -> Iterable[dict[str, Any]]:
        # Unsorted: by default a server looks up where on Earth each replica is.
        asked = [{"scope": scope, "name": name} for scope, name in files]
        answer: Iterable[dict[str, Any]] = client.list_replicas(asked, all_states=True, sort="random")
        return answer

    wanted = dict.fromkeys((str(lock["scope"]), str(lock["name"])) for lock in locked)
    found = resumed(ask, wanted, lambda replica: (str(replica["scope"]), str(replica["name"])))
    return {f"{scope}:{name}": replica for (scope, name), replica in found.items()}


def locks(client: Any, rule_id: str) -> list[Lock]:
    """Locks of a rule (REST: GET /rules/{id}/locks), as many as the rule counts (GET /rules/{id}).

    Raises
    ------
    Problem
        ``unreachable`` when Rucio's list stays shorter than its count.
    """
    found: dict[tuple[str, str, str], Lock] = {}
    for _ in range(TRIES):
        before = _count(client, rule_id)
        try:
            for lock in client.list_replica_locks(rule_id):
                found[str(lock["scope"]), str(lock["name"]), str(lock["rse"])] = lock
        except (requests.exceptions.ChunkedEncodingError, json.JSONDecodeError):
            continue
        # The rule may have changed meanwhile: then it is the one count or the other.
        if len(found) >= min(before, _count(client, rule_id)):
            return list(found.values())
    raise Problem(
        "unreachable",
        f"Rucio lists only {len(found):,} of {before:,} files: the list would not be complete. Try again.",
    )


def _count(client: Any, rule_id: str) -> int:
    told = client.get_replication_rule(rule_id)
    return sum(int(told.get(f"locks_{kind}_cnt") or 0) for kind in ("ok", "replicating", "stuck"))

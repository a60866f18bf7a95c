"""Having a worker act on ids, part by part: between these it ticks, and does what others ask of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from dashboard.domain.outcome import Item, Progress, Result
from dashboard.domain.problem import Problem
from dashboard.feed.poller import Answer, Poller

ACTION_SECONDS = 60.0
"""Deadline of an action, or a part of it; past it what became of it is not known."""

TICK_SECONDS = 10.0
"""How long an action waits for the tick that shows its effect."""

Permit = Callable[[], None]
"""Asked before an action; raises a `Problem` when it may not be."""


T = TypeVar("T")


class Acted(NamedTuple):
    """What became of each id, what ended it before all were asked for, and the last answer."""

    items: list[Item]
    problem: Problem | None
    answer: Answer | None


def acted(poller: Poller, request: Sequence[Any], ids: Sequence[str], permit: Permit) -> Acted:
    """Have a worker act on ids until all have been asked for, or something fails.

    Parameters
    ----------
    request
        Method of its backend, and arguments; ``...`` stands for the ids.
    permit
        Asked before each part but the first.
    """
    items: list[Item] = []
    waiting: deque[Iterable[str]] = deque([ids])
    answer = None
    while waiting:
        part = waiting.popleft()
        try:
            if items:
                permit()
        except Problem as problem:
            return Acted(items + _same((part, *waiting), "denied", problem.sentence), problem, None)
        asked: list[Any] = [part if value is ... else value for value in request]
        answer = poller.call(*asked, deadline=ACTION_SECONDS, tick=not waiting)
        try:
            told: Progress = answer.result()
        except Problem as problem:
            untried = f"not tried, since what came before it failed: {problem.sentence}"
            items += _same([part], result_of(problem), problem.sentence) + _same(waiting, "failed", untried)
            return Acted(items, problem, None)
        items += told.items
        waiting += told.rest
    return Acted(items, None, answer)


def _same(parts: Iterable[Iterable[str]], result: Result, reason: str) -> list[Item]:
    return [Item(one, result, reason) for part in parts for one in part]


def together(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Values of these calls, made at the same time; a single one in this thread, where it can be interrupted."""
    if len(calls) < 2:
        return [call() for call in calls]
    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(lambda call: call(), calls))


def result_of(problem: Problem) -> Result:
    """What is known of an action whose answer was this."""
    return "unknown" if problem.kind in ("timeout", "internal") else "failed"

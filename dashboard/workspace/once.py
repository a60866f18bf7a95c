"""Actions happen once: whoever asks again under the same client-made id gets the same answer."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

KEPT = 1000
"""How many answers are remembered."""

T = TypeVar("T")


def new_id() -> str:
    """A client-made action id."""
    return uuid.uuid4().hex


class Once:
    """Runs an action the first time its id is seen; later (or concurrent) callers share its answer or error."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def run(self, action_id: str, action: Callable[[], T]) -> T:
        """Answer of the action with this id."""
        with self._lock:
            answer: Future[T] | None = self._answers.get(action_id)
            mine = answer is None
            if answer is None:
                answer = self._answers[action_id] = Future()
                while len(self._answers) > KEPT:
                    self._answers.popitem(last=False)
        if mine:
            try:
                answer.set_result(action())
            except BaseException as error:  # noqa: BLE001  handed to every caller below, none is swallowed
                answer.set_exception(error)
                with self._lock:
                    # What failed may be tried again.
                    self._answers.pop(action_id, None)
        return answer.result()

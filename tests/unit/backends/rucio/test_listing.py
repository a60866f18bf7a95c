"""Answers that end early are completed or said to be incomplete, never taken for whole."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from dashboard.backends.rucio.listing import TRIES, batched, locks, replicas, resumed
from dashboard.domain.problem import Problem

BROKEN = requests.exceptions.ChunkedEncodingError("Connection broken")


@given(st.sets(st.integers(0, 30)), st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=TRIES))
def test_what_an_answer_lacks_is_asked_for_again(wanted: set[int], cuts: list[tuple[int, bool]]) -> None:
    asked: list[list[int]] = []

    def ask(missing: list[int]) -> Iterator[int]:
        asked.append(missing)
        end, breaks = cuts[len(asked) - 1] if len(asked) <= len(cuts) else (99, False)
        yield from missing[:end]
        if breaks:
            raise BROKEN

    try:
        found = resumed(ask, wanted, lambda answer: answer)
    except requests.exceptions.ChunkedEncodingError:
        assert len(asked) == TRIES == len(cuts)
        assert cuts[-1][1]
    else:
        assert set(found) == wanted or len(asked) == TRIES
        assert len(asked) <= TRIES


def test_batched() -> None:
    assert [list(some) for some in batched([1, 2, 3], 2)] == [[1, 2], [3]]


class Client:
    """Lists so many locks in each answer."""

    def __init__(self, *answers: int | None, count: int = 4) -> None:
        self.answers, self.count = list(answers), count

    def get_replication_rule(self, rule_id: str) -> dict[str, Any]:
        return {"id": rule_id, "locks_ok_cnt": self.count, "locks_stuck_cnt": None}

    def list_replica_locks(self, _rule_id: str) -> Iterator[dict[str, str]]:
        number = self.answers.pop(0)
        for name in range(2 if number is None else number):
            yield {"scope": "s", "name": str(name), "rse": "SITE", "state": "OK"}
        if number is None:
            raise BROKEN

    def list_replicas(self, files: list[dict[str, str]], **_options: Any) -> Iterator[dict[str, Any]]:
        for file in files[:3]:
            yield {**file, "bytes": 5}


@pytest.mark.parametrize("answers", [(4,), (2, 4), (None, 4), (None, 0, 4)])
def test_locks_are_as_many_as_the_rule_counts(answers: tuple[int | None, ...]) -> None:
    assert len(locks(Client(*answers), "r")) == 4


def test_fewer_locks_than_the_rule_counts_are_no_answer() -> None:
    with pytest.raises(Problem, match="only 3 of 4 files"):
        locks(Client(3, 3, None), "r")


def test_replicas_of_all_locks_however_few_an_answer_has() -> None:
    found = replicas(Client(), [{"scope": "s", "name": str(name)} for name in range(8)])
    assert set(found) == {f"s:{name}" for name in range(8)}

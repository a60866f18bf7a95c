import threading
from collections.abc import Iterator

import pytest

from dashboard.backends.rucio.streams import KEPT, PIECE, Part, Streams
from dashboard.domain.problem import Problem
from tests.awaiting import awaited


def all_of(streams: Streams, number: int) -> tuple[list[int], Problem | None]:
    rows: list[int] = []
    while True:
        part = streams.more(number)
        rows += part.rows
        if part.ended:
            return rows, part.problem


def test_first_rows_are_told_while_the_rest_is_read() -> None:
    go_on = threading.Event()

    def read() -> Iterator[int]:
        yield 1
        go_on.wait()
        yield 2

    streams = Streams()
    number = streams.start(read)
    assert streams.more(number) == Part([1], False)
    assert streams.more(number) == Part([], False)  # asks wait for a moment, not for the server
    go_on.set()
    assert all_of(streams, number) == ([2], None)
    with pytest.raises(Problem, match="ask again"):
        streams.more(number)


def test_an_answer_that_breaks_off_says_so_after_what_it_brought() -> None:
    def read() -> Iterator[int]:
        yield 1
        raise Problem("unreachable", "Rucio's answer ended early.")

    streams = Streams()
    rows, problem = all_of(streams, streams.start(read))
    assert rows == [1]
    assert problem
    assert problem.sentence == "Rucio's answer ended early."


def test_no_part_is_longer_than_a_piece_and_the_last_says_why_it_is_the_last() -> None:
    def read() -> Iterator[int]:
        yield from range(2 * PIECE + 1)
        raise Problem("unreachable", "Rucio's answer ended early.")

    streams = Streams()
    number = streams.start(read)
    awaited(lambda: streams._open[number]._ended, "the answer")
    parts = [streams.more(number) for _ in range(3)]
    assert [len(part.rows) for part in parts] == [PIECE, PIECE, 1]
    assert [(part.ended, part.problem is not None) for part in parts] == [(False, False), (False, False), (True, True)]


def test_what_nobody_wants_is_given_up() -> None:
    ended = threading.Event()
    go_on = threading.Event()

    def read() -> Iterator[int]:
        try:
            while True:
                go_on.wait()
                yield 1
        finally:
            ended.set()

    streams = Streams()
    first = streams.start(read)
    for _ in range(KEPT):
        streams.start(lambda: [])
    go_on.set()
    assert ended.wait(10)
    with pytest.raises(Problem):
        streams.more(first)

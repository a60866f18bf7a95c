"""Messages between worker and owner."""

import pickle
import socket
import struct
import threading
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.feed import channel

MESSAGES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(max_size=200),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(MESSAGES, max_size=5))
def test_messages_arrive_whole_and_in_order(messages: list[Any]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for message in messages:
            channel.send(ours, message)
        assert [channel.receive(theirs, time.monotonic() + 5) for _ in messages] == messages


@given(st.binary(min_size=1, max_size=300), st.lists(st.integers(1, 300), max_size=5))
def test_a_message_may_come_in_pieces(body: bytes, cuts: list[int]) -> None:
    whole = struct.pack("!Q", len(pickle.dumps(body, 5))) + pickle.dumps(body, 5)
    edges = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for start, end in pairwise(edges):
            ours.sendall(whole[start:end])
        assert channel.receive(theirs, time.monotonic() + 5) == body


def test_a_message_larger_than_the_sockets_buffer() -> None:
    ours, theirs = socket.socketpair()
    body = b"x" * 20_000_000
    with ours, theirs:
        sender = threading.Thread(target=channel.send, args=(ours, body))
        sender.start()
        assert channel.receive(theirs, time.monotonic() + 30) == body
        sender.join()


def test_nothing_comes() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        channel.receive(ours, time.monotonic() + 0.05)


def test_nobody_reads() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        channel.send(ours, b"x" * 20_000_000, time.monotonic() + 0.05)


def test_a_deadline_is_not_kept_for_the_next_message() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel.send(theirs, 1)
        channel.receive(ours, time.monotonic() + 0.001)
        channel.send(ours, 2)
        assert ours.gettimeout() is None


@pytest.mark.parametrize("sent", [b"", b"\0\0", struct.pack("!Q", 10) + b"half"])
def test_the_other_end_goes_away(sent: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(sent)
        with pytest.raises(EOFError):
            channel.receive(ours)

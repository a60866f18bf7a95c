"""Framed, pickled messages between a worker and the process that owns it.

The socket is a private pair made by the owner, so both ends are trusted: pickle is safe here.
"""

from __future__ import annotations

import pickle
import socket
import struct
import time
from typing import Any

_LENGTH = struct.Struct("!Q")


def send(sock: socket.socket, message: object, deadline: float | None = None) -> None:
    """Send one message; ``deadline`` as for `receive`.

    Raises
    ------
    TimeoutError
        At the deadline, when the other end does not read.
    OSError
        When the other end is gone.
    """
    body = pickle.dumps(message, protocol=5)
    sock.settimeout(_remaining(deadline))
    sock.sendall(_LENGTH.pack(len(body)) + body)


def receive(sock: socket.socket, deadline: float | None = None) -> Any:
    """Next message.

    Parameters
    ----------
    deadline
        `time.monotonic` value after which to give up; None waits for ever.

    Raises
    ------
    TimeoutError
        At the deadline.
    EOFError
        When the other end is gone.
    """
    (length,) = _LENGTH.unpack(_exactly(sock, _LENGTH.size, deadline))
    return pickle.loads(_exactly(sock, length, deadline))  # noqa: S301  private socket pair, see above


def _exactly(sock: socket.socket, size: int, deadline: float | None) -> bytearray:
    buffer = bytearray(size)
    view = memoryview(buffer)
    got = 0
    while got < size:
        sock.settimeout(_remaining(deadline))
        try:
            received = sock.recv_into(view[got:])
        except ConnectionError as error:
            raise EOFError from error
        if not received:
            raise EOFError
        got += received
    return buffer


def _remaining(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.001, deadline - time.monotonic())

import socket
import subprocess

import pytest

from dashboard.sandbox import Unavailable
from dashboard.sandbox.engine import free_port, leash, listening, need


def test_listening_is_seen_without_connecting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert listening(port)
    assert not listening(port)


def test_a_connection_is_not_a_listener() -> None:
    table = "  sl  local_address rem_address   st\n   0: 0100007F:2592 0100007F:C350 01 rest\n"
    assert not listening(0x2592, table)
    assert listening(0x2592, table.replace(" 01 ", " 0A "))


def test_free_port_can_be_used() -> None:
    with socket.create_server(("127.0.0.1", free_port())):
        pass


def test_leashed_command_runs() -> None:
    assert subprocess.check_output(leash(["echo", "here"]), text=True) == "here\n"


def test_missing_program_is_named() -> None:
    with pytest.raises(Unavailable, match="no-such-tool"):
        need("sh", "no-such-tool")

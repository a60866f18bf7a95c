"""The magics as a person meets them: in a real kernel, on the real pool and Rucio server."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from dashboard.sandbox import Sandbox

DID = "data26:data26_13p6TeV.00456003.physics_Main.AOD"


@dataclass
class Told:
    """What a cell has told."""

    printed: str = ""
    complained: str = ""
    shown: dict[str, Any] = field(default_factory=dict)
    help: str = ""
    traceback: list[str] = field(default_factory=list)


@pytest.fixture
def client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[BlockingKernelClient]:
    monkeypatch.setenv("CYGNET_SETTINGS", str(sandbox.settings_file("alice")))
    manager, client = start_new_kernel(kernel_name="python3")
    yield client
    client.stop_channels()
    manager.shutdown_kernel()


def run(client: BlockingKernelClient, code: str) -> Told:
    told = Told()

    def hear(message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        if kind == "stream" and content["name"] == "stdout":
            told.printed += content["text"]
        elif kind == "stream":
            told.complained += content["text"]
        elif kind == "execute_result":
            told.shown = content["data"]
        elif kind == "error":
            told.traceback = content["traceback"]

    reply = client.execute_interactive(code, output_hook=hear, timeout=120)
    told.help = "".join(page["data"]["text/plain"] for page in reply["content"].get("payload", []))
    return told


def test_a_day_with_the_magics(client: BlockingKernelClient) -> None:
    assert run(client, "%load_ext dashboard") == Told()

    jobs = run(client, "%jobs")
    assert not jobs.complained + "".join(jobs.traceback)
    assert jobs.shown["text/plain"] == "<Cygnet view, not looked at>"  # no browser is there
    assert "text/html" in jobs.shown

    batch = run(client, "%%condor --as batch\nexecutable = /bin/true\nrequest_memory = 64\nqueue 2\n")
    assert not batch.complained + "".join(batch.traceback)
    assert "text/html" in batch.shown
    assert run(client, "print(batch.count, set(batch.wait(90)['state']))").printed == "2 {'done'}\n"

    body = "%%condor --python --count 2 --memory 64 --as squares\nreturn index**2\n"
    assert "text/html" in run(client, body).shown
    read = "frame = squares.wait(90)\nfolder = frame['folder'].iloc[0]\n"
    read += "print([open(f'{folder}/result.{squares.cluster}.{i}.json').read() for i in range(2)])"
    assert run(client, read).printed == "['0', '1']\n"

    staged = run(client, f"%stage {DID} --to LAB-SCRATCH --lifetime 1h --as data")
    assert "text/html" in staged.shown
    assert run(client, "data.wait(90)\nprint(data.state, len(data.paths) > 0)").printed == "OK True\n"
    run(client, "data.workspace.delete_rules(data.rule_id)")

    for magic, words in (("%jobs", "batch to open"), ("%%condor", "--python"), ("%stage", "--lifetime")):
        assert words in run(client, f"{magic}?").help

    for code, words in (
        ("%jobs --nonsense", "unrecognized arguments"),
        ("%%condor\nexecutable = /bin/true\nqueue -1\n", "submit description"),
        ("%%condor --python\nreturn )\n", "not the body of a Python function"),
        ("%%condor --as 1st\nqueue\n", "not a name for a variable"),
        ("%stage nonsense", "scope:name"),
        ("%stage mc26:nope --to LAB-SCRATCH", "no such data"),
    ):
        told = run(client, code)
        assert words in told.complained
        assert told.complained.startswith("UsageError: ")
        assert len(told.complained.strip().splitlines()) == 1
        assert told.traceback == []

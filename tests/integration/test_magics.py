"""The magics, in a real IPython shell, on the real pool and Rucio server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from dashboard.settings import Settings
from tests.awaiting import awaited

RUN = "data26:data26_13p6TeV.00456003.physics_Main.AOD"


@pytest.fixture
def shell(settings: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setattr("dashboard.homes.magics.connect", lambda: __import__("dashboard").connect(settings("alice")))
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "dashboard")
    yield shell
    shell.magics_manager.registry["CygnetMagics"].workspace.close()
    InteractiveShell.clear_instance()


def test_a_submit_description(shell: InteractiveShell) -> None:
    shell.run_cell_magic("condor", "--as batch", "executable = /bin/true\nqueue 2\n")
    batch = shell.user_ns["batch"]
    assert batch.count == 2
    assert set(batch.wait(60)["state"]) == {"done"}


def test_the_body_of_a_python_function(shell: InteractiveShell) -> None:
    shell.run_cell_magic(
        "condor",
        "--python --count 3 --memory 128 --name squares --as squares",
        "value = index**2\nreturn {'square': value}\n",
    )
    batch = shell.user_ns["squares"]
    frame = batch.wait(90)
    assert set(frame["state"]) == {"done"}
    assert set(frame["batch_name"]) == {"squares"}
    folder = Path(frame["folder"].iloc[0])
    results = [json.loads((folder / f"result.{batch.cluster}.{i}.json").read_text()) for i in range(3)]
    assert results == [{"square": 0}, {"square": 1}, {"square": 4}]


def test_stage(shell: InteractiveShell) -> None:
    shell.run_line_magic("stage", f"{RUN} --to LAB-SCRATCH --lifetime 1h --as data")
    data = shell.user_ns["data"]
    awaited(lambda: data.state == "OK", "the arrival")
    assert data.did == RUN


@pytest.mark.parametrize(
    ("line", "cell", "words"),
    [
        ("condor", "executable = /bin/true\nqueue -1\n", "submit description"),
        ("condor", "executable = /bin/true\nqueue x from nothere.txt\n", r"nothere.txt.* \(seen from /.*\)\.$"),
        ("condor --python", "return )\n", "not the body of a Python function"),
        ("condor --as 1st", "queue\n", "not a name for a variable"),
        ("condor --python --memory -1", "return 1\n", "emory"),
        ("stage nonsense", None, "scope:name"),
        ("stage mc26:nope --to LAB-SCRATCH", None, "no such data"),
    ],
)
def test_errors_are_one_sentence(shell: InteractiveShell, line: str, cell: str | None, words: str) -> None:
    name, _, rest = line.partition(" ")
    run = (
        (lambda: shell.run_line_magic(name, rest)) if cell is None else (lambda: shell.run_cell_magic(name, rest, cell))
    )
    with pytest.raises(UsageError, match=words) as told:
        run()
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(("name", "kind"), [("condor", "cell"), ("jobs", "line"), ("stage", "line")])
def test_help(shell: InteractiveShell, name: str, kind: str) -> None:
    told = shell.find_magic(name, kind).__doc__ or ""
    usage = f"\n  {'%%' if kind == 'cell' else '%'}{name}"
    assert told.count(usage) == 3  # how it is written, and two examples
    assert "(default: " in told

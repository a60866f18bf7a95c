"""What the magics make of a cell, without HTCondor or Rucio."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import dashboard
from dashboard.homes.magics import CygnetMagics
from dashboard.settings import HTCondorSettings, RucioSettings, Settings


@pytest.fixture
def magics(tmp_path: Path) -> Iterator[CygnetMagics]:
    settings = Settings(HTCondorSettings(enabled=False, workdir=str(tmp_path)), RucioSettings(enabled=False), tmp_path)
    with dashboard.connect(settings) as workspace:
        magics = CygnetMagics(InteractiveShell())
        magics._workspace = workspace
        yield magics
    InteractiveShell.clear_instance()


@pytest.fixture
def described(magics: CygnetMagics, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The descriptions that would be submitted."""
    described: list[str] = []
    monkeypatch.setattr(magics.workspace, "submit", lambda text, schedd: described.append(f"{schedd or ''}{text}"))
    return described


def test_a_description_goes_as_it_is(magics: CygnetMagics, described: list[str]) -> None:
    magics.condor("", "executable = /bin/true\nqueue 2\n\n\n")
    magics.condor("--schedd near.cern.ch", "\nqueue\n")
    assert described == ["executable = /bin/true\nqueue 2\n", "near.cern.ch\nqueue\n"]


@pytest.mark.parametrize(
    ("cell", "result"),
    [
        ("return index**2", 9),
        ("    x = {'a': [index]}\n    return x", {"a": [3]}),  # as copied from a function, with braces
        ('# nothing but a comment\nreturn \'{body} """\'', '{body} """'),
        ('text = """a\n  b\nc"""\nif index:\n    return text + f"""\n{index}"""', "a\n  b\nc\n3"),
        ("", None),
    ],
)
def test_a_function_body_runs_as_a_script(
    magics: CygnetMagics, described: list[str], tmp_path: Path, cell: str, result: object
) -> None:
    magics.condor("--python --count 4 --memory 64 --name squares", cell)
    [text] = described
    [script] = tmp_path.glob("cygnet-*.py")
    assert f"initialdir = {tmp_path}\n" in text
    assert f"executable = {script}\n" in text
    assert re.search(r"^queue 4$", text, re.MULTILINE)
    subprocess.run([sys.executable, script, "17", "3"], cwd=tmp_path, check=True)
    assert json.loads((tmp_path / "result.17.3.json").read_text()) == result
    assert script.stat().st_mode & 0o100


@pytest.mark.parametrize(
    ("line", "cell", "name"),
    [
        ("--name squares", "# toys\nreturn 1", "squares"),
        ("", '\n# toy  experiments, "2026" \\\ndef fit(): pass', "toy experiments, 2026"),
        ("", f"# {'long ' * 20}\nreturn 1", "long long long long long long long …"),
        ("", "import math\ndef fit(x): return math.pi * x\nreturn fit(index)", "fit"),
        ("", "return index", "notebook cell 1"),
    ],
)
def test_a_batch_is_called_as_its_cell_calls_itself(
    magics: CygnetMagics, described: list[str], line: str, cell: str, name: str
) -> None:
    magics.condor(f"--python {line}", cell)
    assert f"batch_name = {name}\n" in described[0]


def test_what_a_cell_defines_or_imports_is_known(magics: CygnetMagics, described: list[str]) -> None:
    cell = """
        import numpy as np
        global seen
        seen = {k: v for k, v in enumerate(json.dumps([index]))}
        class Fit(dict):
            size = len(seen)
        try:
            return Fit(), np, [print(i) for i in range(3)], __file__, (lambda a: a)(1)
        except ValueError as error:
            return str(error)
    """
    magics.condor("--python", cell)
    assert len(described) == 1


@pytest.mark.parametrize(
    ("line", "cell", "words"),
    [
        ("--python", "return )", "not the body of a Python function"),
        ("--python --count 0", "return 1", "number of jobs|Jobs|count"),
        ("--as 1st", "queue", "not a name for a variable"),
        ("--nonsense", "queue", "unrecognized arguments"),
        ("--count 3", "queue", "go with --python"),
        ("--python", "return np.sqrt(index) + math.pi + index", "do not know np, math"),
        ("--python", "def fit():\n  return [x + offset for x in range(index)]\nreturn fit()", "do not know offset"),
    ],
)
def test_nothing_is_submitted_or_written_when_something_is_wrong(
    magics: CygnetMagics, described: list[str], tmp_path: Path, line: str, cell: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words) as told:
        magics.condor(line, cell)
    assert "\n" not in str(told.value)
    assert described == []
    assert list(tmp_path.glob("cygnet-*")) == []


def test_without_htcondor_it_says_so(magics: CygnetMagics) -> None:
    with pytest.raises(UsageError, match=r"^HTCondor is not configured"):
        magics.condor("", "executable = /bin/true\nqueue\n")
    with pytest.raises(UsageError, match=r"^Rucio is not configured"):
        magics.stage("mc26:some --to SOMEWHERE")

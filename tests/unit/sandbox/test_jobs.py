import subprocess
from pathlib import Path

import pytest

from dashboard.sandbox.seed.jobs import BATCHES, Batch, description, prepare

ALL = [batch for batches in BATCHES.values() for batch in batches]


@pytest.mark.parametrize("batch", ALL, ids=lambda batch: batch.name)
def test_every_batch_is_named_and_runs_its_own_script(batch: Batch, tmp_path: Path) -> None:
    folder = prepare(batch, tmp_path)
    wanted = description(batch, folder)
    assert wanted["batch_name"] == batch.name
    script = Path(wanted["executable"])
    assert script.stat().st_mode & 0o111
    assert "{name}" not in script.read_text()


def test_names_are_different() -> None:
    assert len({batch.name for batch in ALL}) == len(ALL)


def test_one_input_of_merge_ntuples_is_missing(tmp_path: Path) -> None:
    batch = next(batch for batch in ALL if batch.name == "merge-ntuples")
    folder = prepare(batch, tmp_path)
    assert [(folder / f"ntuple_{n}.root").exists() for n in range(batch.count)] == [True, True, False]


@pytest.mark.parametrize(("toy", "code"), [("2", 0), ("3", 4)])
def test_one_toy_in_four_fails(toy: str, code: int, tmp_path: Path) -> None:
    batch = next(batch for batch in ALL if batch.name == "toys-scan")
    script = prepare(batch, tmp_path) / "run"
    done = subprocess.run([str(script), toy, "0"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code

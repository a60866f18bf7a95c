from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.sandbox import EngineStatus, Sandbox, Status, Unavailable

SETTINGS = Path("/box/settings.toml")
POOL = EngineStatus("ok", "127.0.0.1:29618", "HTCondor: ready.", "2026-11-22T10:00:00+00:00", "done")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    status = Status(SETTINGS, {"htcondor": POOL}, keeper=42)
    status.write(tmp_path / "status.json")
    assert Status.read(tmp_path / "status.json", SETTINGS) == status
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]


def test_nothing_written_is_an_empty_status(tmp_path: Path) -> None:
    assert Status.read(tmp_path / "status.json", SETTINGS) == Status(SETTINGS)


def test_json_names_settings_and_each_engine() -> None:
    data = Status(SETTINGS, {"htcondor": POOL}, keeper=42).as_json()
    assert data["settings"] == str(SETTINGS)
    assert data["engines"]["htcondor"]["state"] == "ok"
    assert data["engines"]["htcondor"]["address"] == "127.0.0.1:29618"


@pytest.mark.parametrize(
    ("engine", "settled"),
    [
        (replace(POOL, state="starting"), False),
        (replace(POOL, seed="running"), False),
        (replace(POOL, seed="waiting"), False),
        (POOL, True),
        (replace(POOL, seed="failed"), True),
        (replace(POOL, state="unavailable", seed="waiting"), True),
    ],
)
def test_settled_when_nothing_more_is_to_be_expected(engine: EngineStatus, settled: bool) -> None:
    assert Status(SETTINGS, {"htcondor": engine}).settled is settled


def test_a_sandbox_never_started_is_down(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "none")
    assert not sandbox.status().up
    sandbox.down()
    assert not (tmp_path / "none").exists()


def test_a_folder_of_something_else_is_neither_used_nor_emptied(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(Unavailable, match="holds other files"):
        Sandbox(tmp_path).up(fresh=True)
    assert (tmp_path / "thesis.tex").exists()


def test_settings_file_of_each_person(tmp_path: Path) -> None:
    assert Sandbox(tmp_path).settings_file() == tmp_path / "settings.toml"
    assert Sandbox(tmp_path).settings_file("bob") == tmp_path / "settings-bob.toml"

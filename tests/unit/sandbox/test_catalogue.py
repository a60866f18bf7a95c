import configparser
import hashlib
import subprocess
import zlib
from pathlib import Path
from urllib.parse import urlparse

import pytest

from dashboard.sandbox import grid, postgresql, rucio_config
from dashboard.sandbox.catalogue import Catalogue
from dashboard.sandbox.seed.data import DATASETS, RULES, File, files
from dashboard.sandbox.unavailable import Unavailable


def test_settings_are_known_before_up_and_stay_the_same(tmp_path: Path) -> None:
    first = Catalogue(tmp_path, print).settings("alice")
    again = Catalogue(tmp_path, print)
    assert again.settings("alice") == first
    assert again.settings("bob")["password"] != first["password"]
    assert first["host"].startswith("http://127.0.0.1:")
    assert (tmp_path / "rucio" / "passwords.json").stat().st_mode & 0o077 == 0


def test_a_replica_path_leads_into_the_mount(tmp_path: Path) -> None:
    for mount in grid.mounts(tmp_path):
        pfn = f"file://localhost{tmp_path}/rse/{mount['rse']}/mc26/ab/cd/name"
        inside = urlparse(pfn).path.strip("/").split("/", mount["path_begins_at"])[-1]
        assert Path(mount["path"], inside) == Path(urlparse(pfn).path)


def test_a_sandbox_keeps_the_database_it_began_with(tmp_path: Path) -> None:
    assert Catalogue(tmp_path, print)._choose_database() == "sqlite"
    assert Catalogue(tmp_path, print, "postgresql")._choose_database() == "postgresql"  # nothing was made yet
    (tmp_path / "rucio" / "ready").touch()
    assert Catalogue(tmp_path, print)._choose_database() == "postgresql"
    with pytest.raises(Unavailable, match="keeps its tables in postgresql: begin anew with --fresh"):
        Catalogue(tmp_path, print, "sqlite")._choose_database()


def test_postgresql_is_only_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert postgresql.url(tmp_path) == f"postgresql+psycopg://rucio@/postgres?host={tmp_path}"
    assert "-c listen_addresses= " in postgresql.RUN
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert postgresql.command(Path("/bin"), tmp_path)[-3:] == ["/bin", str(tmp_path), ""]
    with pytest.raises(Unavailable, match="shorter path"):
        postgresql.prepare(tmp_path / ("x" * 100))
    monkeypatch.setattr(postgresql, "PROGRAMS", str(tmp_path))
    with pytest.raises(Unavailable, match="sudo apt install postgresql"):
        postgresql.programs(print)


def test_postgresql_is_installed_without_a_server_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 100 if "install" in command else 0, "", "E: no network\n")

    monkeypatch.setattr(postgresql, "PROGRAMS", str(tmp_path / "none"))
    monkeypatch.setattr(postgresql, "CONFIGURATION", tmp_path / "etc/createcluster.conf")
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(Unavailable, match=r"apt-get postgresql failed \(E: no network\)"):
        postgresql.programs(print)
    assert [command[-1] for command in asked] == ["update", "postgresql"]
    assert (tmp_path / "etc/createcluster.conf").read_text() == "create_main_cluster = false\n"


def test_configuration_reads_back(tmp_path: Path) -> None:
    home = tmp_path / "a folder"
    made = rucio_config.files(home, tmp_path / "rucio", f"sqlite:///{home}/rucio.db?timeout=30", "secret")
    parser = configparser.ConfigParser()
    parser.read_string(made["rucio.cfg"])
    assert parser["database"]["default"].startswith(f"sqlite:///{home}/")
    assert "traces" not in parser["api"]["endpoints"]
    assert not parser.has_option("common", "multi_vo")  # Rucio takes any text there for true


def test_example_files_are_the_same_everywhere() -> None:
    first = list(files(DATASETS[0]))
    assert [file.content for file in first] == [file.content for file in files(DATASETS[0])]
    assert len({file.name for file in first}) == DATASETS[0].count == 20


def test_example_data_is_what_was_promised() -> None:
    assert len({dataset.name for dataset in DATASETS}) >= 6
    assert len({dataset.container for dataset in DATASETS} - {None}) == 2
    assert sum(dataset.count * dataset.size for dataset in DATASETS) < 60 * grid.MB
    assert [dataset.count for dataset in DATASETS].count(1) == 1
    assert len(RULES) == 3


def test_a_file_knows_its_checksums_and_its_hashed_path() -> None:
    file = File("user.alice", "a.csv", b"mass\n91\n")
    digest = hashlib.md5(b"user.alice:a.csv", usedforsecurity=False).hexdigest()
    assert file.path == Path("user/alice", digest[:2], digest[2:4], "a.csv")
    assert file.record["adler32"] == f"{zlib.adler32(file.content):08x}"
    assert file.record["bytes"] == 8

"""Settings: where they come from, and what is refused in words."""

from pathlib import Path

import pytest

import dashboard
from dashboard import cli
from dashboard.domain.path import Mount
from dashboard.domain.problem import Problem
from dashboard.resources import resource
from dashboard.settings import HTCondorSettings, Settings, load, user_name

FULL = """
[htcondor]
pool = "127.0.0.1:9618"
owner = "alice"
interval = 2

[rucio]
host = "http://127.0.0.1:8080"
account = "alice"
password = "hush"
[[rucio.mounts]]
rse = "SITE_DISK"
path = "/eos/site"
path_begins_at = 2

[state]
folder = "~/cygnet-state"
"""


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment that knows nothing of this machine's HTCondor and Rucio."""
    monkeypatch.setattr("shutil.which", lambda _name: None)
    return {
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "RUCIO_HOME": str(tmp_path / "rucio"),
    }


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    return file


def test_a_file(tmp_path: Path, environ: dict[str, str]) -> None:
    file = written(tmp_path, FULL)
    settings = load(file, environ)
    assert settings == load(str(file), environ) == load(None, environ | {"CYGNET_SETTINGS": str(file)})
    assert settings.origin == str(file)
    assert (settings.htcondor.enabled, settings.htcondor.pool, settings.htcondor.interval) == (
        True,
        "127.0.0.1:9618",
        2,
    )
    assert settings.rucio.mounts == (Mount("SITE_DISK", "/eos/site", 2),)
    assert settings.folder == Path("~/cygnet-state").expanduser()


def test_a_password_is_never_shown(tmp_path: Path, environ: dict[str, str]) -> None:
    assert "hush" not in repr(load(written(tmp_path, FULL), environ))


def test_the_users_own_file(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "config" / "cygnet").mkdir(parents=True)
    (tmp_path / "config" / "cygnet" / "settings.toml").write_text("[rucio]\n")
    settings = load(None, environ)
    assert (settings.htcondor.enabled, settings.rucio.enabled) == (False, True)
    assert settings.folder == tmp_path / "state" / "cygnet"


def test_a_table_can_be_disabled(tmp_path: Path, environ: dict[str, str]) -> None:
    assert not load(written(tmp_path, "[rucio]\nenabled = false\n"), environ).rucio.enabled


def test_a_machine_without_anything(environ: dict[str, str]) -> None:
    settings = load(None, environ)
    if not Path("/etc/condor/condor_config").exists():
        assert not settings.htcondor.enabled
    assert not settings.rucio.enabled
    assert "this machine" in settings.origin


def test_the_machines_own_configuration(tmp_path: Path, environ: dict[str, str]) -> None:
    config = tmp_path / "rucio" / "etc" / "rucio.cfg"
    config.parent.mkdir(parents=True)
    config.touch()
    settings: Settings = load(None, environ | {"CONDOR_CONFIG": "/somewhere"})
    assert settings.htcondor.enabled
    assert (settings.rucio.enabled, settings.rucio.config) == (True, str(config))
    other = tmp_path / "other.cfg"
    other.touch()
    assert load(None, environ | {"RUCIO_CONFIG": str(other)}).rucio.config == str(other)


SWAN = {
    "CERN_HTCONDOR": "true",
    "CONDOR_CONFIG": "/srv/config-condor-swan/condor_config",
    "SWAN_USE_RUCIO": "true",
    "SWAN_RUCIO_INSTANCE": "atlas",
    "SWAN_RUCIO_RSE": "CERN-PROD_PHYS-TOP",
    "SWAN_RUCIO_RSE_PATH": "/eos/atlas/atlasgroupdisk/phys-top",
    "SWAN_RUCIO_RSE_PATH_BEGINS_AT": "4",
}


def test_what_swan_says(tmp_path: Path, environ: dict[str, str]) -> None:
    config = tmp_path / "rucio" / "etc" / "rucio.cfg"
    config.parent.mkdir(parents=True)
    config.touch()
    settings = load(None, environ | SWAN)
    assert (settings.htcondor.enabled, settings.htcondor.kerberos) == (True, True)
    assert settings.rucio.mounts == (Mount("CERN-PROD_PHYS-TOP", "/eos/atlas/atlasgroupdisk/phys-top", 4),)
    assert settings.origin == "SWAN's session"
    assert not load(None, environ).htcondor.kerberos
    assert load(None, environ | SWAN | {"SWAN_RUCIO_RSE": ""}).rucio.mounts == ()
    with pytest.raises(Problem, match="SWAN_RUCIO_RSE_PATH_BEGINS_AT = 'four' should be a whole number"):
        load(None, environ | SWAN | {"SWAN_RUCIO_RSE_PATH_BEGINS_AT": "four"})


def test_several_schedds(tmp_path: Path, environ: dict[str, str]) -> None:
    def of(schedd: str) -> HTCondorSettings:
        return load(written(tmp_path, f"[htcondor]\nschedd = {schedd}\n"), environ).htcondor

    alone = of('"bigbird01.cern.ch"')
    assert alone == of('["bigbird01.cern.ch"]')
    assert alone.each() == (alone,)
    several = of('["bigbird01.cern.ch", "bigbird02.cern.ch"]').each()
    assert [(one.schedd, one.label) for one in several] == [
        ("bigbird01.cern.ch", "bigbird01"),
        ("bigbird02.cern.ch", "bigbird02"),
    ]
    alike = of('["schedd@a.org", "schedd@b.org"]').each()
    assert [one.label for one in alike] == ["schedd@a.org", "schedd@b.org"]


@pytest.mark.parametrize("schedd", ["7", "[]", '["a", ""]', '["a", "A"]', '["a", 7]', '"a b"', "true"])
def test_what_cannot_be_schedds_is_refused(tmp_path: Path, environ: dict[str, str], schedd: str) -> None:
    with pytest.raises(Problem, match="should be the name of a schedd, or a list of different names"):
        load(written(tmp_path, f"[htcondor]\nschedd = {schedd}\n"), environ)


def test_a_label_is_no_setting(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(Problem, match="which Cygnet does not know"):
        load(written(tmp_path, '[htcondor]\nlabel = "a"\n'), environ)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[htcondor", "not valid TOML"),
        ("[condor]", r"a table \[condor\]"),
        ("[htcondor]\npol = 'x'", "“pol”, which Cygnet does not know; it knows .*pool"),
        ("[htcondor]\npool = 5", "pool = 5 should be a text"),
        ("[htcondor]\ninterval = 'often'", "interval = 'often' should be a number"),
        ("[htcondor]\ninterval = 0.1", "between 0.5 and 600 seconds"),
        ("[rucio]\ninterval = 601", "between 0.5 and 600 seconds"),
        ("[rucio]\nenabled = 'yes'", "should be true or false"),
        ("[[rucio.mounts]]\nrse = 'X'", "path"),
        ("[[rucio.mounts]]\nrse = 'X'\npath = '/x'\nroot = '/'", "“root”, which Cygnet does not know"),
        ("[rucio]\nmounts = 'SITE'", "mounts"),
        ("rucio = 5", "rucio"),
        ("[state]\nfolder = 5", "folder"),
        ("[htcondor]\ninterval = nan", "between 0.5 and 600 seconds"),
        ("[htcondor]\ndeadline = -1", "deadline"),
        ("[htcondor]\ninterval = true", "should be a number"),
    ],
)
def test_what_cannot_be_is_refused_in_words(tmp_path: Path, environ: dict[str, str], text: str, words: str) -> None:
    with pytest.raises(Problem, match=words) as told:
        load(written(tmp_path, text), environ)
    assert told.value.kind == "invalid"
    assert str(tmp_path / "settings.toml") in told.value.sentence, "it says which file"


def test_text_in_another_encoding(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "settings.toml").write_bytes(b"# \xff\n")
    with pytest.raises(Problem, match=r"settings\.toml is not a text in UTF-8: save it as one"):
        load(tmp_path / "settings.toml", environ)


@pytest.mark.parametrize("named", [True, False])
def test_a_file_that_cannot_be_read(
    tmp_path: Path,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    named: bool,
) -> None:
    """Neither a traceback, nor as if there were none; the tests may run as root, who may read all."""
    folder = tmp_path / "config" / "cygnet" / "settings.toml"
    folder.mkdir(parents=True)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, environ[name])
    monkeypatch.delenv("CYGNET_SETTINGS", raising=False)
    asked = ["--settings", str(folder)] if named else []
    assert cli.main(["serve", *asked]) == 2
    assert capsys.readouterr().err == (
        f"cygnet: The settings file {folder} cannot be read (Is a directory): name the file in it, "
        "or name another file.\n"
    )

    def refuse(self: Path, **_options: str) -> str:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(
        Problem, match=r"cannot be read \(Permission denied\): give yourself the right to read it"
    ) as told:
        dashboard.connect(folder if named else None)
    assert told.value.kind == "invalid"


def test_what_the_machine_keeps_closed_is_not_there(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    assert not load(None, environ).rucio.enabled


def test_a_named_file_must_be_there(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(Problem, match="is not there") as told:
        load(tmp_path / "nothing.toml", environ)
    assert told.value.kind == "missing"


def test_user_name() -> None:
    assert user_name()


def test_resources() -> None:
    assert resource("assets/theme.css").is_file()
    with pytest.raises(FileNotFoundError, match="install Cygnet again"):
        resource("assets/nothing")

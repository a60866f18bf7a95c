"""What `cygnet doctor` says before it tries the backends, and where."""

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.doctor import examine
from dashboard.settings import Settings, load

SWAN = {"CERN_HTCONDOR": "true", "KRB5CCNAME": "FILE:{}/krb5cc"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A SWAN session without HTCondor's and Rucio's configuration."""
    for name, value in SWAN.items():
        monkeypatch.setenv(name, value.format(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = load(None, {"CERN_HTCONDOR": "true", "XDG_CONFIG_HOME": str(tmp_path), "RUCIO_HOME": str(tmp_path)})
    return replace(found, htcondor=replace(found.htcondor, enabled=False))


def test_without_a_ticket_it_says_kinit(settings: Settings, tmp_path: Path) -> None:
    findings = {finding.name: finding for finding in examine(settings)}
    assert not findings["kerberos"].ok
    assert findings["kerberos"].mend == "Run kinit, then try again."
    assert "when you start the session" in findings["htcondor"].mend
    assert "when you start the session" in findings["rucio"].mend
    (tmp_path / "krb5cc").touch()
    assert {finding.name: finding.ok for finding in examine(settings)}["kerberos"]


def test_elsewhere_nothing_is_said_of_tickets(settings: Settings) -> None:
    elsewhere = replace(settings, htcondor=replace(settings.htcondor, kerberos=False))
    assert [finding.name for finding in examine(elsewhere)] == ["settings", "htcondor", "rucio"]


def test_each_of_several_schedds_is_told(settings: Settings) -> None:
    several = replace(settings, htcondor=replace(settings.htcondor, schedd=("a.cern.ch", "b.cern.ch"), kerberos=False))
    assert [finding.name for finding in examine(several)] == ["settings", "htcondor a", "htcondor b", "rucio"]


@pytest.mark.parametrize(("code", "ok"), [(0, True), (1, False)])
def test_klist_knows_when_a_ticket_is_old(settings: Settings, tmp_path: Path, code: int, ok: bool) -> None:
    (tmp_path / "klist").write_text(f"#!/bin/sh\n[ $1 = -s ] && exit {code}\n")
    (tmp_path / "klist").chmod(0o755)
    (tmp_path / "krb5cc").touch()
    assert {finding.name: finding.ok for finding in examine(settings)}["kerberos"] is ok

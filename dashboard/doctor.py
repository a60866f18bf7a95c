"""``cygnet doctor``: each connection tried, what is wrong, and the line that mends it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dashboard.domain.problem import Problem
from dashboard.feed.process import WorkerProcess
from dashboard.settings import Settings, on_swan

_MEND = {
    ("htcondor", "off"): 'Set CONDOR_CONFIG, or write a [htcondor] table with pool = "host:port" in the settings file.',
    ("htcondor", "unreachable"): "Check that the pool is up and the address right: condor_status -schedd",
    ("htcondor", "timeout"): "The schedd is there but silent: look at its log, or try again later.",
    ("htcondor", "denied"): "Renew your credentials (kinit, or condor_token_fetch), then try again.",
    ("rucio", "off"): "Set RUCIO_HOME to where etc/rucio.cfg is, or write a [rucio] table in the settings file.",
    ("rucio", "unreachable"): "Check rucio_host in rucio.cfg and that the server is up: rucio ping",
    ("rucio", "timeout"): "The server is there but slow: try again later.",
    ("rucio", "denied"): "Check account, auth_type and password, certificate or token: rucio whoami",
    ("rucio", "expired"): "Renew your proxy or token (voms-proxy-init, or a new login), then try again.",
}
_CHOOSE = "Choose {} when you start the session (SWAN's menu: Change configuration)."
_MEND_ON_SWAN = {
    ("htcondor", "off"): _CHOOSE.format("the HTCondor pool"),
    ("htcondor", "denied"): "Run kinit in a terminal, then try again.",
    ("rucio", "off"): _CHOOSE.format("a Rucio instance"),
    ("rucio", "expired"): "Run voms-proxy-init in a terminal (or sign in anew), then try again.",
}


@dataclass(frozen=True)
class Finding:
    """What one check found; ``mend`` is the line that mends it, empty when all is well."""

    name: str
    ok: bool
    sentence: str
    mend: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def examine(settings: Settings) -> Iterator[Finding]:
    """Try each backend, one after the other."""
    yield Finding("settings", True, f"read from {settings.origin}")
    if settings.htcondor.kerberos:
        yield _ticket()
    for one in settings.htcondor.each():
        yield _try("htcondor", one, one.label)
    yield _try("rucio", settings.rucio)


def _ticket() -> Finding:
    cache = os.environ.get("KRB5CCNAME") or f"/tmp/krb5cc_{os.getuid()}"  # noqa: S108  Kerberos' own default
    if shutil.which("klist"):
        valid = subprocess.run(["klist", "-s"], check=False).returncode == 0
    else:
        valid = Path(cache.removeprefix("FILE:")).is_file()
    if valid:
        return Finding("kerberos", True, f"there is a valid ticket in {cache}")
    return Finding("kerberos", False, f"there is no valid ticket in {cache}", "Run kinit, then try again.")


def _try(name: str, settings: Any, label: str = "") -> Finding:
    """Try a backend, or of several schedds the one of this label."""
    mend = _MEND | (_MEND_ON_SWAN if on_swan() else {})
    called = f"{name} {label}".rstrip()
    if not settings.enabled:
        return Finding(called, False, "is not configured", mend[name, "off"])
    worker = WorkerProcess(name, settings)
    try:
        who, where = worker.ask("who", deadline=max(settings.deadline, 10.0))
    except Problem as problem:
        return Finding(called, False, problem.sentence, mend.get((name, problem.kind), ""))
    finally:
        worker.kill()
    return Finding(called, True, f"answers as {who} at {where}")

"""``cygnet doctor``: each connection tried, what is wrong, and the line that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from dashboard.domain.problem import Problem
from dashboard.feed.process import WorkerProcess
from dashboard.settings import Settings

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
    for name in ("htcondor", "rucio"):
        yield _try(name, getattr(settings, name))


def _try(name: str, settings: Any) -> Finding:
    if not settings.enabled:
        return Finding(name, False, "is not configured", _MEND[name, "off"])
    worker = WorkerProcess(name, settings)
    try:
        who, where = worker.ask("who", deadline=max(settings.deadline, 10.0))
    except Problem as problem:
        return Finding(name, False, problem.sentence, _MEND.get((name, problem.kind), ""))
    finally:
        worker.kill()
    return Finding(name, True, f"answers as {who} at {where}")

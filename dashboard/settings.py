"""Typed settings, from a file, the environment, and HTCondor's and Rucio's own configuration.

The file is TOML: ``--settings``, ``connect(settings=…)``, ``CYGNET_SETTINGS``, otherwise ``cygnet/settings.toml`` below
the user's configuration folder when it is there. Without a file Cygnet uses what the machine has: HTCondor's
configuration (``CONDOR_CONFIG``, ``/etc/condor``) and Rucio's (``RUCIO_CONFIG``, ``RUCIO_HOME``, ``/opt/rucio``), and
what SWAN says (``CERN_HTCONDOR``, ``SWAN_RUCIO_*``).
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from dashboard.domain.label import labels
from dashboard.domain.path import Mount
from dashboard.domain.problem import Problem

EVERYBODY = "*"
"""The owner whose jobs are those of all."""


@dataclass(frozen=True)
class HTCondorSettings:
    """How to reach one schedd, or several, as one identity.

    Attributes
    ----------
    pool
        Address of the collector, ``host:port``; empty: HTCondor's own configuration.
    schedd
        Name of the schedd, or of several; empty: the default one.
    owner
        Whose jobs; empty: as the schedd knows us; ``*``: everybody's, to look at.
    token_directory
        Folder of IDTOKENS, when not the default one.
    config
        ``CONDOR_CONFIG`` for the worker (``ONLY_ENV``: none); empty: as it is.
    interval, deadline
        Seconds between ticks, and after which an unanswered one is given up.
    workdir
        Initial directory of submissions; empty: the current one.
    history_days
        How far back finished jobs are shown.
    max_rows
        Jobs in the queue whose rows are kept, newest batches first; of more only those of opened batches are read.
    kerberos
        Give the pool a Kerberos ticket with every submission, for the jobs to use (as CERN's pool wants).
    label
        What the schedd is called in ids, when it is one of several (`each`); no setting of its own.
    """

    enabled: bool = False
    pool: str = ""
    schedd: str | tuple[str, ...] = ""
    owner: str = ""
    token_directory: str = ""
    config: str = ""
    interval: float = 10.0
    deadline: float = 15.0
    workdir: str = ""
    history_days: float = 3.0
    max_rows: int = 200_000
    kerberos: bool = False
    label: str = field(default="", metadata={"made": True})

    @property
    def schedds(self) -> tuple[str, ...]:
        """Names of the schedds; one empty name: the default one."""
        return (self.schedd,) if isinstance(self.schedd, str) else self.schedd

    def each(self) -> tuple[HTCondorSettings, ...]:
        """Settings for each of the schedds by itself, those of one alone unchanged."""
        if isinstance(self.schedd, str):
            return (self,)
        pairs = zip(self.schedd, labels(self.schedd), strict=True)
        return tuple(replace(self, schedd=name, label=label) for name, label in pairs)


@dataclass(frozen=True)
class RucioSettings:
    """How to reach one Rucio instance as one account; empty values: as ``rucio.cfg`` and the environment say."""

    enabled: bool = False
    host: str = ""
    auth_host: str = ""
    account: str = ""
    auth_type: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    ca_cert: str = ""
    config: str = ""
    interval: float = 10.0
    deadline: float = 20.0
    mounts: tuple[Mount, ...] = ()


@dataclass(frozen=True)
class Settings:
    """All settings.

    Attributes
    ----------
    folder
        Holds the audit log and caches.
    history_mb
        Size of the cache of finished jobs above which the oldest are forgotten, in MB: some 15,000 jobs each.
    origin
        Where the settings came from.
    """

    htcondor: HTCondorSettings
    rucio: RucioSettings
    folder: Path
    origin: str = "defaults"
    history_mb: float = 500.0


@dataclass(frozen=True)
class _State:
    folder: str = ""
    history_mb: float = 500.0


T = TypeVar("T", HTCondorSettings, RucioSettings, Mount, _State)

_NAMES = {str: "a text in quotes", float: "a number", int: "a whole number", bool: "true or false"}


def load(path: str | Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises
    ------
    Problem
        ``missing`` when the named file is not there, ``invalid`` when it cannot be read or says something that cannot
        be.
    """
    named = path or environ.get("CYGNET_SETTINGS")
    file = Path(named).expanduser() if named else _config_home(environ) / "cygnet" / "settings.toml"
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        if not named:
            return _from_machine(environ)
        sentence = f"The settings file {file} is not there: check --settings or CYGNET_SETTINGS."
        raise Problem("missing", sentence) from error
    except UnicodeDecodeError as error:
        raise Problem("invalid", f"The settings file {file} is not a text in UTF-8: save it as one.") from error
    except OSError as error:
        mend = "name the file in it" if isinstance(error, IsADirectoryError) else "give yourself the right to read it"
        sentence = f"The settings file {file} cannot be read ({error.strerror}): {mend}, or name another file."
        raise Problem("invalid", sentence) from error
    return _from_file(file, text, environ)


def _from_file(file: Path, text: str, environ: Mapping[str, str]) -> Settings:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Problem("invalid", f"The settings file {file} is not valid TOML: {error}.") from error
    names = ("htcondor", "rucio", "state")
    if unknown := tables.keys() - set(names):
        raise Problem("invalid", f"{file} has a table [{min(unknown)}] that Cygnet does not know.")
    htcondor, rucio, state = (_table(tables.get(name, {}), f"{file} [{name}]") for name in names)
    mounts = rucio.pop("mounts", [])
    if not isinstance(mounts, list):
        raise Problem("invalid", f"{file} [rucio]: mounts = {mounts!r} should be tables: write [[rucio.mounts]].")
    if "schedd" in htcondor:
        htcondor["schedd"] = _schedd(htcondor["schedd"], f"{file} [htcondor]")
    rucio["mounts"] = tuple(_typed(Mount, mount, f"{file} [[rucio.mounts]]") for mount in mounts)
    kept = _typed(_State, state, f"{file} [state]")
    return Settings(
        htcondor=_typed(HTCondorSettings, {"enabled": "htcondor" in tables, **htcondor}, f"{file} [htcondor]"),
        rucio=_typed(RucioSettings, {"enabled": "rucio" in tables, **rucio}, f"{file} [rucio]"),
        folder=Path(kept.folder).expanduser() if kept.folder else _state_home(environ) / "cygnet",
        origin=str(file),
        history_mb=kept.history_mb,
    )


def _from_machine(environ: Mapping[str, str]) -> Settings:
    condor = "CONDOR_CONFIG" in environ or _there("/etc/condor/condor_config") or shutil.which("condor_q")
    homes = [environ.get("RUCIO_CONFIG", ""), f"{environ.get('RUCIO_HOME', '/opt/rucio')}/etc/rucio.cfg"]
    rucio = next((name for name in homes if name and _there(name)), "")
    swan = on_swan(environ)
    return Settings(
        htcondor=HTCondorSettings(enabled=bool(condor), kerberos=environ.get("CERN_HTCONDOR") == "true"),
        rucio=RucioSettings(enabled=bool(rucio), config=rucio, mounts=_swan_mounts(environ)),
        folder=_state_home(environ) / "cygnet",
        origin="SWAN's session" if swan else "this machine's HTCondor and Rucio configuration",
    )


def _there(file: str) -> bool:
    """Whether there is such a file; one in a folder that is closed to us is none."""
    try:
        return Path(file).is_file()
    except OSError:
        return False


def on_swan(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this is a session of CERN's SWAN."""
    return any(name in environ for name in ("SWAN_LIB_DIR", "SWAN_USE_RUCIO", "CERN_HTCONDOR"))


def _swan_mounts(environ: Mapping[str, str]) -> tuple[Mount, ...]:
    rse, path = (environ.get(f"SWAN_RUCIO_{name}", "") for name in ("RSE", "RSE_PATH"))
    begins_at = environ.get("SWAN_RUCIO_RSE_PATH_BEGINS_AT") or "0"
    if not rse or not path:
        return ()
    if not begins_at.isdecimal():
        raise Problem("invalid", f"SWAN_RUCIO_RSE_PATH_BEGINS_AT = {begins_at!r} should be a whole number.")
    return (Mount(rse, path, int(begins_at)),)


def _schedd(given: Any, where: str) -> str | tuple[str, ...]:
    """The name of a schedd, or those of several."""
    names = given if isinstance(given, list) else [given]
    fits = all(isinstance(name, str) and not re.search(r"\s", name) for name in names)
    alone = isinstance(given, str)
    if not fits or not (alone or (names and all(names) and len({name.casefold() for name in names}) == len(names))):
        raise Problem(
            "invalid", f"{where}: schedd = {given!r} should be the name of a schedd, or a list of different names."
        )
    return str(names[0]) if len(names) == 1 else tuple(names)


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Problem("invalid", f"{where} should be a table, not {value!r}.")
    return dict(value)


def _typed(kind: type[T], value: Any, where: str) -> T:
    table = _table(value, where)
    hints = get_type_hints(kind)
    known = {item.name for item in fields(kind) if not item.metadata.get("made")}
    for key, given in table.items():
        if key not in known:
            raise Problem(
                "invalid", f"{where} has “{key}”, which Cygnet does not know; it knows {', '.join(sorted(known))}."
            )
        wanted = _NAMES.get(hints[key])
        # True is an int to Python, but not to people.
        fits = isinstance(given, (int, float) if hints[key] is float else hints[key]) if wanted else True
        if not fits or (isinstance(given, bool) and hints[key] is not bool):
            raise Problem("invalid", f"{where}: {key} = {given!r} should be {wanted}.")
        if key in ("interval", "deadline") and not 0.5 <= given <= 600:
            raise Problem("invalid", f"{where}: {key} = {given} should be between 0.5 and 600 seconds.")
        if key == "history_mb" and not given >= 1:
            raise Problem("invalid", f"{where}: {key} = {given} should be 1 or more.")
    for item in fields(kind):
        if item.default is MISSING and item.name not in table:
            raise Problem("invalid", f"{where} does not say {item.name}.")
    return kind(**table)


def user_name() -> str:
    """Login name of the person who runs Cygnet."""
    return getpass.getuser()


def _config_home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _state_home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")

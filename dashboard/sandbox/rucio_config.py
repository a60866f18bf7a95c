"""The configuration files of the sandbox's Rucio server: pure text, made from its folder."""

from pathlib import Path

ENDPOINTS = (
    "accounts, auth, config, credentials, dids, export, heartbeats, identities, import, lifetime_exceptions, locks, "
    "meta_conventions, ping, redirect, replicas, requests, rses, rules, scopes, subscriptions"
)
"""Rucio's own list without the traces, which want a folder of the system."""

ALEMBIC_LOGGING = {
    "loggers": {"keys": "root"},
    "handlers": {"keys": "stderr"},
    "formatters": {"keys": "plain"},
    "logger_root": {"level": "WARNING", "handlers": "stderr"},
    "handler_stderr": {"class": "StreamHandler", "args": "(sys.stderr,)", "formatter": "plain"},
    "formatter_plain": {"format": "%(levelname)s %(name)s: %(message)s"},
}
"""Alembic does not start without."""


def files(home: Path, package: Path, database_url: str, root_password: str) -> dict[str, str]:
    """Return name and text of the files in `etc`.

    Parameters
    ----------
    home
        The server's folder, RUCIO_HOME.
    package
        Folder of the installed `rucio` package of the server.
    database_url
        SQLAlchemy address of the database.
    root_password
        Password of Rucio's root account.
    """
    rucio = {
        "common": {"logdir": f"{home / 'log'}", "loglevel": "WARNING"},
        "database": {"default": database_url},
        "alembic": {"cfg": f"{home / 'etc' / 'alembic.ini'}"},
        "bootstrap": {"userpass_identity": "root", "userpass_pwd": root_password},
        "policy": {
            "package": "sandbox_policy",
            "permission": "generic",
            "schema": "generic",
            "lfn2pfn_algorithm_default": "hash",
        },
        "api": {"endpoints": ENDPOINTS},
        "transfers": {"multihop_rse_expression": ""},
        "cache": {"url": "127.0.0.1:1"},  # nobody: never a memcached of this machine
    }
    alembic = {"script_location": f"{package / 'db' / 'sqla' / 'migrate_repo'}", "sqlalchemy.url": database_url}
    return {"rucio.cfg": ini(rucio), "alembic.ini": ini({"alembic": alembic} | ALEMBIC_LOGGING)}


def ini(sections: dict[str, dict[str, str]]) -> str:
    """Return sections of options as `configparser` reads them back; values must have no per cent sign."""
    lines: list[str] = []
    for section, options in sections.items():
        lines += [f"[{section}]", *(f"{name} = {value}" for name, value in options.items()), ""]
    return "\n".join(lines)

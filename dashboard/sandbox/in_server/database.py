"""SQLite for several processes at once."""

import sqlite3

from rucio.db.sqla.session import get_engine
from sqlalchemy import event


def wait_for_turns() -> None:
    """Make a transaction that writes wait for its turn at its first change instead of failing in the middle.

    Rucio changes temporary tables, then reads, then writes. Begun as SQLite does by default, such a transaction fails
    at once with "database is locked" whenever another process wrote since its reading; IMMEDIATE rules that out. (In
    the address of the database SQLAlchemy 2.0 ignores `isolation_level`.)
    """
    engine = get_engine()
    if engine.dialect.name == "sqlite":
        event.listen(engine, "checkout", _begin_immediately)  # not "connect": importing Rucio opens connections


def _begin_immediately(connection: sqlite3.Connection, *_: object) -> None:
    connection.isolation_level = "IMMEDIATE"

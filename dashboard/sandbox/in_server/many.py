"""Gives alice very many rules, and one dataset of very many files, for tests of scale.

Runs in the server's own environment: `python many.py RULES FILES`. Straight into the tables, since Rucio's REST
interface would take minutes; as if all had long been in place, so that no daemon has anything to do. Nothing is in the
storage elements.
"""

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from rucio.common.types import InternalAccount, InternalScope
from rucio.common.utils import generate_uuid
from rucio.core.rse import get_rse_id
from rucio.db.sqla import models
from rucio.db.sqla.constants import (
    DatabaseOperationType,
    DIDType,
    LockState,
    ReplicaState,
    RuleGrouping,
    RuleNotification,
    RuleState,
)
from rucio.db.sqla.session import db_session
from sqlalchemy import insert, text

ACCOUNT, SCOPE, RSE = "alice", "mc26", "LAB-SCRATCH"
BIG = "mc26_13p6TeV.900000.Many.AOD"
SIZE = 1_000_000  # bytes of a file
STARTED = timedelta(days=30)  # ago, the first rule; the others spread from there on


def dataset(name: str, files: int, made: datetime, rse_id: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield table and row of everything that a dataset of so many files, in place by a rule, consists of."""
    account, scope = InternalAccount(ACCOUNT), InternalScope(SCOPE)
    times = {"created_at": made, "updated_at": made}
    did = {"scope": scope, "account": account, "is_open": True, "is_new": False, **times}
    names = [f"{name}._{number:06d}.root" for number in range(1, files + 1)]
    yield models.DataIdentifier, did | {"name": name, "did_type": DIDType.DATASET, "bytes": None}
    for file in names:
        yield models.DataIdentifier, did | {"name": file, "did_type": DIDType.FILE, "bytes": SIZE}
    for file in names:
        child = {"child_scope": scope, "child_name": file, "child_type": DIDType.FILE, "bytes": SIZE}
        yield (
            models.DataIdentifierAssociation,
            {"scope": scope, "name": name, "did_type": DIDType.DATASET, **child, **times},
        )
    there = {"scope": scope, "rse_id": rse_id, **times}
    for file in names:
        replica = {"name": file, "bytes": SIZE, "state": ReplicaState.AVAILABLE, "lock_cnt": 1}
        yield models.RSEFileAssociation, there | replica
    whole = {"bytes": files * SIZE, "length": files, "available_bytes": files * SIZE, "available_replicas_cnt": files}
    kind = {"name": name, "did_type": DIDType.DATASET, "state": ReplicaState.AVAILABLE}
    yield models.CollectionReplica, there | kind | whole
    rule = {
        "id": generate_uuid(),
        "scope": scope,
        "name": name,
        "account": account,
        "did_type": DIDType.DATASET,
        "state": RuleState.OK,
        "rse_expression": RSE,
        "copies": 1,
        "locks_ok_cnt": files,
        "locks_replicating_cnt": 0,
        "locks_stuck_cnt": 0,
        "grouping": RuleGrouping.DATASET,
        "notification": RuleNotification.NO,
        "activity": "User Subscriptions",
        **times,
    }
    yield models.ReplicationRule, rule
    for file in names:
        lock = {"name": file, "rule_id": rule["id"], "account": account, "bytes": SIZE, "state": LockState.OK}
        yield models.ReplicaLock, there | lock


def fill(rules: int, files: int) -> None:
    """Make so many rules for datasets of one file each, and one more for a dataset of so many files."""
    now = datetime.utcnow().replace(microsecond=0)
    with db_session(DatabaseOperationType.WRITE) as session:
        rse_id = get_rse_id(RSE, session=session)
        tables: dict[Any, list[dict[str, Any]]] = {}
        for number in range(rules):
            made = now - STARTED * ((rules - number) / rules)
            for table, row in dataset(f"mc26_13p6TeV.{900001 + number}.One.AOD", 1, made, rse_id):
                tables.setdefault(table, []).append(row)
        for table, row in dataset(BIG, files, now - timedelta(hours=1), rse_id):
            tables.setdefault(table, []).append(row)
        if session.bind.dialect.name == "postgresql":
            # All refer to what is there: no need to look each time.
            session.execute(text("SET LOCAL session_replication_role = replica"))
        for table, made_rows in tables.items():
            # Past the object mapper, which would ask for some rows one by one.
            session.connection().execute(insert(table.__table__), made_rows)


if __name__ == "__main__":
    fill(int(sys.argv[1]), int(sys.argv[2]))

"""Makes the database of the sandbox's Rucio server: accounts, scopes, storage elements, distances, quotas.

Runs once per sandbox, in the server's own environment: `python bootstrap.py content.json`. The file is written by
`dashboard.sandbox.catalogue`; its shape is `dashboard.sandbox.grid.content`.
"""

import itertools
import json
import sys
from pathlib import Path
from typing import Any

from rucio.common.types import InternalAccount, InternalScope
from rucio.core.account import add_account
from rucio.core.account_limit import set_local_account_limit
from rucio.core.distance import add_distance
from rucio.core.identity import add_account_identity
from rucio.core.meta_conventions import add_key, add_value
from rucio.core.rse import add_protocol, add_rse, add_rse_attribute
from rucio.core.scope import add_scope
from rucio.db.sqla.constants import AccountType, DatabaseOperationType, IdentityType
from rucio.db.sqla.session import db_session
from rucio.db.sqla.util import build_database, create_base_vo, create_root_account

UNLIMITED = -1


def make_storage(element: dict[str, Any], session: Any) -> str:
    """Add one storage element that is a folder of this machine; return its id."""
    rse_id: str = add_rse(
        element["name"],
        deterministic=True,
        availability_read=True,
        availability_write=True,
        availability_delete=True,
        session=session,
    )
    allowed = {"read": 1, "write": 1, "delete": 1}
    add_protocol(
        rse_id,
        {
            "scheme": "file",
            "hostname": "localhost",
            "port": 0,
            "prefix": element["path"],
            "impl": "rucio.rse.protocols.posix.Default",
            "domains": {"lan": allowed, "wan": allowed | {"third_party_copy_read": 1, "third_party_copy_write": 1}},
        },
        session=session,
    )
    for key, value in element["attributes"].items():
        add_rse_attribute(rse_id, key, value, session=session)
    return rse_id


def make_account(name: str, password: str, scopes: list[str], session: Any) -> None:
    """Add an ordinary account that signs in by name and password, and its scopes."""
    account = InternalAccount(name)
    email = f"{name}@localhost"
    add_account(account, AccountType.USER, email, session=session)
    add_account_identity(name, IdentityType.USERPASS, account, email, default=True, password=password, session=session)
    for scope in scopes:
        add_scope(InternalScope(scope), account, session=session)


def fill(content: dict[str, Any], session: Any) -> None:
    """Add everything to a database that has only Rucio's root account."""
    root = InternalAccount("root")
    add_key("datatype", "DATASET", session=session)
    for datatype in content["datatypes"]:
        add_value("datatype", datatype, session=session)
    for scope in content["scopes"]:
        add_scope(InternalScope(scope), root, session=session)
    for account in content["accounts"]:
        make_account(account["name"], account["password"], account["scopes"], session)
    ids = {element["name"]: make_storage(element, session) for element in content["storage"]}
    for source, destination in itertools.permutations(ids.values(), 2):
        add_distance(source, destination, distance=1, session=session)
    for element in content["storage"]:
        limits = {"root": UNLIMITED} | element["quota"]
        for name, limit in limits.items():
            set_local_account_limit(InternalAccount(name), ids[element["name"]], limit, session=session)


def main(content: dict[str, Any]) -> None:
    """Build the database and fill it."""
    build_database()
    create_base_vo()
    create_root_account()
    with db_session(DatabaseOperationType.WRITE) as session:
        fill(content, session)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))

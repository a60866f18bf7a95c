"""What one account's rules are now: ticks and single reads; staging and deleting."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
from rucio.common import exception as rucio

from dashboard.backends.rucio.session import Session, details
from dashboard.backends.sent import Sent
from dashboard.domain import rule
from dashboard.domain.change import Change
from dashboard.domain.did import Did
from dashboard.domain.outcome import Item
from dashboard.domain.path import local_path, mount_of
from dashboard.domain.problem import Problem
from dashboard.settings import RucioSettings

USAGE_EVERY = 15.0
"""Seconds between looks at quota and RSEs, which move slowly and cost the server more than the rules do."""

SIZES_AT_A_TIME = 10
"""Sizes of data asked for in one tick at most."""

COMMENT = "staged with Cygnet"


class Rucio:
    """One Rucio instance as one account.

    A tick is one request for my rules; what was sent before is remembered here, so only rows that differ are sent.
    """

    def __init__(self, settings: RucioSettings) -> None:
        self._session = Session(settings)
        self._settings = settings
        self._sent = Sent()
        self._totals: dict[str, pd.DataFrame] = {}
        self._totals_read = float("-inf")
        self._sizes: dict[tuple[str, int], float] = {}

    def tick(self, cursor: int | None) -> Change:
        """Rules changed since the cursor; all of them without one (REST: GET /rules/?account=…)."""
        with self._session.asked() as client:
            now = datetime.now(UTC).replace(microsecond=0)
            rules = list(client.list_replication_rules(filters={"account": client.account}))
            full = self._sent.begin(cursor)
            if full or time.monotonic() - self._totals_read > USAGE_EVERY:
                self._totals = {"usage": _usage(client), "rses": self._rses(client)}
                self._totals_read = time.monotonic()
            rows = {str(raw["id"]): {"id": str(raw["id"]), **rule.row(raw)} for raw in rules}
            self._size(client, rows)
        removals = self._sent.absent(rows)
        self._sent.forget(removals)
        upserts = rule.table(self._sent.changed(rows))
        return Change(self._sent.end(), now, upserts, removals, full, self._totals)

    def _size(self, client: Any, rows: Mapping[str, dict[str, Any]]) -> None:
        """Put the size of each rule's data into its row; a rule itself has none (REST: GET /dids/{scope}/{name}).

        Sizes are asked for once for each number of files and a few at a time, so that no tick takes long.
        """
        keys = {(r["did"], r["ok"] + r["replicating"] + r["stuck"]): r for r in rows.values()}
        for key in [key for key in keys if key not in self._sizes][:SIZES_AT_A_TIME]:
            try:
                told = client.get_did(keys[key]["scope"], keys[key]["name"], dynamic_depth="FILE")
            except rucio.DataIdentifierNotFound:
                told = {}
            self._sizes[key] = float(told.get("bytes") or "nan")
        for row in rows.values():
            row["bytes"] = self._sizes.get((row["did"], row["ok"] + row["replicating"] + row["stuck"]))

    def who(self) -> tuple[str, str]:
        """Account and server, as the server knows us (REST: GET /accounts/whoami)."""
        with self._session.asked() as client:
            return str(client.whoami()["account"]), self._session.host

    def locks(self, rule_id: str) -> pd.DataFrame:
        """Locks of a rule with sizes, paths and errors (`dashboard.domain.rule.LOCK_COLUMNS`)."""
        with self._session.asked() as client:
            locks = list(client.list_replica_locks(rule_id))
            replicas = _replicas(client, locks)
            stuck = any(rule.state(lock["state"]) == "STUCK" for lock in locks)
            errors = _errors(client, rule_id) if stuck else {}
        rows = []
        for lock in locks:
            did, rse, state = f"{lock['scope']}:{lock['name']}", str(lock["rse"]), rule.state(lock["state"])
            replica = replicas.get(did, {})
            rows.append(
                {
                    "did": did,
                    "rse": rse,
                    "state": state,
                    "bytes": lock.get("bytes") or replica.get("bytes"),
                    "path": self._path(replica, rse) if state == "OK" else "",
                    "error": errors.get((did, rse), "") if state == "STUCK" else "",
                }
            )
        return rule.locks_frame(rows)

    def find(self, pattern: Did, kind: str, limit: int) -> list[dict[str, Any]]:
        """Data identifiers that match (REST: GET /dids/{scope}/dids/search)."""
        with self._session.asked() as client:
            found = client.list_dids(pattern.scope, {"name": pattern.name}, did_type=kind, long=True)
            return [
                {
                    "did": f"{did['scope']}:{did['name']}",
                    "type": str(did["did_type"]).lower(),
                    "bytes": did.get("bytes"),
                    "length": did.get("length"),
                }
                for did in islice(found, limit)
            ]

    def did(self, did: Did) -> dict[str, Any]:
        """Type, size in bytes and number of files of a DID (REST: GET /dids/{scope}/{name}?dynamic_depth=FILE)."""
        with self._session.asked() as client:
            told = client.get_did(did.scope, did.name, dynamic_depth="FILE")
        return {"type": str(told["type"]).lower(), "bytes": told.get("bytes"), "length": told.get("length")}

    def scopes(self) -> list[str]:
        """Scopes there are (REST: GET /scopes/)."""
        with self._session.asked() as client:
            return sorted(str(scope) for scope in client.list_scopes())

    def expand(self, expression: str) -> list[str]:
        """RSEs an expression means (REST: GET /rses/?expression=…)."""
        with self._session.asked() as client:
            return sorted(str(rse["rse"]) for rse in client.list_rses(expression))

    def stage(self, did: Did, expression: str, lifetime: int | None, copies: int) -> tuple[str, bool]:
        """Make a rule (REST: POST /rules/); its id, and whether it was there already."""
        dids = [{"scope": did.scope, "name": did.name}]
        with self._session.asked() as client:
            try:
                made = client.add_replication_rule(dids, copies, expression, lifetime=lifetime, comment=COMMENT)
            except rucio.DuplicateRule:
                return self._same_rule(client, did, expression, copies), True
            return str(made[0]), False

    def _same_rule(self, client: Any, did: Did, expression: str, copies: int) -> str:
        """Id of our rule for this DID at these RSEs: an account has one per DID, RSEs and copies."""
        rules = client.list_did_rules(did.scope, did.name)
        wanted = (expression, copies, client.account)
        same = [r for r in rules if (r["rse_expression"], r["copies"], str(r["account"])) == wanted]
        if not same:
            raise Problem("exists", f"Rucio says that {did} has such a rule already, but does not show it.")
        return str(same[0]["id"])

    def delete_rules(self, ids: list[str]) -> list[Item]:
        """Delete rules, one item each (REST: DELETE /rules/{id})."""
        return [self._delete(rule_id) for rule_id in ids]

    def _delete(self, rule_id: str) -> Item:
        with self._session.asked() as client:
            try:
                client.delete_replication_rule(rule_id)
            except rucio.RuleNotFound:
                return Item(rule_id, "missing", "the rule is not there any more")
            except rucio.AccessDenied as error:
                return Item(rule_id, "denied", details(error))
            except rucio.UnsupportedOperation as error:
                return Item(rule_id, "failed", details(error))
        return Item(rule_id, "done")

    def _rses(self, client: Any) -> pd.DataFrame:
        names = sorted(str(rse["rse"]) for rse in client.list_rses())
        mounts = [mount_of(name, self._settings.mounts) for name in names]
        columns = {"mounted": [m is not None for m in mounts], "path": [m.path if m else "" for m in mounts]}
        return pd.DataFrame(columns, index=pd.Index(names, dtype=object, name="rse"))

    def _path(self, replica: dict[str, Any], rse: str) -> str:
        mount = mount_of(rse, self._settings.mounts)
        if mount is None:
            return ""
        paths = (local_path(pfn, mount) for pfn in replica.get("rses", {}).get(rse, ()))
        return next((path for path in paths if path and Path(path).exists()), "")


def _replicas(client: Any, locks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Replicas of the locked files by DID (REST: POST /replicas/list), asked in pieces that no database refuses."""
    files = [{"scope": lock["scope"], "name": lock["name"]} for lock in locks]
    found = {}
    for start in range(0, len(files), 200):
        for replica in client.list_replicas(files[start : start + 200], all_states=True):
            found[f"{replica['scope']}:{replica['name']}"] = replica
    return found


def _errors(client: Any, rule_id: str) -> dict[tuple[str, str], str]:
    """Why locks are stuck, by DID and RSE (REST: GET /rules/{id}/analysis)."""
    told = client.examine_replication_rule(rule_id)
    errors = {}
    for transfer in told.get("transfers", ()):
        last = str(transfer.get("last_error") or "")
        # Servers that archive requests at once know no more than that it failed; the rule then has the words.
        words = str(told.get("rule_error") or "") if last in ("", "RequestState.FAILED") else last
        errors[f"{transfer['scope']}:{transfer['name']}", str(transfer["rse"])] = words
    return errors


def _usage(client: Any) -> pd.DataFrame:
    """Quota of the account by RSE, in bytes (REST: GET /accounts/{account}/usage/local)."""
    rows = list(client.get_local_account_usage(client.account))
    index = pd.Index([str(row["rse"]) for row in rows], dtype=object, name="rse")
    limited = [float(row["bytes_limit"]) if row.get("bytes_limit") is not None else float("nan") for row in rows]
    used = [float(row["bytes"] or 0) for row in rows]
    columns = {
        "bytes": used,
        "limit": limited,
        "remaining": [limit - use for limit, use in zip(limited, used, strict=True)],
        "files": [int(row["files"] or 0) for row in rows],
    }
    return pd.DataFrame(columns, index=index).sort_index()

"""What one account's rules are now: ticks and single reads; staging and deleting."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
from rucio.common import exception as rucio

from dashboard.backends.rucio.listing import REPLICAS, Lock, batched, locks, replicas
from dashboard.backends.rucio.rules import Rules
from dashboard.backends.rucio.session import Session, details
from dashboard.backends.rucio.sizes import Sizes
from dashboard.backends.rucio.streams import Part, Streams
from dashboard.domain import rule
from dashboard.domain.change import Change
from dashboard.domain.did import Did
from dashboard.domain.outcome import Item, Progress
from dashboard.domain.path import local_path, mount_of
from dashboard.domain.problem import Problem
from dashboard.settings import RucioSettings

USAGE_EVERY, RSES_EVERY = 60.0, 600.0
"""Seconds between looks at the quota and at the RSEs, which move slowly and cost the server more than rules do."""

SETTLING = 20.0
"""Seconds after an action of ours in which the quota is looked at in every tick: Rucio counts a little later."""

PATIENCE = 60.0
"""Seconds without a sign of the server while a long answer is read."""

NOTHING = rule.table([])

COMMENT = "staged with Cygnet"


class Rucio:
    """One Rucio instance as one account.

    A tick is one request for the rules changed of late; what was sent before is remembered here, so only rows that
    differ are sent.
    """

    def __init__(self, settings: RucioSettings) -> None:
        self._session = Session(settings)
        self._settings = settings
        self._rules = Rules()
        self._sizes = Sizes()
        self._streams = Streams()
        self._totals: dict[str, pd.DataFrame] = {}
        self._usage_read = self._rses_read = self._acted = float("-inf")

    def tick(self, cursor: int | None) -> Change:
        """Rules changed since the cursor; all of them without one (REST: GET /rules/?account=…&updated_after=…)."""
        sent = self._rules.sent
        with self._session.asked() as client:
            now = self._session.now().replace(microsecond=0)
            full = sent.begin(cursor)
            rows, gone = self._rules.read(client, now, full=full)
            self._sizes.put(client, rows, sent.rows, gone)
            self._account(client)
        sent.forget(gone)
        changed = sent.changed(rows)
        # A table, even an empty one, takes milliseconds to make.
        upserts = rule.table(changed) if changed else NOTHING
        return Change(sent.end(), now, upserts, gone, full, self._totals)

    def _account(self, client: Any) -> None:
        now = time.monotonic()
        if now - self._usage_read > USAGE_EVERY or now - self._acted < SETTLING:
            self._totals = self._totals | {"usage": _usage(client)}
            self._usage_read = now
        if now - self._rses_read > RSES_EVERY:
            self._totals = self._totals | {"rses": self._rses(client)}
            self._rses_read = now

    def who(self) -> tuple[str, str]:
        """Account and server, as the server knows us (REST: GET /accounts/whoami)."""
        with self._session.asked() as client:
            return str(client.whoami()["account"]), self._session.host

    def more(self, number: int) -> Part:
        """What has come of a long answer since the last question."""
        return self._streams.more(number)

    def close(self, number: int) -> None:
        """Give a long answer up."""
        self._streams.close(number)

    def read_locks(self, rule_id: str) -> int:
        """Begin to list the locks of a rule; each row of `more` is a list of them (`rule.LOCK_COLUMNS`)."""
        return self._streams.start(partial(self._locks, rule_id))

    def _locks(self, rule_id: str) -> Iterator[list[dict[str, Any]]]:
        with self._session.asked(PATIENCE) as client:
            listed = locks(client, rule_id)
            # What is stuck first: that is what people look for.
            listed.sort(key=lambda lock: (rule.state(lock["state"]) != "STUCK", lock["name"]))
            stuck = bool(listed) and rule.state(listed[0]["state"]) == "STUCK"
            errors = _errors(client, rule_id) if stuck else {}
            for some in batched(listed, REPLICAS):
                found = replicas(client, some)
                yield [self._lock(lock, found, errors) for lock in some]

    def _lock(self, lock: Lock, found: Mapping[str, Any], errors: Mapping[tuple[str, str], str]) -> dict[str, Any]:
        did, rse, state = f"{lock['scope']}:{lock['name']}", str(lock["rse"]), rule.state(lock["state"])
        replica = found.get(did, {})
        return {
            "did": did,
            "rse": rse,
            "state": state,
            "bytes": lock.get("bytes") or replica.get("bytes"),
            "path": self._path(replica, rse) if state == "OK" else "",
            "error": errors.get((did, rse), "") if state == "STUCK" else "",
        }

    def search(self, pattern: Did, kind: str, limit: int, filters: Sequence[Mapping[str, Any]] = ({},)) -> int:
        """Begin to list data identifiers that match, one more than ``limit`` if there are more; rows by `more`."""
        wanted = [{**one, "name": pattern.name} for one in filters]
        return self._streams.start(partial(self._found, pattern.scope, wanted, kind, limit))

    def _found(self, scope: str, wanted: list[dict[str, Any]], kind: str, limit: int) -> Iterator[dict[str, Any]]:
        """Data identifiers that match (REST: GET /dids/{scope}/dids/search)."""
        with self._session.asked(PATIENCE) as client:
            found = client.list_dids(scope, wanted, did_type=kind, long=True)
            for did in islice(found, limit + 1):
                yield {
                    "did": f"{did['scope']}:{did['name']}",
                    "type": str(did["did_type"]).lower(),
                    "bytes": did.get("bytes"),
                    "length": did.get("length"),
                }

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
        self._acted = time.monotonic()
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

    def delete_rules(self, ids: list[str]) -> Progress:
        """Delete rules, one item each (REST: DELETE /rules/{id})."""
        self._acted = time.monotonic()
        return Progress(tuple(self._delete(rule_id) for rule_id in ids))

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

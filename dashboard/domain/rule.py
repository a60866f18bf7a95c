"""Rucio's replication rules: states and the columns of the rules frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pandas as pd

from dashboard.domain.table import TIME, build

COLUMNS: dict[str, Any] = {
    "did": "str",
    "scope": "category",
    "name": "str",
    "did_type": "category",
    "account": "category",
    "rse_expression": "category",
    "copies": "Int64",
    "state": "category",
    "ok": "int64",
    "replicating": "int64",
    "stuck": "int64",
    "progress": "float64",
    "bytes": "float64",
    "created": TIME,
    "updated": TIME,
    "expires": TIME,
    "error": "str",
    "comment": "str",
    "activity": "category",
}
"""Columns of the rules frame, indexed by rule id: ``ok, replicating, stuck`` count locks; ``progress`` is
ok / all locks (0–1); ``bytes`` the size of the DID; times UTC (REST: GET /accounts/{account}/rules, GET /rules/)."""

LOCK_COLUMNS: dict[str, Any] = {
    "did": "str",
    "rse": "category",
    "state": "category",
    "bytes": "float64",
    "path": "str",
    "error": "str",
}
"""Columns of a rule's locks (REST: GET /rules/{id}/locks, POST /replicas/list)."""

_STATES = {
    "O": "OK",
    "R": "REPLICATING",
    "S": "STUCK",
    "U": "SUSPENDED",
    "W": "WAITING_APPROVAL",
    "I": "INJECT",
}

_WORDS = {
    "OK": "all copies are in place",
    "REPLICATING": "copies are on their way",
    "STUCK": "some copies failed; Rucio will try them again",
    "SUSPENDED": "Rucio gave up after many failures; an operator must look at it",
    "WAITING_APPROVAL": "somebody must approve it first",
    "INJECT": "Rucio has taken it and is preparing it",
}


def state(raw: object) -> str:
    """Name of a rule or lock state; an unknown one stays as Rucio tells it."""
    text = str(getattr(raw, "name", raw))
    return _STATES.get(text, text)


def words(rule_state: str) -> str:
    """What a rule's state means."""
    return _WORDS.get(rule_state, f"Rucio says {rule_state}")


def row(rule: Mapping[str, Any]) -> dict[str, Any]:
    """One row of the rules frame from a rule as the REST interface tells it."""
    ok, replicating, stuck = (int(rule.get(f"locks_{kind}_cnt") or 0) for kind in ("ok", "replicating", "stuck"))
    locks = ok + replicating + stuck
    rule_state = state(rule.get("state", ""))
    return {
        "did": f"{rule['scope']}:{rule['name']}",
        "scope": str(rule["scope"]),
        "name": str(rule["name"]),
        "did_type": str(rule.get("did_type") or ""),
        "account": str(rule.get("account") or ""),
        "rse_expression": str(rule.get("rse_expression") or ""),
        "copies": rule.get("copies"),
        "state": rule_state,
        "ok": ok,
        "replicating": replicating,
        "stuck": stuck,
        "progress": ok / locks if locks else float(rule_state == "OK"),
        "bytes": rule.get("bytes"),
        "created": _seconds(rule.get("created_at")),
        "updated": _seconds(rule.get("updated_at")),
        "expires": _seconds(rule.get("expires_at")),
        "error": str(rule.get("error") or ""),
        "comment": str(rule.get("comments") or ""),
        "activity": str(rule.get("activity") or ""),
    }


def frame(rules: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rules frame from rules as the REST interface tells them."""
    return table([{"id": str(rule["id"]), **row(rule)} for rule in rules])


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rules frame from rows as `row` makes them, with their ``id``."""
    return build(rows, COLUMNS, pd.Index([r["id"] for r in rows], name="id", dtype="object"))


def locks_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Locks frame (`LOCK_COLUMNS`) from rows with those keys."""
    listed = [dict(r) for r in rows]
    return build(listed, LOCK_COLUMNS, pd.RangeIndex(len(listed)))


class Eta(NamedTuple):
    """How far a rule is and when it will be complete, in seconds from now."""

    seconds: float


def eta(before: tuple[datetime, int] | None, now: tuple[datetime, int], missing: int) -> Eta | None:
    """When a rule is complete, from the number of OK locks at two times; None when it does not move."""
    if before is None or not missing:
        return None
    seconds, gained = (now[0] - before[0]).total_seconds(), now[1] - before[1]
    return Eta(missing * seconds / gained) if gained > 0 and seconds > 0 else None


def _seconds(value: object) -> int | None:
    # Rucio's times are naive and in UTC.
    if isinstance(value, datetime):
        return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    return None

"""Rules and locks as people read them: states, rows of the tables, sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from dashboard.domain import units
from dashboard.domain.obstacle import explain
from dashboard.domain.rule import words
from dashboard.views.table import Row

COLOURS: Mapping[str, str] = {
    "OK": "done",
    "REPLICATING": "running",
    "STUCK": "held",
    "SUSPENDED": "failed",
    "WAITING_APPROVAL": "suspended",
    "INJECT": "idle",
}
"""State of a rule or lock → state of the palette; each has one of its own."""

LABELS: Mapping[str, str] = {
    "OK": "OK",
    "REPLICATING": "Replicating",
    "STUCK": "Stuck",
    "SUSPENDED": "Suspended",
    "WAITING_APPROVAL": "Waiting for approval",
    "INJECT": "Being prepared",
}

LOCKS: Mapping[str, str] = {"done": "in place", "held": "stuck", "idle": "on their way"}
"""Part of a rule's bar → what is counted in it."""

SOON = timedelta(minutes=65)
"""A rule that ends so soon says so: a server keeps a deleted rule, to all looks well, for an hour."""


def mark(state: str) -> list[str]:
    """Cell of a state: colour and words; a state we do not know is grey and named as Rucio names it."""
    return [COLOURS.get(state, "removed"), LABELS.get(state, state)]


def standing(rule: Mapping[str, Any], now: datetime) -> list[str]:
    """Cell of a rule's state, which says so when the rule ends soon: it was deleted, or its lifetime is over."""
    colour, label = mark(str(rule["state"]))
    expires = rule["expires"]
    if pd.isna(expires) or expires > now + SOON:
        return [colour, label]
    return [colour, f"{label} until {units.clock(expires)[:5]}"] if expires > now else ["removed", "Being deleted"]


def ending(rule: Mapping[str, Any], now: datetime) -> str:
    """When a rule ends, as part of a sentence."""
    expires = rule["expires"]
    if pd.isna(expires):
        return "does not expire"
    if expires <= now:
        return "is being deleted"
    then = ", and is then deleted" if expires <= now + SOON else ""
    return f"expires {units.moment(expires, now)}{then}"


def bar(rule: Mapping[str, Any]) -> list[list[object]]:
    """Cell of a rule's progress."""
    whole = max(locks(rule), 1)
    return [[part, number / whole, number, LOCKS[part]] for part, number in counts(rule).items()]


def counts(rule: Mapping[str, Any]) -> dict[str, int]:
    """Copies of files in each part of a rule's bar; those on their way wait, for what Rucio says, as idle jobs do."""
    return {"done": int(rule["ok"]), "held": int(rule["stuck"]), "idle": int(rule["replicating"])}


def locks(rule: Mapping[str, Any]) -> int:
    """Number of copies of files a rule asks for."""
    return sum(counts(rule).values())


def files(number: int) -> str:
    """``1 file``, ``1,200 files``."""
    return f"{units.count(number)} file{'' if number == 1 else 's'}"


def progress(rule: Mapping[str, Any], left: float | None) -> str:
    """How far a rule is, and when it will be complete."""
    whole, ok = locks(rule), int(rule["ok"])
    if not whole:
        return words(str(rule["state"])).capitalize()
    if ok == whole:
        return f"all {files(whole)} in place" if whole > 1 else "its file is in place"
    held = f", {units.count(rule['stuck'])} stuck" if rule["stuck"] else ""
    soon = f", about {units.duration(left)} left" if left is not None else ""
    return f"{units.count(ok)} of {files(whole)} in place{held}{soon}"


def rule_row(rule_id: str, rule: Mapping[str, Any], left: float | None, now: datetime) -> Row:
    """Row of the rules table."""
    whole = locks(rule)
    return {
        "id": rule_id,
        "did": str(rule["did"]),
        "state": standing(rule, now),
        "progress": bar(rule),
        "files": f"{units.count(rule['ok'])} / {units.count(whole)}" if whole else units.UNKNOWN,
        "left": _left(rule, left),
        "bytes": units.size(rule["bytes"]),
        "rse_expression": str(rule["rse_expression"]),
        "expires": units.moment(rule["expires"]) if pd.notna(rule["expires"]) else "never",
        "error": _wrong(rule),
        "next": "open: what to do" if stuck(rule, ()) else "",
        "told": str(rule["error"]),
    }


_UNSAID = {"STUCK": "Rucio does not say", "SUSPENDED": "Rucio gave up", "WAITING_APPROVAL": "Needs approval"}
"""What to say of a state in which Rucio tells no error."""


def _left(rule: Mapping[str, Any], left: float | None) -> str:
    if rule["stuck"]:
        return f"{units.count(rule['stuck'])} stuck"
    return f"{units.duration(left)} left" if left is not None else ""


def _wrong(rule: Mapping[str, Any]) -> str:
    """What is wrong in a few plain words, or in Rucio's own."""
    error = str(rule["error"])
    if known := explain(error):
        return known.word
    return error or _UNSAID.get(str(rule["state"]), "")


def lock_row(number: int, lock: Mapping[str, Any], scope: str) -> Row:
    """Row of the locks table; files in the scope of the rule's DID are named without it."""
    return {
        "id": str(number),
        "did": str(lock["did"]).removeprefix(f"{scope}:"),
        "rse": str(lock["rse"]),
        "state": mark(str(lock["state"])),
        "bytes": units.size(lock["bytes"]),
        "path": str(lock["path"] or ""),
        "error": str(lock["error"] or ""),
    }


def reason(rule: Mapping[str, Any], told: Iterable[str]) -> str:
    """Why a rule does not get on, as Rucio says it, or else the first of ``told``, the errors of its locks."""
    return next((text for text in (str(rule["error"]), *told) if text), "")


def stuck(rule: Mapping[str, Any], told: Iterable[str]) -> str:
    """Why a rule does not get on, what mends it, and what happens next; empty when it does; ``told`` as in `reason`."""
    state = str(rule["state"])
    if state == "WAITING_APPROVAL":
        return "Somebody who looks after this RSE must approve the rule before files move."
    if not int(rule["stuck"]) and state != "SUSPENDED":
        return ""
    text = reason(rule, told)
    known = explain(text)
    said = f"{text.rstrip('.')}." if text else "Rucio does not say why."
    why, words = (f"{known.meaning} {known.remedy}", f" Rucio's words: {said}") if known else (said, "")
    follows = (
        "Rucio gave up after many failures, and only an operator can go on with this rule."
        if state == "SUSPENDED"
        else "Rucio tries such files again by itself, waiting longer each time."
    )
    return f"{why} {follows}{words}"

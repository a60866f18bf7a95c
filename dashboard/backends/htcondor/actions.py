"""Actions on jobs, told item by item: HTCondor itself answers only with totals."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import htcondor2

from dashboard.backends.htcondor.naming import naming
from dashboard.backends.htcondor.schedd import Schedd, quoted
from dashboard.domain import job
from dashboard.domain.outcome import Item, Result
from dashboard.domain.problem import Problem

_ACTIONS = {
    "hold": htcondor2.JobAction.Hold,
    "release": htcondor2.JobAction.Release,
    "remove": htcondor2.JobAction.Remove,
    "vacate": htcondor2.JobAction.Vacate,
}

_TOTALS: tuple[tuple[str, Result, str], ...] = (
    ("TotalSuccess", "done", ""),
    ("TotalAlreadyDone", "already", ""),
    ("TotalNotFound", "missing", "it is not in the queue"),
    ("TotalPermissionDenied", "denied", "it belongs to {owner}"),
    ("TotalBadStatus", "skipped", "it is {state}{unfit}: nothing to do"),
    ("TotalError", "failed", "the schedd reported an error"),
)

_UNFIT = {"release": ", not held", "vacate": ", not running"}

NAMED = 2000
"""Jobs asked for by their ids, at most; of more, their whole clusters are asked for."""

_ATTRIBUTE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def act(schedd: Schedd, action: str, ids: list[str], reason: str) -> list[Item]:
    """Hold, release, remove or vacate jobs.

    Raises
    ------
    Problem
        When the action is not known, or the schedd does not answer.
    """
    if action not in _ACTIONS:
        raise Problem("invalid", f"“{action}” is not something one can do to jobs.")
    known = _known(schedd, ids)
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for job_id, ad in known.items():
        if ad is not None:
            groups[ad["Owner"], job.state(ad)].append(job_id)
    results: dict[str, Item] = {}
    for (owner, state), members in groups.items():
        words = {"owner": owner, "state": state, "unfit": _UNFIT.get(action, "")}
        results.update(_act_group(schedd, action, members, reason, words))
    missing = "it is not in the queue"
    return [results.get(job_id) or Item(job_id, "missing", missing) for job_id in known]


def _act_group(
    schedd: Schedd, action: str, ids: list[str], reason: str, words: Mapping[str, str], *, again: bool = False
) -> dict[str, Item]:
    """Act on jobs that should all meet the same result; parted in halves until they do, for totals name no job."""
    with schedd.asked() as client:
        totals = client.act(_ACTIONS[action], ids, (reason, None))
    for key, result, why in _TOTALS:
        if totals.get(key) == len(ids):
            # The second try of a group that was parted finds what the first one has done.
            result = "done" if again and result == "already" else result
            return {i: Item(i, result, why.format(**words)) for i in ids}
    if len(ids) == 1:
        return {ids[0]: Item(ids[0], "failed", "the schedd did not say why")}
    middle = len(ids) // 2
    first = _act_group(schedd, action, ids[:middle], reason, words, again=True)
    return first | _act_group(schedd, action, ids[middle:], reason, words, again=True)


def edit(schedd: Schedd, ids: list[str], attributes: Mapping[str, str | float | bool]) -> list[Item]:
    """Set attributes of jobs (HTCondor's qedit); texts become ClassAd strings.

    Raises
    ------
    Problem
        ``invalid`` for a name that is not an attribute's.
    """
    for name in attributes:
        if not _ATTRIBUTE.fullmatch(name):
            raise Problem("invalid", f"“{name}” is not the name of a ClassAd attribute.")
    items = []
    for job_id, ad in _known(schedd, ids).items():
        if ad is None:
            items.append(Item(job_id, "missing", "it is not in the queue"))
        elif ad["Owner"] != schedd.identity:
            items.append(Item(job_id, "denied", f"it belongs to {ad['Owner']}"))
        else:
            items.append(_edit_one(schedd, job_id, attributes))
    return items


def _edit_one(schedd: Schedd, job_id: str, attributes: Mapping[str, str | float | bool]) -> Item:
    for name, value in attributes.items():
        try:
            with schedd.asked() as client:
                client.edit([job_id], name, _literal(value))
        except Problem as problem:
            if problem.kind in ("unreachable", "timeout"):
                raise
            return Item(job_id, "failed", f"{name} cannot be changed: {problem.sentence}")
    return Item(job_id, "done")


def _literal(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else repr(value)


def _known(schedd: Schedd, ids: list[str]) -> dict[str, dict[str, Any] | None]:
    """Each job asked for with its owner and status, None when it is not in the queue; a cluster means its jobs."""
    wanted, asked = [], set[tuple[int, int | None]]()
    for text in ids:
        cluster, _, proc = text.partition(".")
        if not cluster.isdecimal() or (proc and not proc.isdecimal()):
            raise Problem("invalid", f"“{text}” is not a job id: write cluster.proc, such as 1234.0.")
        asked.add((int(cluster), int(proc) if proc else None))
        wanted.append((text, cluster, proc))
    attributes = ["ClusterId", "ProcId", "Owner", "JobStatus", "HoldReasonCode", "ExitCode"]
    if len(asked) > NAMED:
        asked = {(cluster, None) for cluster, _ in asked}
    with schedd.asked() as client:
        found: dict[str, dict[str, Any] | None] = {
            f"{ad['ClusterId']}.{ad['ProcId']}": dict(ad.items()) for ad in client.query(naming(asked), attributes)
        }
    known: dict[str, dict[str, Any] | None] = {}
    for text, cluster, proc in wanted:
        if proc:
            known[text] = found.get(text)
        else:
            members = {i: ad for i, ad in found.items() if i.startswith(f"{cluster}.")}
            known |= members or {text: None}
    return known

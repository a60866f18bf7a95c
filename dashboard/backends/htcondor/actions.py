"""Actions on jobs, told item by item: HTCondor itself answers only with totals."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import htcondor2

from dashboard.backends.htcondor import cluster
from dashboard.backends.htcondor.look import Look, Seen
from dashboard.backends.htcondor.naming import naming
from dashboard.backends.htcondor.schedd import Schedd, id_of, plain, quoted
from dashboard.domain import job
from dashboard.domain.job import JobState
from dashboard.domain.outcome import Item, Progress, Result
from dashboard.domain.problem import Problem

_ACTIONS = {
    "hold": htcondor2.JobAction.Hold,
    "release": htcondor2.JobAction.Release,
    "remove": htcondor2.JobAction.Remove,
    "vacate": htcondor2.JobAction.Vacate,
}

_MISSING = "it is not in the queue"

_TOTALS: tuple[tuple[str, Result, str], ...] = (
    ("TotalSuccess", "done", ""),
    ("TotalAlreadyDone", "already", ""),
    ("TotalNotFound", "missing", _MISSING),
    ("TotalPermissionDenied", "denied", "it belongs to {owner}"),
    ("TotalBadStatus", "skipped", "it is {state}{unfit}: nothing to do"),
    ("TotalError", "failed", "the schedd reported an error"),
)

_UNFIT = {"release": ", not held", "vacate": ", not running"}

_AWAKE = (JobState.IDLE, JobState.RUNNING, JobState.TRANSFERRING, JobState.SUSPENDED)
_REACHED: Mapping[str, tuple[str, ...]] = {
    "hold": (JobState.HELD,),
    "release": _AWAKE,
    "remove": (JobState.REMOVED,),
    "vacate": _AWAKE,
}
"""States in which a job is as was asked for."""

_REASONS = {"hold": "HoldReason", "release": "ReleaseReason", "remove": "RemoveReason"}
"""Where the schedd keeps the reason given; it adds who gave it."""

AT_ONCE = 1000
"""Jobs acted on at once, at most: the worker does nothing else meanwhile, and the schedd answers nobody."""

LARGEST = 2**31 - 1
"""No number of a cluster or proc is above."""

_ATTRIBUTE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_SEEN = ("ClusterId", "ProcId", "Owner", "JobStatus", "HoldReasonCode", "ExitCode", "ExitBySignal", *job.MOVING)

_COUNTED = ["ClusterId", "ProcId", "JobMaterializeNextProcId", "TotalSubmitProcs"]

Ads = dict[str, Mapping[str, Any]]
"""By job id."""


def act(schedd: Schedd, look: Look, action: str, ids: Sequence[str], reason: str) -> Progress:
    """Hold, release, remove or vacate jobs; of many, the first ones.

    Nothing is asked about them before: the schedd itself says what became of jobs, in numbers. Only when those that
    were alike met different results is each of them looked at. A cluster that is still to make jobs is acted on as a
    whole, so that it makes no more of them, or goes on.

    Raises
    ------
    Problem
        When the action is not known, or the schedd does not answer.
    """
    if action not in _ACTIONS:
        raise Problem("invalid", f"“{action}” is not something one can do to jobs.")
    now, rest, factories = _parted(schedd, ids)
    reason = " ".join(reason.split())  # with a line break in it HTCondor drops it
    theirs = {job_id for members in factories.values() for job_id in members}
    jobs = [text for text in now if "." in text and text not in theirs]
    seen = look.seen(jobs)
    groups: dict[Seen | None, list[str]] = defaultdict(list)
    for job_id in jobs:
        groups[seen.get(job_id)].append(job_id)
    results: dict[str, Item] = {}
    tried = False
    try:
        for factory, members in factories.items():
            with schedd.asked() as client:
                totals = client.act(_ACTIONS[action], [factory], (reason, None))
            tried = True
            done = Item(factory, "done") if totals.get("TotalSuccess") else Item(factory, "denied", "it is not yours")
            results |= _each(schedd, look, action, members, reason) if members else {factory: done}
        for alike, members in groups.items():
            with schedd.asked() as client:
                totals = client.act(_ACTIONS[action], members, (reason, None))
            tried = True
            found = _all_alike(schedd, action, totals, members, alike)
            results |= found or _each(schedd, look, action, members, reason)
    except Problem as problem:
        if tried:
            raise _uncertain(problem) from problem
        raise
    return Progress(tuple(results.get(job_id) or Item(job_id, "missing", _MISSING) for job_id in now), rest)


def _all_alike(
    schedd: Schedd, action: str, totals: Mapping[str, int], ids: list[str], seen: Seen | None
) -> dict[str, Item]:
    """What became of jobs that all met the same result; nothing when they did not, or words are missing."""
    for key, result, why in _TOTALS:
        if totals.get(key) == len(ids) and (seen or "{" not in why):
            owner, state = seen or ("", "")
            if result == "denied" and owner == schedd.identity:
                return {}  # so the schedd calls jobs, too, that left while it was at work
            sentence = why.format(owner=owner, state=state, unfit=_UNFIT.get(action, ""))
            return {job_id: Item(job_id, result, sentence) for job_id in ids}
    return {}


def _each(schedd: Schedd, look: Look, action: str, ids: list[str], reason: str) -> dict[str, Item]:
    """What became of jobs that met different results, as far as what they are now tells."""
    since = look.time - 1
    attributes = ["EnteredCurrentStatus", *(name for name in [_REASONS.get(action)] if name)]
    now = _ads(schedd, ids, attributes)
    gone = [job_id for job_id in ids if job_id not in now]
    if gone and action == "remove":
        wanted = f"JobStatus == 3 && ({naming(map(job.id_key, gone))})"
        with schedd.asked() as client:
            left = client.history(wanted, [*_SEEN, *attributes], len(gone), f"EnteredCurrentStatus < {since}")
        now |= {id_of(ad): ad for ad in map(plain, left)}
    return {job_id: _item(schedd, action, job_id, now.get(job_id), reason, since) for job_id in ids}


def _item(schedd: Schedd, action: str, job_id: str, ad: Mapping[str, Any] | None, reason: str, since: int) -> Item:
    if ad is None:
        return Item(job_id, "missing", _MISSING)
    state = job.state(ad)
    given = _REASONS.get(action, "")
    ours = ad.get("EnteredCurrentStatus", 0) >= since and str(ad.get(given, "")).startswith(reason if given else "")
    moving = action == "vacate" and state is not JobState.IDLE  # it takes them a while to stop
    if state in _REACHED[action] and (ours or moving):
        return Item(job_id, "done")
    if ad["Owner"] != schedd.identity:
        return Item(job_id, "denied", f"it belongs to {ad['Owner']}")
    if state in _REACHED[action] and action in ("hold", "remove"):
        return Item(job_id, "already")
    return Item(job_id, "skipped", f"it is {state}{_UNFIT.get(action, '')}: nothing to do")


def edit(schedd: Schedd, look: Look, ids: Sequence[str], attributes: Mapping[str, str | float | bool]) -> Progress:
    """Set attributes of jobs (HTCondor's qedit), of many those of the first ones; texts become ClassAd strings.

    HTCondor does not always say that it refused, so what the attributes are afterwards tells.

    Raises
    ------
    Problem
        ``invalid`` for a name that is not an attribute's.
    """
    for name in attributes:
        if not _ATTRIBUTE.fullmatch(name):
            raise Problem("invalid", f"“{name}” is not the name of a ClassAd attribute.")
    now, rest, _ = _parted(schedd, ids)
    jobs = [text for text in now if "." in text]
    owners = {job_id: seen.owner for job_id, seen in look.seen(jobs).items()}
    if unseen := [job_id for job_id in jobs if job_id not in owners]:
        owners |= {job_id: str(ad["Owner"]) for job_id, ad in _ads(schedd, unseen).items()}
    mine = [job_id for job_id in jobs if owners.get(job_id) == schedd.identity]
    try:
        results = _edited(schedd, mine, attributes) if mine else {}
    except Problem as problem:
        raise _uncertain(problem) from problem
    for job_id in now:
        if job_id not in owners:
            results[job_id] = Item(job_id, "missing", _MISSING)
        elif owners[job_id] != schedd.identity:
            results[job_id] = Item(job_id, "denied", f"it belongs to {owners[job_id]}")
    return Progress(tuple(results[job_id] for job_id in now), rest)


def _edited(schedd: Schedd, ids: list[str], attributes: Mapping[str, str | float | bool]) -> dict[str, Item]:
    """Set attributes of all these jobs together, and look whether they are so."""
    refused = ""
    for name, value in attributes.items():
        try:
            with schedd.asked() as client:
                client.edit(ids, name, _literal(value))
        except Problem as problem:
            if problem.kind in ("unreachable", "timeout"):
                raise
            refused = f": {problem.sentence}"
    ads = _ads(schedd, ids, list(attributes))
    results = {}
    for job_id in ids:
        unlike = [name for name, value in attributes.items() if ads.get(job_id, {}).get(name) != value]
        if job_id not in ads:
            results[job_id] = Item(job_id, "missing", _MISSING)
        elif unlike and refused and len(ids) > 1:  # of one of the others, perhaps
            results |= _edited(schedd, [job_id], attributes)
        elif unlike:
            results[job_id] = Item(job_id, "failed", f"{unlike[0]} cannot be changed{refused or ': HTCondor kept it.'}")
        else:
            results[job_id] = Item(job_id, "done")
    return results


def _literal(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else repr(value)


def _uncertain(problem: Problem) -> Problem:
    """A failure after which nobody knows what became of all the jobs, for something may have been done already."""
    return Problem("timeout", problem.sentence) if problem.kind == "unreachable" else problem


def _parted(
    schedd: Schedd, ids: Sequence[str]
) -> tuple[Sequence[str], tuple[Sequence[str], ...], Mapping[str, list[str]]]:
    """The jobs to act on now, those to be asked for later, and of the former those of clusters still to make jobs.

    A cluster means its jobs, or itself if it has none.
    """
    clusters = {int(text) for text in ids if not _parts(text)[1]}
    factories: dict[str, list[str]] = {}
    if clusters:
        members: dict[str, list[str]] = defaultdict(list)
        wanted = naming((number, None) for number in clusters)
        with schedd.asked() as client:
            ads = client.query(wanted, projection=_COUNTED, opts=htcondor2.QueryOpt.IncludeClusterAd)
        for ad in ads:
            if "ProcId" in ad:
                members[str(ad["ClusterId"])].append(id_of(ad))
        makers = [str(ad["ClusterId"]) for ad in ads if "ProcId" not in ad and cluster.unborn(ad)]
        factories = {text: members.get(text, []) for text in makers}
        ids = list(dict.fromkeys(job_id for text in ids for job_id in members.get(text, [text])))
    whole = [job_id for text, theirs in factories.items() for job_id in theirs or [text]]
    others = [text for text in ids if text not in set(whole)] if whole else ids
    parts = [others[start : start + AT_ONCE] for start in range(0, len(others), AT_ONCE)] or [[]]
    return [*whole, *parts[0]], tuple(parts[1:]), factories


def _ads(schedd: Schedd, ids: Sequence[str], attributes: Sequence[str] = ()) -> Ads:
    """Jobs as they are now, by id; without those that are not in the queue."""
    with schedd.asked() as client:
        # The schedd looks no further when it has found all.
        ads = client.query(naming(map(job.id_key, ids)), projection=[*_SEEN, *attributes], limit=len(ids))
        return {id_of(ad): ad for ad in map(plain, ads)}


def _parts(text: str) -> tuple[str, str]:
    """Cluster and proc of an id; no proc means all of the cluster."""
    number, dot, proc = text.partition(".")
    parts = [number, proc] if dot else [number]
    if not all(part.isdecimal() and len(part) <= len(str(LARGEST)) and int(part) <= LARGEST for part in parts):
        raise Problem("invalid", f"“{text}” is not a job id: write cluster.proc, such as 1234.0.")
    return number, proc

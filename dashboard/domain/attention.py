"""The one thing that needs attention, and what mends it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.domain import hold, rule
from dashboard.domain.cause import MINE, Cause
from dashboard.domain.health import NAMES, Health
from dashboard.domain.ids import Ids
from dashboard.domain.job import JobState
from dashboard.domain.obstacle import explain
from dashboard.domain.units import clock, count, memory


@dataclass(frozen=True)
class Mend:
    """What a button can do about it: release these jobs, after asking ``memory_mib`` for them when that is given.

    Without that it mends nothing by itself: the jobs are held again until somebody has mended the cause.
    """

    words: str
    ids: Sequence[str]
    memory_mib: int | None = None


@dataclass(frozen=True)
class Attention:
    """What needs attention: a sentence, what more there is to say, where to look, and what mends it.

    ``bad`` is what keeps Cygnet itself from working.
    """

    lead: str
    text: str
    batch: str = ""
    rule: str = ""
    mend: Mend | None = None
    bad: bool = False


def attention(
    jobs: pd.DataFrame | None, causes: Sequence[Cause], rules: pd.DataFrame | None, health: Mapping[str, Health]
) -> Attention | None:
    """The one thing that needs attention now; None when all is well.

    First a backend that does not answer, then the largest group of jobs held for one reason (those that people put
    on hold themselves are left alone), then rules that are stuck.

    Parameters
    ----------
    causes
        Why jobs of the frame are held or failed.
    """
    return (
        _silent(health)
        or (_held(jobs, causes) if jobs is not None else None)
        or (_stuck(rules) if rules is not None else None)
    )


def _silent(health: Mapping[str, Health]) -> Attention | None:
    for name, state in health.items():
        if state.state == "part":
            return Attention(f"{NAMES.get(name, name)} {state.brief}.", state.reason, bad=True)
        if state.state in ("stale", "down"):
            known = "What is known stays shown." if state.state == "stale" else "Nothing is known yet."
            lead = f"{NAMES.get(name, name)} is not answering since {clock(state.since)}."
            return Attention(lead, f"{state.reason} {known}".strip(), bad=True)
    return None


def _held(jobs: pd.DataFrame, causes: Sequence[Cause]) -> Attention | None:
    cause = next((cause for cause in causes if cause.state == JobState.HELD and cause.word != MINE), None)
    if cause is None:
        return None
    number = len(cause.ids)
    name = cause.name or f"batch {cause.batch}"
    lead = f"{_jobs(number)} of {name} {'is' if number == 1 else 'are'} held: {cause.word}."
    if cause.word == hold.MEMORY:
        text, mend = _memory(jobs[["memory_used_mib", "memory_mib"]].iloc[cause.ids.rows], cause.ids)
        return Attention(lead, text, cause.batch, mend=mend)
    return Attention(lead, cause.advice, cause.batch, mend=Mend(f"Release {count(number)}", cause.ids))


def _memory(held: pd.DataFrame, ids: Ids) -> tuple[str, Mend | None]:
    used, asked = held["memory_used_mib"].max(), held["memory_mib"].max()
    if math.isnan(asked):
        return "Ask for more memory, then release.", None
    enough = more_memory(used, asked)
    they = "It" if len(held) == 1 else "They"
    text = (
        f"{they} used up to {memory(used)} of the {memory(asked)} asked."
        if used > asked
        else f"{they} asked for {memory(asked)}."
    )
    return text, Mend(f"Ask {memory(enough)} and release {count(len(held))}", ids, enough)


def more_memory(used_mib: float, asked_mib: float) -> int:
    """Memory in MiB to ask for next: half more than was asked and a quarter more than was used, rounded up."""
    wanted = max(1.5 * asked_mib, 1.25 * used_mib if used_mib > 0 else 0.0)
    step = 128 if wanted <= 1024 else 512 if wanted <= 8192 else 1024
    return math.ceil(wanted / step) * step


def _stuck(rules: pd.DataFrame) -> Attention | None:
    stuck = rules[rules["state"].isin(["STUCK", "SUSPENDED"])]
    if stuck.empty:
        return None
    first = stuck.iloc[0]
    state = str(first["state"])
    lead = (
        f"{first['did']} is {state.lower()}."
        if len(stuck) == 1
        else f"{count(len(stuck))} rules are stuck, {first['did']} first."
    )
    words, error = rule.words(state), str(first["error"])
    known = explain(error)
    text = f"{known.meaning} {known.remedy}" if known else error or f"{words[:1].upper()}{words[1:]}."
    return Attention(lead, text, rule=str(stuck.index[0]))


def _jobs(number: int) -> str:
    return f"{count(number)} job{'' if number == 1 else 's'}"

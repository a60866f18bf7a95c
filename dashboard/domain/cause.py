"""Causes: held and failed jobs of a batch, grouped by why."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pandas as pd

from dashboard.domain import ending, hold
from dashboard.domain.hold import Explanation
from dashboard.domain.job import JobState

MINE = "by you"
"""The word of holds that people put themselves: nothing is wrong with them."""

# How HTCondor names a file that is not there (ENOENT); its name may hold blanks.
_FILE = re.compile(r"(?:from|file|open) '?(/[^\n]+?)'?:? \(errno=? ?2\)")

_TOLD = ("state", "hold_code", "reason", "exit_code", "exit_signal")


class Cause(NamedTuple):
    """Jobs of one batch that are held or failed for the same reason.

    ``state`` is ``held`` or ``failed``; ``reason`` the most frequent original text; ``ids`` in the order of the frame.
    """

    batch: str
    name: str
    state: str
    explanation: Explanation
    reason: str
    ids: tuple[str, ...]

    @property
    def word(self) -> str:
        """What it is called: ``memory``, ``exit code 4``."""
        return self.explanation.word

    @property
    def advice(self) -> str:
        """What it means and what mends it; a file that is missing is named."""
        match = _FILE.search(self.reason) if self.word == "missing input" else None
        meaning = f"{match[1]} is not there." if match else self.explanation.meaning
        return f"{meaning} {self.explanation.remedy}"


def causes(jobs: pd.DataFrame) -> list[Cause]:
    """Why jobs of this frame are held or failed: one entry for each batch and reason, those with most jobs first."""
    wrong = jobs.loc[jobs["state"].isin([JobState.HELD, JobState.FAILED]), ["batch", "batch_name", *_TOLD]]
    if wrong.empty:
        return []
    explained = [
        hold.explain(_number(hold_code), str(reason))
        if state == JobState.HELD
        else ending.explain(_number(exit_code), _number(exit_signal))
        for state, hold_code, reason, exit_code, exit_signal in zip(*(wrong[name] for name in _TOLD), strict=True)
    ]
    keys = pd.DataFrame(
        {
            "batch": wrong["batch"].astype(str),
            "state": wrong["state"].astype(str),
            "word": [explanation.word for explanation in explained],
            "explanation": explained,
        },
        index=wrong.index,
    )
    found = []
    for (batch, state, _word), group in keys.groupby(["batch", "state", "word"], sort=False):
        rows = wrong.loc[group.index]
        reason = rows["reason"].mode().iloc[0] if state == JobState.HELD else ""
        name = str(rows["batch_name"].iloc[0])
        found.append(Cause(str(batch), name, str(state), group["explanation"].iloc[0], reason, tuple(rows.index)))
    return sorted(found, key=lambda cause: -len(cause.ids))


def _number(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)

"""Causes: held and failed jobs of a batch, grouped by why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, overload

import numpy as np
import pandas as pd

from dashboard.domain import ending, hold
from dashboard.domain.batch import called
from dashboard.domain.category import among, coded, combined
from dashboard.domain.hold import Explanation
from dashboard.domain.ids import Ids
from dashboard.domain.job import JobState

MINE = "by you"
"""The word of holds that people put themselves: nothing is wrong with them."""

# How HTCondor names a file that is not there (ENOENT); its name may hold blanks.
_FILE = re.compile(r"(?:from|file|open) '?(/[^\n]+?)'?:? \(errno=? ?2\)")

_UNKNOWN = np.iinfo("int64").min


class Cause(NamedTuple):
    """Jobs of one batch that are held or failed for the same reason.

    ``name`` is what the batch is called, ``state`` is ``held`` or ``failed``, ``reason`` the most frequent original
    text; ``ids`` are in the order of the frame.
    """

    batch: str
    name: str
    state: str
    explanation: Explanation
    reason: str
    ids: Ids

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


class Causes(Sequence[Cause]):
    """Why jobs are held or failed: one entry for each batch and reason, those with most jobs first.

    Each is made when it is looked at: there may be several for each of ten thousand batches.
    """

    def __init__(self, jobs: pd.DataFrame, rows: np.ndarray | None) -> None:
        self._jobs = jobs
        wrong = among(jobs["state"], (JobState.HELD, JobState.FAILED))
        self._rows = np.flatnonzero(wrong) if rows is None else rows[wrong[rows]]
        self._held = among(jobs["state"], (JobState.HELD,))[self._rows]
        reasons, self._texts = coded(jobs["reason"])
        self._reasons = reasons[self._rows]
        kinds, self._explained = self._explain()
        words = pd.factorize(np.array([explanation.word for explanation in self._explained], dtype=object))[0]
        groups = combined(coded(jobs["batch"])[0][self._rows], self._held, words[kinds])
        self._kinds = kinds
        self._sorted = np.argsort(groups, kind="stable")
        counts = np.bincount(groups)
        self._ends = np.cumsum(counts)
        self._order = np.argsort(-counts, kind="stable")

    def _explain(self) -> tuple[np.ndarray, list[Explanation]]:
        """The kind of each job, and the explanation of each kind: jobs of one kind are not explained one by one."""
        code = np.where(self._held, self._numbers("hold_code"), self._numbers("exit_code"))
        number = np.where(self._held, _UNKNOWN, self._numbers("exit_signal"))
        told = self._held & np.isin(code, [*hold.BY_TEXT, _UNKNOWN])
        kinds = combined(self._held, code, number, np.where(told, self._reasons, -1))
        first = np.unique(kinds, return_index=True)[1]
        return kinds, [
            hold.explain(_known(code[row]), self._text(self._reasons[row]) if told[row] else "")
            if self._held[row]
            else ending.explain(_known(code[row]), _known(number[row]))
            for row in first
        ]

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, place: int) -> Cause: ...
    @overload
    def __getitem__(self, place: slice) -> list[Cause]: ...
    def __getitem__(self, place: int | slice) -> Cause | list[Cause]:
        if isinstance(place, slice):
            return [self._made(group) for group in self._order[place]]
        return self._made(self._order[place])

    def _made(self, group: int) -> Cause:
        rows = self._sorted[self._ends[group - 1] if group else 0 : self._ends[group]]
        first, held = self._rows[rows[0]], self._held[rows[0]]
        return Cause(
            str(self._jobs["batch"].array[first]),
            called(*(str(self._jobs[column].array[first]) for column in ("batch_name", "command"))),
            str(JobState.HELD if held else JobState.FAILED),
            self._explained[self._kinds[rows[0]]],
            self._reason(rows) if held else "",
            Ids(self._jobs.index, self._rows[rows]),
        )

    def _reason(self, rows: np.ndarray) -> str:
        """The most frequent text of these jobs; of several the first in the alphabet."""
        found, counts = np.unique(self._reasons[rows], return_counts=True)
        return min(self._text(code) for code in found[counts == counts.max()])

    def _text(self, code: int) -> str:
        return str(self._texts[code]) if code >= 0 else ""

    def _numbers(self, column: str) -> np.ndarray:
        """Of the jobs that are held or failed."""
        values = self._jobs[column].array.take(self._rows)
        return np.asarray(values.to_numpy(dtype="int64", na_value=_UNKNOWN))


def causes(jobs: pd.DataFrame, rows: np.ndarray | None = None) -> Causes:
    """Why jobs of this frame are held or failed, or those in these rows."""
    return Causes(jobs, rows)


def _known(number: int) -> int | None:
    return None if number == _UNKNOWN else int(number)

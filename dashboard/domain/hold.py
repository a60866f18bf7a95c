"""Why a job is held, in plain words (HTCondor's HoldReasonCode, manual: job ClassAd attributes)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class Explanation(NamedTuple):
    """A short word for grouping, what it means, and what mends it."""

    word: str
    meaning: str
    remedy: str


_BY_CODE: dict[int, Explanation] = {
    1: Explanation("by you", "You, or someone with your rights, put it on hold.", "Release it when you are ready."),
    3: Explanation("periodic hold", "The job's own PERIODIC_HOLD expression became true.", "Look at the reason given."),
    4: Explanation("credentials", "Credentials of the job are missing or expired.", "Renew them, then release."),
    6: Explanation(
        "cannot start",
        "The program could not be started on the worker node.",
        "Check that the executable exists there, is executable and fits the system, then release.",
    ),
    7: Explanation("output file", "The standard output or error file could not be opened.", "Check its folder."),
    8: Explanation("input file", "The standard input file could not be opened.", "Check that it exists."),
    12: Explanation(
        "output transfer", "An output file could not be brought back.", "Check that the job writes it, and the quota."
    ),
    13: Explanation(
        "missing input",
        "An input file could not be sent to the job.",
        "Put the file where the job looks, then release.",
    ),
    14: Explanation("working folder", "The job's initial directory cannot be entered.", "Make it or mend its rights."),
    15: Explanation("by you", "It was submitted on hold.", "Release it when you are ready."),
    16: Explanation("uploading", "Its input files are still being uploaded.", "Nothing to do: it starts by itself."),
    19: Explanation("hook failed", "A hook that prepares the job failed.", "Tell the people who run the pool."),
    21: Explanation("by the pool", "The pool's policy on the worker node held it.", "Look at the reason given."),
    22: Explanation("log file", "The job's log could not be written.", "Check that folder's rights and quota."),
    26: Explanation("by the pool", "The schedd's policy held it.", "Look at the reason given."),
    34: Explanation("memory", "It used more memory than it asked for.", "Ask for more memory, then release."),
    35: Explanation("disk", "It used more disk than it asked for.", "Ask for more disk, then release."),
    46: Explanation("run time", "It ran longer than allowed.", "Ask for more time or split the work."),
    47: Explanation("run time", "It ran longer than allowed.", "Ask for more time or split the work."),
}

_BY_TEXT: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"memory", re.IGNORECASE), 34),
    (re.compile(r"disk (usage|use)|exceeded.*disk", re.IGNORECASE), 35),
    (re.compile(r"wall ?time|run ?time|max_?runtime|job duration", re.IGNORECASE), 46),
)

MEMORY = "memory"
"""The word of holds that more memory mends."""


BY_TEXT = (3, 21, 26)
"""Codes of policies of a pool, which are told apart by their text."""


@lru_cache(maxsize=20_000)
def explain(code: int | None, reason: str = "") -> Explanation:
    """Explain a hold; the reason's text counts for `BY_TEXT` and an unknown code."""
    if code is None or code in BY_TEXT:
        for pattern, meant in _BY_TEXT:
            if pattern.search(reason):
                return _BY_CODE[meant]
    if code is None:
        return Explanation("held", "It is on hold.", "Look at the reason given.")
    return _BY_CODE.get(code, Explanation(f"code {code}", "It is on hold.", "Look at the reason given."))

"""What keeps files from arriving, in plain words: Rucio's errors of rules and locks, and those of FTS and storages."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class Obstacle(NamedTuple):
    """A few words for it, what it means, what mends it, and whether another RSE may well take the files."""

    word: str
    meaning: str
    remedy: str
    elsewhere: bool = False


_DATA = "Tell those who look after the data. Files in place can be used meanwhile."

_BY_TEXT: tuple[tuple[str, Obstacle], ...] = (
    (
        r"no space left|disk full|\[28\]",
        Obstacle(
            "No room at the RSE",
            "The RSE has no room left.",
            "Stage the data elsewhere, or tell those who look after the RSE.",
            elsewhere=True,
        ),
    ),
    (
        r"not enough quota|account limit|quota exceeded",
        Obstacle(
            "No quota left",
            "Your quota at the RSE is used up.",
            "Delete rules there that you no longer need, or stage the data elsewhere.",
            elsewhere=True,
        ),
    ),
    (
        r"not enough target RSEs|not available for writing",
        Obstacle(
            "RSE is closed",
            "No RSE that the rule allows takes files at present.",
            "Wait until one does, or stage the data elsewhere.",
            elsewhere=True,
        ),
    ),
    (
        r"checksum",
        Obstacle("File is damaged", "A file is not what it was: its checksum differs from the catalogue's.", _DATA),
    ),
    (
        r"MissingSourceReplica|NO_SOURCES",
        Obstacle("No source", "There is no place from which Rucio could copy a file.", _DATA),
    ),
    (
        r"^(?!.*destination).*(no such file|not found|does not exist)",
        Obstacle("Lost at its source", "A file is not there where Rucio copies it from.", _DATA),
    ),
    (
        r"permission denied|not permitted|authenticat|authoriz|credential|certificate|\b40[13]\b",
        Obstacle("Not allowed", "A storage does not let Rucio in.", "Tell those who run Rucio for you."),
    ),
    (
        r"timed? ?out|connection|connect to|unreachable|no route",
        Obstacle(
            "No connection",
            "A storage does not answer.",
            "That often passes; if it lasts, stage the data elsewhere.",
            elsewhere=True,
        ),
    ),
)
_PATTERNS = tuple((re.compile(text, re.IGNORECASE | re.DOTALL), meant) for text, meant in _BY_TEXT)


@lru_cache(maxsize=10_000)
def explain(error: str) -> Obstacle | None:
    """Explain an error as Rucio tells it; None when its own words are all there is."""
    return next((meant for pattern, meant in _PATTERNS if pattern.search(error)), None)

"""What went wrong with an outside system, in one sentence people can act on."""

from __future__ import annotations

from typing import Literal

Kind = Literal["unreachable", "timeout", "denied", "expired", "quota", "missing", "exists", "invalid", "internal"]


class Problem(Exception):
    """A failure told in one clear sentence: what, why, how to mend.

    Parameters
    ----------
    kind
        What sort of failure it is; ``unreachable`` and ``timeout`` mean the outcome of an action is not known.
    sentence
        The words to show. Plain text: a page escapes it.
    """

    def __init__(self, kind: Kind, sentence: str) -> None:
        super().__init__(kind, sentence)
        self.kind = kind
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence

"""Data identifiers: ``scope:name``."""

from __future__ import annotations

import re
from typing import NamedTuple

from dashboard.domain.problem import Problem

_SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}")
_NAME = re.compile(r"[A-Za-z0-9][\w./:+=@-]{0,499}", re.ASCII)
_PATTERN = re.compile(r"[\w./:+=@*?-]{1,500}", re.ASCII)


class Did(NamedTuple):
    """Data identifier: the scope and the name of a file, dataset or container."""

    scope: str
    name: str

    def __str__(self) -> str:
        return f"{self.scope}:{self.name}"


def parse(text: str, *, pattern: bool = False) -> Did:
    """Read ``scope:name``; the first colon parts them, so names may hold colons.

    Parameters
    ----------
    pattern
        Allow the wildcards ``*`` and ``?`` in the name.

    Raises
    ------
    Problem
        ``invalid``, when the text is not a data identifier.
    """
    scope, colon, name = text.strip().partition(":")
    if not colon:
        raise Problem("invalid", f"“{text}” is not a data identifier: write it as scope:name.")
    if not _SCOPE.fullmatch(scope):
        raise Problem("invalid", f"“{scope}” is not a scope: letters, digits, dots, dashes and underscores only.")
    if not (_PATTERN if pattern else _NAME).fullmatch(name):
        raise Problem("invalid", f"“{name}” is not a name Rucio accepts: no blanks, quotes or other special signs.")
    return Did(scope, name)

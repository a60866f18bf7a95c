"""What a search for data asks of their metadata, as Rucio's filters say it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite

from dashboard.domain.problem import Problem

Value = str | int | float | bool | datetime
Filters = str | Mapping[str, Value] | Sequence[Mapping[str, Value]]

_SUFFIXES = {"=": "", "==": "", "!=": ".ne", ">=": ".gte", "<=": ".lte", ">": ".gt", "<": ".lt"}
_KEY = re.compile(r"[A-Za-z]\w{0,254}(\.(ne|gte|lte|gt|lt))?", re.ASCII)
_TERM = re.compile(r"\s*(\w+)\s*(==|!=|>=|<=|=|>|<)\s*([^<>=!]+?)\s*", re.ASCII)


def alternatives(filters: Filters) -> list[dict[str, str | int | float | bool]]:
    """Read filters: all of one mapping must hold, and one mapping of them at least.

    Parameters
    ----------
    filters
        ``{"datatype": "AOD", "run_number.gte": 1}``, several of these, or text: ``"datatype=AOD, run_number>=1"``, with
        a semicolon between alternatives. Operators are ``ne``, ``gte``, ``lte``, ``gt`` and ``lt``, without one values
        are equal and may have ``*``. Empty: everything.

    Raises
    ------
    Problem
        ``invalid``, when they are something else.
    """
    if isinstance(filters, str):
        filters = [_read(group) for group in filters.split(";") if group.strip()]
    elif isinstance(filters, Mapping):
        filters = [filters]
    return [{key: _checked(key, value) for key, value in one.items()} for one in filters] or [{}]


def _read(text: str) -> dict[str, Value]:
    told: dict[str, Value] = {}
    for term in text.split(","):
        read = _TERM.fullmatch(term)
        if not read:
            raise Problem("invalid", f"“{term.strip()}” is not a filter: write it as datatype=AOD or run_number>=1.")
        key = read[1] + _SUFFIXES[read[2]]
        if key in told:
            raise Problem("invalid", f"The filter asks for {read[1]}{read[2]} twice: part alternatives by a semicolon.")
        told[key] = read[3]
    return told


def _checked(key: object, value: object) -> str | int | float | bool:
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Problem("invalid", f"“{key}” cannot be filtered by: write datatype, or run_number.gte (lte, gt, lt, ne).")
    if key.partition(".")[0] == "name":
        raise Problem("invalid", "The name cannot be filtered by: it is in the pattern, as scope:name*.")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise Problem("invalid", f"The time of {key} has no zone: write datetime(…, tzinfo=UTC).")
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    if not isinstance(value, str | int | float) or (isinstance(value, float) and not isfinite(value)):
        raise Problem("invalid", f"{key} can be compared with a text, a number, True, False or a time only.")
    if isinstance(value, str) and key.endswith((".gte", ".lte", ".gt", ".lt")) and set(value) & set("*%"):
        raise Problem("invalid", f"{key} cannot be compared with “{value}”: * stands in values that are equal only.")
    return value

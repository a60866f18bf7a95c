"""What was measured, in rows, as a table."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import NamedTuple

import psutil


class Row(NamedTuple):
    """One measurement: what, how much, beside what it stands, and whether the target is met (None: it has none)."""

    what: str
    value: str
    beside: str = ""
    target: str = ""
    met: bool | None = None


def ms(seconds: float) -> str:
    """A duration."""
    return f"{seconds:.1f} s" if seconds >= 10 else f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms"


def size(number: float) -> str:
    """A number of bytes."""
    if abs(number) >= 1e6:
        return f"{number / 1e6:.1f} MB"
    return f"{number / 1e3:.1f} kB" if abs(number) >= 1e3 else f"{number:.0f} B"


def most(what: str, value: float, limit: float, shown: Callable[[float], str], beside: str = "") -> Row:
    """A value that should be at most so large."""
    return Row(what, shown(value), beside, f"≤ {shown(limit)}", value <= limit)


def machine() -> str:
    """The machine in one line, without its name."""
    names = ("panel", "bokeh", "pandas", "htcondor", "rucio-clients", "pyarrow")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    memory = psutil.virtual_memory().total / 2**30
    system = f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}"
    system += f", load of the last quarter of an hour {os.getloadavg()[2]:.1f}"
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {system} · Python {platform.python_version()} · {packages}"


def table(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    marks = {True: "✓", False: "✗", None: ""}
    lines = ["| measured | value | beside | target | |", "|---|---|---|---|---|"]
    lines += [f"| {row.what} | {row.value} | {row.beside} | {row.target} | {marks[row.met]} |" for row in rows]
    return "\n".join(lines)

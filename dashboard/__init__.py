"""Cygnet: one live dashboard for HTCondor jobs and Rucio data.

Names are loaded when first used, so ``import dashboard`` is quick and needs neither Panel nor pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboard.domain.outcome import Outcome
    from dashboard.domain.problem import Problem
    from dashboard.workspace import Workspace, connect
    from dashboard.workspace.data import Staging
    from dashboard.workspace.jobs import Submission

__version__ = "0.1.0"
__all__ = ["Outcome", "Problem", "Staging", "Submission", "Workspace", "connect"]

_HOMES = {
    "Outcome": "dashboard.domain.outcome",
    "Problem": "dashboard.domain.problem",
    "Staging": "dashboard.workspace.data",
    "Submission": "dashboard.workspace.jobs",
    "Workspace": "dashboard.workspace",
    "connect": "dashboard.workspace",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])

"""Cygnet: one live dashboard for HTCondor jobs and Rucio data.

Names are loaded when first used, so ``import dashboard`` is quick and needs neither Panel nor pandas.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboard.domain.outcome import Outcome
    from dashboard.domain.problem import Problem
    from dashboard.homes.notebook import show
    from dashboard.workspace import Workspace, connect
    from dashboard.workspace.data import Staging
    from dashboard.workspace.jobs import Submission

__version__ = "0.1.0"
__all__ = ["Outcome", "Problem", "Staging", "Submission", "Workspace", "connect", "show"]

_HOMES = {
    "Outcome": "dashboard.domain.outcome",
    "Problem": "dashboard.domain.problem",
    "Staging": "dashboard.workspace.data",
    "Submission": "dashboard.workspace.jobs",
    "Workspace": "dashboard.workspace",
    "connect": "dashboard.workspace",
    "show": "dashboard.homes.notebook",
    "load_ipython_extension": "dashboard.homes.magics",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])


def _show_live() -> None:
    """In a notebook, have IPython display submissions and stagings as live views; elsewhere they are plain text."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None and hasattr(shell, "kernel"):

        def bundle(shown: Submission | Staging) -> Any:
            return import_module("dashboard.homes.notebook").bundle(shown)

        formatter = shell.display_formatter.mimebundle_formatter
        formatter.for_type_by_name("dashboard.workspace.jobs", "Submission", bundle)
        formatter.for_type_by_name("dashboard.workspace.data", "Staging", bundle)


_show_live()

"""How a backend is, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, NamedTuple

NAMES = {"htcondor": "HTCondor", "rucio": "Rucio"}
"""What people call each backend."""

State = Literal["starting", "ok", "part", "stale", "down", "off"]


class Health(NamedTuple):
    """State of one backend.

    ``starting``: never answered yet · ``ok``: the last tick answered · ``part``: of several schedds some fail ·
    ``stale``: it fails now, older data is shown · ``down``: it fails and there is nothing to show · ``off``: not
    configured. ``reason`` is in sentences; ``brief`` says in a few words which of several schedds are not there.
    """

    state: State
    since: datetime
    reason: str = ""
    brief: str = ""

    @property
    def answers(self) -> bool:
        """Whether the last tick was answered."""
        return self.state == "ok"


def off(reason: str = "not configured") -> Health:
    """Health of a backend that is not configured."""
    return Health("off", datetime.now(UTC), reason)

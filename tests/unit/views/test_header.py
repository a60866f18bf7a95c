"""How the health line tells that some of several schedds are missing."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.domain.health import Health
from dashboard.views.header import HealthLine

NOW = datetime(2026, 11, 22, 14, 3, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (Health("ok", NOW), "HTCondor ok as of"),
        (Health("part", NOW, "<b> is away.", "without <b> (1 of 2 not answering)"), "HTCondor without <b> (1 of 2 not"),
        (Health("starting", NOW, "far has not answered yet.", "waiting for far"), "HTCondor waiting for far showing"),
        (Health("stale", NOW, "Away."), "HTCondor not answering since"),
    ],
)
def test_what_is_missing_is_said_and_escaped(health: Health, said: str, seen: Any) -> None:
    session: Any = SimpleNamespace(preparing=False, health=lambda _name: (health, NOW))
    line = HealthLine(session, ["htcondor"])
    line.update()
    assert said in seen(line)
    assert "<b>" not in line.__panel__().object

"""Which finished jobs a session looks at."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.domain.archive import Choice
from dashboard.domain.archive_statistics import STATES

SPANS = {"any time": 0, "last 24 hours": 1, "last 7 days": 7, "last 30 days": 30, "last 90 days": 90, "last year": 365}
"""How far back one can look, in days; 0: as far as is known."""


def chosen(span: str, text: str = "", host: str = "", owner: str = "", state: str = "") -> Choice:
    """What is meant by what a person has set; unknown values count as nothing set."""
    days = SPANS.get(span, 0)
    # By the hour, so that sessions share what is computed.
    now = int(datetime.now(UTC).timestamp()) // 3600 * 3600
    return Choice(
        since=now - days * 86400 if days else 0,
        text=" ".join(text.split()),
        host=host.strip(),
        owner=owner,
        state=state if state in STATES else "",
    )

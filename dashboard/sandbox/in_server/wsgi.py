"""The Rucio REST server's application, with two changes: a deleted rule ends in seconds, the cache is in memory."""

from datetime import datetime, timedelta
from typing import Any

import database
import memory  # noqa: F401  first: the modules of Rucio configure their caches when they are imported
from rucio.core import rule as rules
from rucio.db.sqla.models import ReplicationRule
from rucio.gateway import rule as gateway
from rucio.web.rest.flaskapi.v1.main import application

__all__ = ["application"]

GRACE = timedelta(seconds=2)
_delete_rule = rules.delete_rule


def _delete_rule_soon(rule_id: str, *, session: Any, **options: Any) -> None:
    # Rucio's REST deletion lets a rule expire in 3,600 s, a constant in its code: too long to watch in a sandbox.
    _delete_rule(rule_id=rule_id, session=session, **options)
    if options.get("soft"):
        session.get(ReplicationRule, rule_id).expires_at = datetime.utcnow() + GRACE


gateway.rule.delete_rule = _delete_rule_soon
database.wait_for_turns()

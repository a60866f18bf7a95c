"""Permissions of the sandbox: generic, and people may change and delete their own rules, as at the experiments."""

from typing import Any

from rucio.core.rule import get_rule

OWNER_MAY = frozenset({"del_rule", "update_rule", "reduce_rule", "move_rule"})


def has_permission(issuer: Any, action: str, kwargs: dict[str, Any], *, session: Any) -> bool | None:
    """Return True when the owner of a rule acts on it, None to let Rucio's generic policy decide."""
    if action in OWNER_MAY and get_rule(kwargs["rule_id"], session=session)["account"] == issuer:
        return True
    return None

"""Mending what holds jobs: more memory and release, two actions told as one outcome."""

from __future__ import annotations

from dashboard.domain.attention import Mend
from dashboard.domain.outcome import Item, Outcome
from dashboard.domain.units import memory
from dashboard.workspace import Workspace


def mend(workspace: Workspace, wanted: Mend, action_id: str) -> Outcome:
    """Do what `wanted` says; blocks, so call it in a thread.

    A job whose memory could not be changed is not released: it would be held again.
    """
    if wanted.memory_mib is None:
        return workspace.release(wanted.ids, action_id=action_id)
    edited = workspace.edit(wanted.ids, {"RequestMemory": wanted.memory_mib}, action_id=f"{action_id}-edit")
    ready = edited.ids("done", "already")
    released = workspace.release(ready, action_id=f"{action_id}-release").items if ready else ()
    told = {item.id: item for item in released}
    items = tuple(
        told.get(item.id, Item(item.id, item.result, f"memory not changed, so not released: {item.reason}"))
        for item in edited.items
    )
    return Outcome(f"ask {memory(wanted.memory_mib)} and release", action_id, items)

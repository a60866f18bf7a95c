from dashboard.domain.attention import Mend
from dashboard.domain.outcome import Item, Outcome
from dashboard.models.mending import mend


class Recorder:
    """Records what is asked of a workspace, and answers as told."""

    def __init__(self, edited: dict[str, Item]) -> None:
        self.edited = edited
        self.asked: list[tuple[object, ...]] = []

    def edit(self, ids, attributes, action_id):
        self.asked.append(("edit", tuple(ids), attributes, action_id))
        return Outcome("edit", action_id, tuple(self.edited[i] for i in ids))

    def release(self, ids, action_id):
        self.asked.append(("release", tuple(ids), action_id))
        return Outcome("release", action_id, tuple(Item(i, "done") for i in ids))


def test_memory_is_raised_before_release_and_refusals_are_told():
    workspace = Recorder({"1.0": Item("1.0", "done"), "1.1": Item("1.1", "denied", "not yours")})
    told = mend(workspace, Mend("", ("1.0", "1.1"), 3072), "x")
    assert workspace.asked == [
        ("edit", ("1.0", "1.1"), {"RequestMemory": 3072}, "x-edit"),
        ("release", ("1.0",), "x-release"),
    ]
    assert told.id == "x"
    assert str(told).startswith("ask 3 GiB and release: 1 done, 1 denied")
    assert [(i.id, i.result) for i in told.items] == [("1.0", "done"), ("1.1", "denied")]
    assert told.items[1].reason == "memory not changed, so not released: not yours"


def test_nothing_is_released_when_no_memory_was_changed():
    workspace = Recorder({"1.0": Item("1.0", "failed", "schedd is away")})
    told = mend(workspace, Mend("", ("1.0",), 3072), "x")
    assert len(workspace.asked) == 1
    assert told.counts == {"failed": 1}


def test_release_alone():
    workspace = Recorder({})
    assert mend(workspace, Mend("", ("1.0",)), "x").ok
    assert workspace.asked == [("release", ("1.0",), "x")]

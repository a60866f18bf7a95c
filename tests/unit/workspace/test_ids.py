"""What an action is to be done with may be named in several ways."""

from typing import Any

import pytest

from dashboard.workspace.data import Staging
from dashboard.workspace.ids import Named, ids_of
from dashboard.workspace.jobs import Submission

NOBODY: Any = None


@pytest.mark.parametrize(
    ("named", "ids"),
    [
        ("1234.5", ["1234.5"]),
        (1234, ["1234"]),
        (["1.0", "1.1", "1.0"], ["1.0", "1.1"]),
        ([1, "2"], ["1", "2"]),
        (Submission(7, 3, NOBODY), ["7"]),
        ([Submission(7, 3, NOBODY, "far"), "8@near"], ["7@far", "8@near"]),
        (Staging("mc26:x", "a1b2", NOBODY), ["a1b2"]),
        (NOBODY, ["None"]),  # no id: refused in words by who is asked
    ],
)
def test_ids_of(named: Named, ids: list[str]) -> None:
    assert ids_of(named) == ids

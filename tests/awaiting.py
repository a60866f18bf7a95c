"""Waiting for a condition, for tests."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")


def awaited(condition: Callable[[], T | None], what: str, seconds: float = 60.0) -> T:
    """Value of the condition once it is neither None nor False; the test fails when that takes too long."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value is not None and value is not False:
            return value
        if time.monotonic() > end:
            pytest.fail(f"{what} was not seen within {seconds:.0f} s")
        time.sleep(0.2)

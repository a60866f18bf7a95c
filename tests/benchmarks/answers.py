"""How a process of the bench answers the one that started it."""

from __future__ import annotations

import json
import sys


def answer(value: object) -> None:
    """Say something in one line of JSON."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()

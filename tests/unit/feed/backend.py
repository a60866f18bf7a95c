"""A backend for tests of the feed, run by real workers: a folder's files say what it does."""

import ctypes
import itertools
import json
import logging
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard.domain.change import Change
from dashboard.domain.problem import Problem

PACKAGE = "tests.unit.feed"
NAME = "backend"


@dataclass(frozen=True)
class Settings:
    folder: Path
    interval: float = 0.05
    deadline: float = 5.0


def frame(rows: dict[str, int]) -> pd.DataFrame:
    index = pd.Index(list(rows), name="id", dtype="object")
    return pd.DataFrame({"value": pd.array(list(rows.values()), dtype="int64")}, index=index)


class Backend:
    def __init__(self, settings: Settings) -> None:
        self._folder = settings.folder
        self._cursors = itertools.count(1)
        self._told = 0

    def tick(self, cursor: object) -> Change:
        with (self._folder / "ticks").open("a") as log:
            log.write(f"{cursor}\n")
        if (self._folder / "away").exists():
            raise Problem("unreachable", "It is away.")
        while (self._folder / "silent").exists():
            time.sleep(0.05)
        if (self._folder / "nonsense").exists():
            return Change(1, datetime.now(UTC), "no frame")  # type: ignore[arg-type]
        rows = self._folder / "rows"
        known = frame(json.loads(rows.read_text()) if rows.exists() else {})
        full, self._told = cursor is None or cursor != self._told, next(self._cursors)
        if (self._folder / "pieces").exists():
            piece = known.iloc[:1]
            return Change(self._told, datetime.now(UTC), piece, full=full, more=True, complete=False)
        return Change(self._told, datetime.now(UTC), known, full=True)

    def echo(self, value: Any) -> Any:
        return value

    def environment(self) -> int:
        return os.getpid()

    def refuse(self) -> None:
        raise Problem("denied", "That is not yours.")

    def stumble(self) -> None:
        raise ValueError("odd")

    def chatter(self) -> None:
        os.write(1, b"printed\n")
        logging.getLogger("a.client").error("logged")

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def hold_the_gil(self, seconds: int) -> None:
        ctypes.PyDLL(None).sleep(seconds)

    def die(self) -> None:
        os._exit(3)

    def _secret(self) -> str:
        return "secret"


def connect(settings: Settings) -> Backend:
    if (settings.folder / "locked").exists():
        raise Problem("denied", "No way in.")
    return Backend(settings)

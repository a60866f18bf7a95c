"""What a sandbox is doing, as its keeper writes it down for everyone else."""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

State = Literal["starting", "ok", "down", "unavailable"]
Seed = Literal["off", "waiting", "running", "done", "failed"]


def now() -> str:
    """Return the time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class EngineStatus:
    """One engine: its state, where it answers, the last thing it said, since when (UTC), and its example content."""

    state: State
    address: str = ""
    message: str = ""
    since: str = ""
    seed: Seed = "off"

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be expected of its start."""
        return self.state != "starting" and (self.state != "ok" or self.seed not in ("waiting", "running"))


@dataclass(frozen=True)
class Status:
    """The whole sandbox; `keeper` is the process id of its keeper, 0 when it is not up."""

    settings: Path
    engines: dict[str, EngineStatus] = field(default_factory=dict)
    keeper: int = 0

    @property
    def up(self) -> bool:
        """Whether a keeper runs; its engines may still be starting."""
        return self.keeper > 0

    @property
    def settled(self) -> bool:
        """Whether every engine has come up or failed, and is seeded if it was to be."""
        return all(engine.settled for engine in self.engines.values())

    def stopped(self) -> "Status":
        """Return what is left of this once the keeper is gone."""
        gone = {
            name: replace(engine, state="down", message="The sandbox is not up.")
            for name, engine in self.engines.items()
        }
        return replace(self, engines=gone, keeper=0)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data: settings, up, engines by name with state, address, message, since and seed."""
        return {
            "settings": str(self.settings),
            "up": self.up,
            "keeper": self.keeper,
            "engines": {name: asdict(engine) for name, engine in self.engines.items()},
        }

    def write(self, file: Path) -> None:
        """Replace `file`, so that a reader sees the old or the new, never a half."""
        new = file.with_suffix(".new")
        new.write_text(json.dumps(self.as_json(), indent=1))
        new.replace(file)

    @classmethod
    def read(cls, file: Path, settings: Path) -> "Status":
        """Return what the keeper last wrote to `file`; an empty status when it never did."""
        try:
            data = json.loads(file.read_text())
        except FileNotFoundError:
            return cls(settings)
        return cls(settings, {name: EngineStatus(**engine) for name, engine in data["engines"].items()}, data["keeper"])

"""Example data: containers and datasets of real small files, and three replication rules of alice."""

import hashlib
import json
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard.sandbox import grid
from dashboard.sandbox.seed.rest import Rest

SOURCE = "CERN-DATADISK"
CHUNK = 200  # replicas in one request: SQLite refuses more than a thousand


@dataclass(frozen=True)
class Dataset:
    """A dataset to make: `count` files of about `size` bytes each, in `container` if given."""

    scope: str
    name: str
    count: int
    size: int
    meta: dict[str, Any] = field(default_factory=dict)
    container: str | None = None


@dataclass(frozen=True)
class File:
    """One file and what the catalogue says of it."""

    scope: str
    name: str
    content: bytes

    @property
    def record(self) -> dict[str, Any]:
        """The file as Rucio's REST interface takes it."""
        adler32, md5 = f"{zlib.adler32(self.content):08x}", hashlib.md5(self.content, usedforsecurity=False).hexdigest()
        return {"scope": self.scope, "name": self.name, "bytes": len(self.content), "adler32": adler32, "md5": md5}

    @property
    def path(self) -> Path:
        """Where a deterministic storage element keeps it: Rucio's `hash` algorithm."""
        digest = hashlib.md5(f"{self.scope}:{self.name}".encode(), usedforsecurity=False).hexdigest()
        top = self.scope.replace(".", "/") if self.scope.startswith(("user", "group")) else self.scope
        return Path(top, digest[:2], digest[2:4], self.name)


DATA = "data26_13p6TeV.periodB.physics_Main.AOD"
SIMULATION = "mc26_13p6TeV.Zjets.AOD"


def _run(number: int, count: int, size: int) -> Dataset:
    meta = {"datatype": "AOD", "run_number": number, "project": "data26_13p6TeV", "stream_name": "physics_Main"}
    return Dataset("data26", f"data26_13p6TeV.{number:08d}.physics_Main.AOD", count, size, meta, DATA)


def _sample(number: int, process: str, count: int, size: int) -> Dataset:
    meta = {"datatype": "AOD", "run_number": number, "project": "mc26_13p6TeV", "prod_step": "recon"}
    return Dataset("mc26", f"mc26_13p6TeV.{number}.{process}.AOD", count, size, meta, SIMULATION)


QUICK = _run(456003, 30, 100_000)
SLOW = _run(456001, 20, 500_000)
BROKEN = _sample(700325, "Znunu", 10, 60_000)
DATASETS = (
    SLOW,
    _run(456002, 12, 250_000),
    QUICK,
    _sample(700323, "Zmumu", 20, 300_000),
    _sample(700324, "Ztautau", 15, 400_000),
    BROKEN,
    Dataset("mc26", "mc26_13p6TeV.601523.Hyy.EVNT", 1, 2_000_000, {"datatype": "EVNT", "project": "mc26_13p6TeV"}),
    Dataset("user.alice", "user.alice.dimuon.2026.csv", 10, 40_000, {"datatype": "CSV"}),
)
#: Rules of alice: one that is soon OK, one that takes minutes, one that gets stuck on a file whose source is lost.
RULES = ((QUICK, "LAB-SCRATCH"), (SLOW, "NORDIC-SCRATCH"), (BROKEN, "tier=2&country=DE"))


def files(dataset: Dataset) -> Iterator[File]:
    """Yield the files of a dataset; the same bytes on every machine."""
    stem, ending = (dataset.name[:-4], "csv") if dataset.name.endswith(".csv") else (dataset.name, "root")
    for number in range(1, dataset.count + 1):
        name = f"{stem}._{number:06d}.{ending}"
        chance = random.Random(name)  # noqa: S311 - content, not a secret
        size = round(dataset.size * chance.uniform(0.8, 1.2))
        yield File(dataset.scope, name, _events(chance, size) if ending == "csv" else chance.randbytes(size))


def _events(chance: random.Random, size: int) -> bytes:
    # Pairs of muons with a Z peak on a falling spectrum: something to plot once it is staged.
    lines = ["run,event,mass_GeV,pt1_GeV,pt2_GeV"]
    length = len(lines[0]) + 1
    while length < size:
        mass = chance.gauss(91.2, 2.8) if chance.random() < 0.6 else 20 + chance.expovariate(1 / 40)
        pts = sorted((chance.gauss(mass / 2, 6), chance.gauss(mass / 2, 6)), reverse=True)
        line = f"456001,{chance.randrange(10**9)},{mass:.3f},{pts[0]:.3f},{pts[1]:.3f}"
        lines.append(line)
        length += len(line) + 1
    return ("\n".join(lines) + "\n").encode()


def seed(catalogue_settings: dict[str, Any], folder: Path, report: Callable[[str], None]) -> None:
    """Fill the Rucio server of the sandbox in `folder`; what is there already stays as it is.

    Parameters
    ----------
    catalogue_settings
        The `[rucio]` table of alice, as `Catalogue.settings` returns it.
    folder
        The sandbox's folder.
    report
        Told each step that takes over a second.
    """
    passwords = json.loads((folder / "rucio" / "passwords.json").read_text())
    root = Rest(catalogue_settings["host"], "root", passwords["root"])
    for scope, container in (("data26", DATA), ("mc26", SIMULATION)):
        root.post(f"dids/{scope}/{container}", {"type": "CONTAINER"})
    for dataset in DATASETS:
        report(f"Rucio: example data {dataset.scope}:{dataset.name}…")
        _add(root, dataset, grid.folder_of(folder, SOURCE))
    alice = Rest(catalogue_settings["host"], "alice", passwords["alice"])
    for dataset, expression in RULES:
        alice.post("rules/", rule(dataset, "alice", expression) | {"lifetime": 30 * 86400})


def _add(root: Rest, dataset: Dataset, storage: Path) -> None:
    did = f"dids/{dataset.scope}/{dataset.name}"
    if not root.post(did, {"type": "DATASET", "meta": dataset.meta}):
        return
    made = list(files(dataset))
    for file in made:
        path = storage / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    if dataset is BROKEN:
        (storage / made[-1].path).unlink()  # a real loss of data, such as a broken disk makes
    records = [file.record for file in made]
    for start in range(0, len(records), CHUNK):
        part = records[start : start + CHUNK]
        root.post("replicas/", {"rse": SOURCE, "files": part, "ignore_availability": False})
        root.post(f"{did}/dids", {"dids": [{"scope": item["scope"], "name": item["name"]} for item in part]})
    if dataset.container:
        root.post(
            f"dids/{dataset.scope}/{dataset.container}/dids",
            {"dids": [{"scope": dataset.scope, "name": dataset.name}]},
        )
    root.post("rules/", rule(dataset, "root", SOURCE))  # keeps the source from being cleaned away


def rule(dataset: Dataset, account: str, expression: str) -> dict[str, Any]:
    """Return the rule "one copy of `dataset` for `account` at `expression`" as Rucio's REST interface takes it."""
    return {
        "dids": [{"scope": dataset.scope, "name": dataset.name}],
        "account": account,
        "copies": 1,
        "rse_expression": expression,
        "grouping": "DATASET",
        "weight": None,
        "lifetime": None,
        "locked": False,
        "source_replica_expression": None,
        "activity": "User Subscriptions",
        "notify": "N",
        "purge_replicas": False,
        "ignore_availability": False,
        "comment": None,
        "ask_approval": False,
        "asynchronous": False,
        "delay_injection": None,
        "priority": 3,
        "split_container": False,
        "meta": None,
    }

"""The Rucio server of the sandbox is real: rules run, get stuck, recover and go, and nothing outlives its starter."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.sandbox import grid
from dashboard.sandbox.catalogue import Catalogue
from dashboard.sandbox.seed.data import BROKEN, DATASETS, QUICK, SLOW, Dataset, rule, seed
from dashboard.sandbox.seed.rest import Rest

ZMUMU = next(dataset for dataset in DATASETS if "Zmumu" in dataset.name)
STARTER = """
import sys
from pathlib import Path
from dashboard.sandbox.catalogue import Catalogue
catalogue = Catalogue(Path(sys.argv[1]), lambda line: None)
catalogue.up()
print("up", flush=True)
sys.stdin.read()
"""


def until(true: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


class Person(Rest):
    """An account and what it does with its rules."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__(settings["host"], settings["account"], settings["password"])
        self.account = settings["account"]

    def stage(self, dataset: Dataset, expression: str = "LAB-SCRATCH", **changes: Any) -> str:
        rule_id: str = json.loads(self.send("rules/", rule(dataset, self.account, expression) | changes))[0]
        return rule_id

    def rule(self, rule_id: str) -> dict[str, Any]:
        rule: dict[str, Any] = json.loads(self.send(f"rules/{rule_id}"))
        return rule

    def rules(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.send(f"accounts/{self.account}/rules").splitlines()]

    def delete(self, rule_id: str) -> None:
        self.send(f"rules/{rule_id}", {"purge_replicas": None}, method="DELETE")

    def is_gone(self, rule_id: str) -> bool:
        return rule_id not in {rule["id"] for rule in self.rules()}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    folder = tmp_path_factory.mktemp("catalogue")
    catalogue = Catalogue(folder, print)
    catalogue.up()
    seed(catalogue.settings("alice"), folder, print)
    yield catalogue
    catalogue.down()


@pytest.fixture
def alice(catalogue: Catalogue) -> Person:
    return Person(catalogue.settings("alice"))


@pytest.fixture
def scratch(catalogue: Catalogue) -> Path:
    mounts = {mount["rse"]: mount["path"] for mount in catalogue.settings("alice")["mounts"]}
    return Path(mounts["LAB-SCRATCH"])


def arrived(storage: Path, dataset: Dataset) -> list[Path]:
    """Return the files of a dataset in a storage element, half-copied ones included."""
    return [path for path in storage.rglob("*") if dataset.name in path.name and path.is_file()]


@pytest.fixture
def staged(catalogue: Catalogue, alice: Person, scratch: Path) -> Iterator[Callable[[], str]]:
    made: list[str] = []

    def stage() -> str:
        made.append(alice.stage(ZMUMU))
        return made[-1]

    yield stage
    catalogue.set_transfers()
    for rule_id in made:
        if not alice.is_gone(rule_id):
            alice.delete(rule_id)
    until(lambda: not arrived(scratch, ZMUMU), 30)


def refusal(call: Callable[[], object]) -> tuple[int, str, str]:
    with pytest.raises(urllib.error.HTTPError) as caught:
        call()
    said = json.loads(caught.value.__notes__[0])
    return caught.value.code, said["ExceptionClass"], said["ExceptionMessage"]


def test_example_rules_are_ok_replicating_and_stuck(alice: Person) -> None:
    def state(dataset: Dataset) -> str:
        found: str = next(rule["state"] for rule in alice.rules() if rule["name"] == dataset.name)
        return found

    until(lambda: state(QUICK) == "OK", 60)
    assert state(SLOW) == "REPLICATING"
    until(lambda: state(BROKEN) == "STUCK", 60)
    (broken,) = (rule for rule in alice.rules() if rule["name"] == BROKEN.name)
    assert (broken["locks_ok_cnt"], broken["locks_stuck_cnt"]) == (9, 1)
    assert "No such file or directory" in broken["error"]


def test_seeding_again_changes_nothing(catalogue: Catalogue, alice: Person, scratch: Path) -> None:
    before = sorted(rule["id"] for rule in alice.rules())
    seed(catalogue.settings("alice"), scratch.parents[1], print)
    assert sorted(rule["id"] for rule in alice.rules()) == before


def test_a_rule_brings_real_files_one_by_one(
    catalogue: Catalogue, alice: Person, scratch: Path, staged: Callable[[], str]
) -> None:
    catalogue.set_transfers(bandwidth_bytes_per_s=1.5 * grid.MB)
    rule_id = staged()
    seen = set()

    def done() -> bool:
        rule = alice.rule(rule_id)
        seen.add((rule["state"], rule["locks_ok_cnt"]))
        return bool(rule["state"] == "OK")

    until(done, 60)
    assert len(seen) > 2, "progress was not seen"
    assert {state for state, _ in seen} == {"REPLICATING", "OK"}
    copies = arrived(scratch, ZMUMU)
    assert len(copies) == 20
    for copy in copies:
        source = scratch.parent / "CERN-DATADISK" / copy.relative_to(scratch)
        assert copy.read_bytes() == source.read_bytes()
        assert copy.stat().st_mode & 0o004, "jobs run as other users"


def test_failed_transfers_get_a_rule_stuck_and_the_judge_brings_it_back(
    catalogue: Catalogue, alice: Person, staged: Callable[[], str]
) -> None:
    catalogue.set_transfers(failure_rate=1.0)
    rule_id = staged()
    until(lambda: alice.rule(rule_id)["locks_stuck_cnt"] == 20, 60)
    rule = alice.rule(rule_id)
    assert rule["state"] == "STUCK"
    assert "No space left on device" in rule["error"]
    catalogue.set_transfers()
    until(lambda: alice.rule(rule_id)["state"] == "OK", 60)
    assert alice.rule(rule_id)["error"] is None


def test_a_deleted_rule_takes_its_files_along_even_in_flight(
    catalogue: Catalogue, alice: Person, scratch: Path, staged: Callable[[], str]
) -> None:
    catalogue.set_transfers(bandwidth_bytes_per_s=0.3 * grid.MB)
    rule_id = staged()
    until(lambda: alice.rule(rule_id)["locks_ok_cnt"] >= 3, 60)
    alice.delete(rule_id)
    until(lambda: alice.is_gone(rule_id), 20)
    catalogue.set_transfers()
    until(lambda: not arrived(scratch, ZMUMU), 20)


@pytest.mark.parametrize("expression", ["RAL-TAPE", "LAB-DISK"])
def test_no_quota_and_too_little_quota_are_refused(alice: Person, expression: str) -> None:
    code, kind, text = refusal(lambda: alice.stage(ZMUMU, expression))
    assert (code, kind) == (409, "InsufficientAccountLimit")
    assert "quota" in text


def test_unknown_data_and_places_are_refused(alice: Person) -> None:
    unknown = Dataset("data26", "nowhere", 1, 1)
    assert refusal(lambda: alice.stage(unknown))[1] == "DataIdentifierNotFound"
    assert refusal(lambda: alice.stage(ZMUMU, "NOWHERE"))[1] == "InvalidRSEExpression"
    assert refusal(lambda: alice.stage(ZMUMU, "tier=2&&("))[1] == "InvalidRSEExpression"
    assert refusal(lambda: alice.stage(ZMUMU, "tier=2", copies=9))[1] == "InsufficientTargetRSEs"


def test_expressions_name_places_by_attribute(alice: Person) -> None:
    rows = alice.send("rses/?expression=tier%3D2%26type%3DSCRATCH").splitlines()
    assert {json.loads(row)["rse"] for row in rows} == {"LAB-SCRATCH", "NORDIC-SCRATCH"}


def test_only_the_owner_may_delete(catalogue: Catalogue, alice: Person) -> None:
    bob = Person(catalogue.settings("bob"))
    rule_id = alice.rules()[0]["id"]
    assert refusal(lambda: bob.delete(rule_id))[1] == "AccessDenied"


def test_the_server_alone_can_go_and_come_back(catalogue: Catalogue, alice: Person) -> None:
    before = catalogue.pids()
    catalogue.stop_server()
    assert set(catalogue.pids()) == {"daemons"}
    with pytest.raises(urllib.error.URLError):
        alice.rules()
    catalogue.start_server()
    assert catalogue.pids()["daemons"] == before["daemons"]
    assert alice.rules()


def of_folder(folder: Path) -> list[str]:
    """Return every process that names `folder` in its command or environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if int(process.name) != os.getpid() and any(bytes(folder) in word for word in words):
            found.append(process.name)
    return found


def test_nothing_outlives_a_killed_starter_and_the_state_does(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with starter:
        assert starter.stdout
        assert starter.stdout.readline() == "up\n"
        assert len(of_folder(tmp_path)) >= 4  # the starter, gunicorn and its worker, the daemons
        starter.send_signal(signal.SIGKILL)
    until(lambda: not of_folder(tmp_path), 10)
    again = Catalogue(tmp_path, print)
    again.up()
    assert not Person(again.settings("alice")).rules()
    again.down()
    assert not of_folder(tmp_path)

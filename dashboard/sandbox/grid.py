"""What the sandbox's Rucio server holds before any data: accounts, scopes, storage elements, quotas."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MB = 10**6
GB = 10**9

#: Ordinary accounts and the scopes each owns; both sign in by name and password.
ACCOUNTS = {"alice": ["user.alice"], "bob": ["user.bob"]}
#: Scopes of the experiment, owned by root.
SCOPES = ["mc26", "data26"]

#: Values Rucio accepts for a dataset's `datatype`.
DATATYPES = ["AOD", "CSV", "EVNT"]


@dataclass(frozen=True)
class Storage:
    """One storage element (RSE): a folder of this machine.

    Attributes
    ----------
    attributes
        RSE attributes, for expressions such as `tier=2&type=SCRATCH`. `bandwidth` (bytes/s) slows transfers to it.
    quota
        Local account limit in bytes by account; an account that is not here has none.
    mounted
        Whether people see the folder, as at a computing centre that mounts its own storage.
    """

    name: str
    attributes: dict[str, str]
    quota: dict[str, int] = field(default_factory=dict)
    mounted: bool = False


STORAGE = (
    Storage("CERN-DATADISK", {"country": "CH", "tier": "0", "type": "DATADISK"}),
    Storage("LAB-SCRATCH", {"country": "DE", "tier": "2", "type": "SCRATCH"}, {"alice": 10 * GB, "bob": 5 * GB}, True),
    Storage("LAB-DISK", {"country": "DE", "tier": "3", "type": "GROUPDISK"}, {"alice": 4 * MB, "bob": GB}, True),
    Storage(
        "NORDIC-SCRATCH",
        {"country": "SE", "tier": "2", "type": "SCRATCH", "bandwidth": "20000"},
        {"alice": 5 * GB, "bob": 5 * GB},
    ),
    Storage("RAL-TAPE", {"country": "UK", "tier": "1", "type": "TAPE"}),
)


def folder_of(folder: Path, name: str) -> Path:
    """Return the folder that is the storage element `name` of the sandbox in `folder`."""
    return folder / "rse" / name


def mounts(folder: Path) -> list[dict[str, Any]]:
    """Return the mounted storage elements as the settings file has them.

    `path_begins_at` counts the parts of a replica's path that come before what is under `path`, as in rucio-jupyterlab.
    """
    paths = [(element.name, folder_of(folder, element.name)) for element in STORAGE if element.mounted]
    return [{"rse": name, "path": str(path), "path_begins_at": len(path.parts) - 1} for name, path in paths]


def content(folder: Path, passwords: dict[str, str]) -> dict[str, Any]:
    """Return everything `in_server/bootstrap.py` is to make, as plain JSON data."""
    return {
        "scopes": SCOPES,
        "datatypes": DATATYPES,
        "accounts": [
            {"name": name, "password": passwords[name], "scopes": scopes} for name, scopes in ACCOUNTS.items()
        ],
        "storage": [
            {
                "name": element.name,
                "path": f"{folder_of(folder, element.name)}/",
                "attributes": element.attributes,
                "quota": element.quota,
            }
            for element in STORAGE
        ],
    }

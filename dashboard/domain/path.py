"""From a replica's physical file name (PFN) to a path on this machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlparse


@dataclass(frozen=True)
class Mount:
    """An RSE whose files are reachable under a folder of this machine.

    ``path_begins_at`` is the number of leading parts of the PFN's path to drop, as in rucio-jupyterlab; it plays no
    part when the PFN's path already lies below ``path``.
    """

    rse: str
    path: str
    path_begins_at: int = 0


def local_path(pfn: str, mount: Mount) -> str | None:
    """Path of a replica below its mount, or None when the PFN would lead out of it."""
    path = PurePosixPath("/", unquote(urlparse(pfn).path).lstrip("/"))
    if ".." in path.parts:
        return None
    if path.is_relative_to(mount.path):
        return str(path)
    kept = path.parts[1 + mount.path_begins_at :]
    return str(PurePosixPath(mount.path, *kept)) if kept else None


def mount_of(rse: str, mounts: Iterable[Mount]) -> Mount | None:
    """The mount of an RSE, if it has one."""
    return next((mount for mount in mounts if mount.rse == rse), None)

"""The sandbox's transfer tool: what FTS is to a real Rucio, for storage elements that are folders of this machine.

It really copies, file by file, in threads of its own, at a bandwidth shared by all files going to one storage
element, and checks the checksum on the way. Bandwidth and failure rate are read from a file for every transfer.
"""

import contextlib
import itertools
import json
import queue
import random
import threading
import time
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlparse

from rucio.common.exception import RucioException
from rucio.common.utils import generate_uuid
from rucio.core.lock import get_replica_locks
from rucio.core.request import TransferStatsManager, get_request
from rucio.core.transfer import update_transfer_state
from rucio.db.sqla.constants import RequestState
from rucio.transfertool.transfertool import TransferToolBuilder

NAME = "copy"
STREAMS = 3
BLOCK = 1 << 16
FULL = "TRANSFER ERROR: Copy failed (streamed). Last attempt: DESTINATION [28] No space left on device"


class Failed(Exception):
    """A copy that did not succeed; the text is what Rucio's users read."""


@dataclass(frozen=True)
class Copy:
    """One file to bring from one storage element to another."""

    request: str
    job: str
    source: Path
    destination: Path
    scope: Any
    name: str
    rse: str
    adler32: str
    bandwidth: float  # bytes/s
    fails: bool


class Link:
    """The way to one storage element: a few streams that share its bandwidth."""

    def __init__(self) -> None:
        self.streams = ThreadPoolExecutor(STREAMS)
        self._turn = threading.Lock()
        self._free_at = 0.0

    def wait_for(self, size: int, bandwidth: float) -> None:
        """Wait until `size` more bytes fit into the bandwidth (bytes/s)."""
        with self._turn:
            start = max(self._free_at, time.monotonic())
            self._free_at = start + size / bandwidth
        time.sleep(max(0.0, start - time.monotonic()))


class Report:
    """What became of a copy, in the form `update_transfer_state` asks of a transfer tool's status report."""

    def __init__(self, copy: Copy, started: datetime, error: str | None) -> None:
        self.copy = copy
        self.request_id = copy.request
        self.state = RequestState.FAILED if error else RequestState.DONE
        self._fields = {"state": self.state, "external_id": copy.job, "started_at": started}
        self._fields |= {"err_msg": error} if error else {"transferred_at": datetime.utcnow()}

    def get_db_fields_to_update(self, **_: object) -> dict[str, Any]:
        """Return the columns of the request to change."""
        return self._fields

    def get_monitor_msg_fields(self, **_: object) -> dict[str, Any]:
        """Return nothing: nobody reads this server's messages."""
        return {}


class Depot:
    """All copies under way, and the reports of those that ended.

    Parameters
    ----------
    settings
        JSON file: `bandwidth` (bytes/s to one storage element) and `failure_rate` (0–1), read anew for every file.
    """

    def __init__(self, settings: Path) -> None:
        self._settings = settings
        self._links: dict[str, Link] = {}
        self._finished: queue.SimpleQueue[Report] = queue.SimpleQueue()

    def send(self, hop: Any) -> str:
        """Queue the copy of one file, a `DirectTransfer` of Rucio, and return the job's id at once."""
        job: str = generate_uuid()
        link = self._links.setdefault(hop.dst.rse.name, Link())
        link.streams.submit(self._run, link, hop, job)
        return job

    def report_finished(self) -> None:
        """Tell Rucio of all copies that ended since the last call."""
        with contextlib.suppress(queue.Empty):
            while True:
                report = self._finished.get_nowait()
                if not update_transfer_state(report, TransferStatsManager()):
                    _drop(report.copy)

    def _run(self, link: Link, hop: Any, job: str) -> None:
        copy, started, error = self._plan(hop, job), datetime.utcnow(), None
        try:
            if get_request(copy.request) is None:  # the rule was deleted meanwhile
                return
            perform(copy, link)
        except (Failed, RucioException) as failure:
            error = str(failure)
        except OSError as failure:
            error = f"TRANSFER [{failure.errno}] {failure.strerror}: {failure.filename}"
        self._finished.put(Report(copy, started, error))

    def _plan(self, hop: Any, job: str) -> Copy:
        wanted = json.loads(self._settings.read_text())
        # Rucio tries a file four times before it calls it stuck. The rate is of stuck files, so a file chosen to fail
        # fails in each of these attempts, and is drawn anew when the judge repairs the rule.
        rate = wanted["failure_rate"]
        return Copy(
            request=hop.rws.request_id,
            job=job,
            source=path_of(hop.source_url(hop.src)),
            destination=path_of(hop.dest_url),
            scope=hop.rws.scope,
            name=hop.rws.name,
            rse=hop.dst.rse.id,
            adler32=hop.rws.adler32 or "",
            bandwidth=min(float(hop.dst.rse.attributes.get("bandwidth", "inf")), wanted["bandwidth"]),
            fails=rate > 0 and (hop.rws.previous_attempt_id is not None or random.random() < rate),  # noqa: S311 - no secret
        )


class CopyTool:
    """A transfer tool as Rucio's submitter uses it (duck-typed `rucio.transfertool.transfertool.Transfertool`).

    Rucio knows tools by their class alone, so the depot they share hangs on the class.
    """

    external_name = NAME
    required_rse_attrs = ()
    supported_schemes = frozenset({"file"})
    depot: ClassVar[Depot]

    def __init__(self, external_host: str, logger: object = None) -> None:
        self.external_host = external_host
        self.logger = logger

    @classmethod
    def can_perform_transfer(cls, source_rse: Any, dest_rse: Any) -> bool:
        """Return True: every storage element of the sandbox is a folder."""
        return bool(source_rse and dest_rse)

    @classmethod
    def submission_builder_for_path(cls, transfer_path: list[Any], logger: object = None) -> tuple[list[Any], Any]:
        """Take over the whole path."""
        del logger
        return transfer_path, TransferToolBuilder(cls, external_host=NAME)

    def group_into_submit_jobs(self, transfer_paths: Iterable[list[Any]]) -> list[dict[str, Any]]:
        """Make one job of every file, so that one failure does not hold back the others."""
        return [{"transfers": [hop], "job_params": {}} for hop in itertools.chain.from_iterable(transfer_paths)]

    def submit(self, transfers: list[Any], job_params: dict[str, str], timeout: int | None = None) -> str:
        """Queue the one copy of a job, and return the job's id."""
        del job_params, timeout
        (hop,) = transfers
        return self.depot.send(hop)

    def cancel(self, transfer_ids: list[str], timeout: int | None = None) -> None:
        """Do nothing: a copy whose request is gone is dropped when its turn comes."""

    def update_priority(self, transfer_id: str, priority: int, timeout: int | None = None) -> None:
        """Do nothing: copies are made in the order they were asked for."""


def path_of(url: str) -> Path:
    """Return the path a file URL means."""
    return Path(unquote(urlparse(url).path))


def perform(copy: Copy, link: Link) -> None:
    """Copy one file, checked, and show it under its name only when complete.

    Raises
    ------
    Failed
        The checksum differs, or the copy was drawn to fail.
    OSError
        The file system refused.
    """
    copy.destination.parent.mkdir(parents=True, exist_ok=True)
    part = copy.destination.with_name(f".{copy.destination.name}.{copy.request[:8]}.part")
    try:
        checksum = _stream(copy, part, link)
        if copy.adler32 and f"{checksum:08x}" != copy.adler32:
            raise Failed(f"SOURCE CHECKSUM MISMATCH: adler32 is {checksum:08x}, the catalogue has {copy.adler32}")
        part.replace(copy.destination)
    finally:
        part.unlink(missing_ok=True)


def _stream(copy: Copy, part: Path, link: Link) -> int:
    checksum = 1
    with copy.source.open("rb") as source, part.open("wb") as sink:
        while block := source.read(BLOCK):
            link.wait_for(len(block), copy.bandwidth)
            checksum = zlib.adler32(block, checksum)
            sink.write(block)
            if copy.fails:
                raise Failed(FULL)
    return checksum


def _drop(copy: Copy) -> None:
    # Nobody waits for this file any more. Remove it, unless another rule has claimed it again.
    if get_request(copy.request) is None and not get_replica_locks(copy.scope, copy.name, restrict_rses=[copy.rse]):
        copy.destination.unlink(missing_ok=True)

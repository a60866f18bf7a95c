"""One identity's connection to its backends: what pages, notebooks and scripts share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from dashboard.domain import did as dids
from dashboard.domain import job, rule
from dashboard.domain.health import NAMES, Health, off
from dashboard.domain.outcome import Item, Outcome, Result, outcome
from dashboard.domain.problem import Problem
from dashboard.feed.poller import Poller
from dashboard.feed.recorder import Recorder
from dashboard.settings import EVERYBODY, Settings, load, user_name
from dashboard.workspace import registry
from dashboard.workspace.audit import Audit
from dashboard.workspace.data import Found, Rules, Staging
from dashboard.workspace.derived import Derived
from dashboard.workspace.history import History
from dashboard.workspace.jobs import BatchesOf, Jobs, Submission, seconds
from dashboard.workspace.once import Once, new_id

ACTION_SECONDS = 60.0
"""Deadline of an action; past it what became of it is not known."""

TICK_SECONDS = 10.0
"""How long an action waits for the tick that shows its effect."""

Permit = Callable[[], None]
"""Asked before an action; raises a `Problem` when it may not be."""

T = TypeVar("T")


class Workspace:
    """Jobs and data of one identity, and the actions on them; close it, or use it in a ``with`` block.

    Every action takes ``action_id``, a client-made id under which it happens once, however often it is asked for.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.audit = Audit(settings.folder)
        self.batches_of = BatchesOf()
        self.derived = Derived()  # of the jobs
        self.person = ""
        self.looks_on = False
        self._permit: Permit = lambda: None
        self._once = Once()
        self._pollers: dict[str, Poller] = {}
        self._history = History(self._recorder)
        if settings.htcondor.enabled:
            self._pollers["htcondor"] = registry.acquire("htcondor", settings.htcondor, job.table([]), job.keys)
        if settings.rucio.enabled:
            self._pollers["rucio"] = registry.acquire("rucio", settings.rucio, rule.frame([]))

    @property
    def health(self) -> Mapping[str, Health]:
        """State, since when, and the reason in words, of each backend."""
        names = ("htcondor", "rucio")
        return {name: self._pollers[name].snapshot.health if name in self._pollers else off() for name in names}

    @property
    def jobs(self) -> Jobs:
        """HTCondor jobs."""
        return Jobs(self._poller("htcondor"), self.batches_of)

    @property
    def history(self) -> History:
        """HTCondor jobs that finished, as far back as they are known."""
        self._poller("htcondor")
        return self._history

    @property
    def rules(self) -> Rules:
        """Rucio rules."""
        return Rules(self._poller("rucio"))

    def find(self, pattern: str, type: str = "collection", limit: int = 1000) -> Found:
        """Data identifiers that match ``scope:pattern*``, row by row while Rucio searches (`Rules.find`).

        Parameters
        ----------
        pattern
            Scope and name; ``*`` stands for anything in the name.
        type
            ``collection``, ``dataset``, ``container``, ``file`` or ``all``.
        limit
            Rows at most; `Found.cut` says whether there are more.
        """
        return self.rules.find(pattern, type, limit)

    def has(self, backend: str) -> bool:
        """Whether a backend is configured."""
        return backend in self._pollers

    def identity(self, backend: str) -> str:
        """Who we are there, as far as the settings say."""
        if backend == "rucio":
            return self.settings.rucio.account
        owner = self.settings.htcondor.owner
        return user_name() if owner == EVERYBODY else owner

    def acting_for(self, person: str, permit: Permit, *, looks_on: bool = False) -> Workspace:
        """The same workspace in the hands of somebody else than its identity: a visitor of a service.

        Parameters
        ----------
        person
            Whose name stands in the audit log.
        permit
            Asked before each action of theirs.
        looks_on
            What the page says of them before anything is asked for: that they may not act.

        Returns
        -------
        Workspace
            With the connections of this one, which is the one to close.
        """
        theirs = copy(self)
        theirs.person, theirs.looks_on, theirs._permit = person, looks_on, permit
        return theirs

    def worker_pid(self, backend: str) -> int | None:
        """Process id of a backend's worker, while it runs; for diagnosis."""
        return self._poller(backend).worker_pid

    def refresh(self) -> None:
        """Tick all backends now."""
        for poller in self._pollers.values():
            poller.wake()

    def close(self) -> None:
        """Give the backends back; the last workspace of an identity ends their workers."""
        self._history.close()
        for name in list(self._pollers):
            del self._pollers[name]
            registry.release(name, getattr(self.settings, name))

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Actions on jobs

    def submit(
        self,
        description: str | Path | Mapping[str, object],
        itemdata: Iterable[Mapping[str, str]] | None = None,
        *,
        spool: bool = False,
        action_id: str | None = None,
    ) -> Submission:
        """Submit a batch: a submit file, its text, or a mapping of its commands.

        Raises
        ------
        Problem
            When HTCondor refuses the description or does not answer.
        """
        text = _description(description)
        items = [dict(item) for item in itemdata] if itemdata is not None else None
        key = action_id or new_id()

        def act() -> Submission:
            poller = self._poller("htcondor")
            try:
                cluster, count = self._submit_once(poller, text, items, spool, key)
            except Problem as problem:
                result: Result = "unknown" if problem.kind in ("timeout", "internal") else "failed"
                self._record("submit", outcome("submit", key, ["new batch"], result, problem.sentence), text=text)
                raise
            self._record("submit", outcome("submit", key, [str(cluster)], "done"), text=text, jobs=count)
            poller.after_tick(TICK_SECONDS)
            return Submission(cluster, count, self)

        return self._permitted("submit", key, ["new batch"], act)

    def _submit_once(
        self, poller: Poller, text: str, items: list[dict[str, str]] | None, spool: bool, key: str
    ) -> tuple[int, int]:
        answer: tuple[int, int]
        try:
            asked = ("submit", text, items, spool, key, str(Path.cwd()))
            answer = poller.call(*asked, deadline=ACTION_SECONDS * 2).result()
        except Problem as problem:
            if problem.kind not in ("timeout", "internal"):
                raise
            # The reply was lost, perhaps not the submission: look before saying it failed.
            found: tuple[int, int] | None = poller.call("submitted", key, deadline=ACTION_SECONDS).result()
            if found is None:
                raise
            answer = found
        return answer

    def hold(self, ids: str | Iterable[str], reason: str = "held from Cygnet", action_id: str | None = None) -> Outcome:
        """Hold jobs (ids ``"1234.5"`` or whole clusters ``"1234"``)."""
        return self._act("hold", ids, reason, action_id)

    def release(self, ids: str | Iterable[str], reason: str = "", action_id: str | None = None) -> Outcome:
        """Release held jobs."""
        return self._act("release", ids, reason or "released from Cygnet", action_id)

    def remove(self, ids: str | Iterable[str], reason: str = "", action_id: str | None = None) -> Outcome:
        """Remove jobs from the queue."""
        return self._act("remove", ids, reason or "removed from Cygnet", action_id)

    def vacate(self, ids: str | Iterable[str], reason: str = "", action_id: str | None = None) -> Outcome:
        """Have running jobs stop and wait for another slot."""
        return self._act("vacate", ids, reason or "vacated from Cygnet", action_id)

    def edit(
        self,
        ids: str | Iterable[str],
        attributes: Mapping[str, str | float | bool],
        action_id: str | None = None,
    ) -> Outcome:
        """Change attributes of jobs, for example ``{"RequestMemory": 4096}``."""
        wanted, changes = _ids(ids), dict(attributes)
        return self._change("edit", "htcondor", wanted, ("edit", wanted, changes), action_id, attributes=changes)

    def _act(self, action: str, ids: str | Iterable[str], reason: str, action_id: str | None) -> Outcome:
        wanted = _ids(ids)
        return self._change(action, "htcondor", wanted, ("act", action, wanted, reason), action_id, reason=reason)

    # Actions on data

    def stage(
        self,
        did: str,
        rse: str | None = None,
        lifetime: str | None = "7d",
        copies: int = 1,
        action_id: str | None = None,
    ) -> Staging:
        """Have a dataset, container or file brought to an RSE (by default the first mounted one).

        Raises
        ------
        Problem
            In one sentence what Rucio says: no quota, unknown DID, bad RSE expression, expired token.
        """
        what = dids.parse(did)
        where = rse or next((mount.rse for mount in self.settings.rucio.mounts), "")
        if not where:
            raise Problem("invalid", "Say where to: no RSE is given, and none is mounted on this machine.")
        if copies < 1:
            raise Problem("invalid", f"{copies} copies cannot be made: ask for one at least.")
        length = int(seconds(lifetime).total_seconds()) if lifetime else None
        key = action_id or new_id()

        def act() -> Staging:
            poller = self._poller("rucio")
            try:
                rule_id, existed = poller.call("stage", what, where, length, copies, deadline=ACTION_SECONDS).result()
            except Problem as problem:
                self._record("stage", outcome("stage", key, [str(what)], "failed", problem.sentence), rse=where)
                raise
            result: Result = "already" if existed else "done"
            self._record("stage", outcome("stage", key, [rule_id], result), did=str(what), rse=where, lifetime=lifetime)
            poller.after_tick(TICK_SECONDS)
            return Staging(str(what), rule_id, self)

        return self._permitted("stage", key, [str(what)], act)

    def delete_rules(self, ids: str | Iterable[str], action_id: str | None = None) -> Outcome:
        """Delete rules; Rucio then removes copies that no other rule protects."""
        wanted = _ids(ids)
        return self._change("delete", "rucio", wanted, ("delete_rules", wanted), action_id)

    # What all actions share

    def _recorder(self) -> Recorder:
        folder, limit = self.settings.folder / "history", int(self.settings.history_mb * 1e6)
        return Recorder(self._poller("htcondor"), self.settings.htcondor, folder, limit)

    def _poller(self, name: str) -> Poller:
        try:
            return self._pollers[name]
        except KeyError:
            sentence = f"{NAMES[name]} is not configured: run “cygnet doctor” to see what is missing."
            raise Problem("missing", sentence) from None

    def _change(
        self,
        action: str,
        backend: str,
        ids: list[str],
        request: tuple[object, ...],
        action_id: str | None,
        **details: object,
    ) -> Outcome:
        """Have the worker act on ids, item by item; what it could not tell is ``unknown``, never lost."""
        key = action_id or new_id()

        def act() -> Outcome:
            poller = self._poller(backend)
            method, *args = request
            try:
                items: list[Item] = poller.call(str(method), *args, deadline=ACTION_SECONDS).result()
                told = Outcome(action, key, tuple(items))
            except Problem as problem:
                result: Result = "unknown" if problem.kind in ("timeout", "internal") else "failed"
                told = outcome(action, key, ids, result, problem.sentence)
                if problem.kind == "invalid":
                    # Not a matter of one job or another: what was asked for cannot be done.
                    self._record(action, told, **details)
                    raise
            self._record(action, told, **details)
            poller.after_tick(TICK_SECONDS)
            return told

        return self._permitted(action, key, ids, act)

    def _permitted(self, action: str, key: str, on: list[str], act: Callable[[], T]) -> T:
        """Act once, when it is permitted; a refusal is recorded, too."""

        def permitted() -> T:
            try:
                self._permit()
            except Problem as problem:
                self._record(action, outcome(action, key, on, "denied", problem.sentence))
                raise
            return act()

        return self._once.run(key, permitted)

    def _record(self, action: str, told: Outcome, **details: object) -> None:
        backend = "rucio" if action in ("stage", "delete") else "htcondor"
        identity = f"{self.identity(backend)}@{backend}"
        self.audit.record(f"{self.person} as {identity}" if self.person else identity, told, **details)


def connect(settings: str | Path | Settings | None = None) -> Workspace:
    """Workspace for these settings: a file, or what the environment and this machine say.

    Raises
    ------
    Problem
        When the settings cannot be read.
    """
    return Workspace(settings if isinstance(settings, Settings) else load(settings))


def _ids(ids: str | Iterable[str]) -> list[str]:
    return [ids] if isinstance(ids, str) else list(dict.fromkeys(ids))


def _description(description: str | Path | Mapping[str, object]) -> str:
    if isinstance(description, Mapping):
        return "".join(f"{key} = {value}\n" for key, value in description.items()) + "queue\n"
    if isinstance(description, Path) or "\n" not in description:
        file = Path(description).expanduser()
        try:
            return file.read_text(encoding="utf-8")
        except OSError as error:
            raise Problem("missing", f"The submit file {file} cannot be read: {error.strerror}.") from error
    return description

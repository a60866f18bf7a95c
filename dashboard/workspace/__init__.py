"""One identity's connection to its backends: what pages, notebooks and scripts share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from dashboard.domain import did as dids
from dashboard.domain import rule
from dashboard.domain.did_filter import Filters
from dashboard.domain.health import NAMES, Health, off
from dashboard.domain.outcome import Outcome, Result, outcome
from dashboard.domain.problem import Problem
from dashboard.feed.joint import Joint
from dashboard.feed.listeners import Listener
from dashboard.feed.poller import Answer, Poller
from dashboard.feed.recorder import Recorder
from dashboard.settings import EVERYBODY, Settings, load, user_name
from dashboard.workspace import registry
from dashboard.workspace.audit import Audit
from dashboard.workspace.data import Found, Rules, Staging
from dashboard.workspace.derived import Derived
from dashboard.workspace.history import History
from dashboard.workspace.ids import Named, ids_of
from dashboard.workspace.jobs import BatchesOf, Jobs, Submission, described, seconds
from dashboard.workspace.once import Once, new_id
from dashboard.workspace.parts import ACTION_SECONDS, TICK_SECONDS, Permit, acted, result_of, together
from dashboard.workspace.schedds import Schedds

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
        self._schedds = Schedds(settings.htcondor) if settings.htcondor.enabled else None
        self._rucio = registry.acquire("rucio", settings.rucio, rule.frame([])) if settings.rucio.enabled else None
        self._history = History(self._recorders)

    @property
    def health(self) -> Mapping[str, Health]:
        """State, since when, and the reason in words, of each backend."""
        sources = {name: self._source(name) for name in NAMES}
        return {name: source.snapshot.health if source else off() for name, source in sources.items()}

    @property
    def schedds(self) -> tuple[str, ...]:
        """What the schedds are called in ids, the first one first; none when there is one only."""
        return self._schedds.labels if self._schedds else ()

    @property
    def jobs(self) -> Jobs:
        """HTCondor jobs."""
        return Jobs(_configured("htcondor", self._schedds), self.batches_of)

    @property
    def history(self) -> History:
        """HTCondor jobs that finished, as far back as they are known."""
        _configured("htcondor", self._schedds)
        return self._history

    @property
    def rules(self) -> Rules:
        """Rucio rules."""
        return Rules(_configured("rucio", self._rucio))

    def find(self, pattern: str, type: str = "collection", limit: int = 1000, filters: Filters = "") -> Found:
        """Data identifiers that match ``scope:pattern*``, row by row while Rucio searches (`Rules.find`).

        Parameters
        ----------
        pattern, type
            Scope and name, where ``*`` is anything; ``collection``, ``dataset``, ``container``, ``file`` or ``all``.
        limit
            Rows at most; `Found.cut` says whether there are more.
        filters
            ``{"datatype": "AOD", "run_number.gte": 1}``, more in `dashboard.domain.did_filter.alternatives`.
        """
        return self.rules.find(pattern, type, limit, filters)

    def listen(self, listener: Listener) -> None:
        """Have somebody told whenever a backend has answered, as long as they live: they are not kept alive by it."""
        pollers = [*(self._schedds.pollers.values() if self._schedds else ()), *filter(None, [self._rucio])]
        for poller in pollers:
            poller.listeners.add(listener)

    def has(self, backend: str) -> bool:
        """Whether a backend is configured."""
        return self._source(backend) is not None

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
        """Process id of a backend's worker (of several schedds that of the first), while it runs; for diagnosis."""
        return self._poller(backend).worker_pid

    def refresh(self) -> None:
        """Tick all backends now."""
        for name in filter(self.has, NAMES):
            self._poller(name).wake()

    def close(self) -> None:
        """Give the backends back; the last workspace of an identity ends their workers."""
        self._history.close()
        schedds, rucio, self._schedds, self._rucio = self._schedds, self._rucio, None, None
        if schedds:
            schedds.close()
        if rucio:
            registry.release("rucio", self.settings.rucio)

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
        schedd: str | None = None,
        action_id: str | None = None,
    ) -> Submission:
        """Submit a batch: a submit file, its text, or a mapping of its commands.

        Parameters
        ----------
        schedd
            To which of several schedds; by default to the first.

        Raises
        ------
        Problem
            When HTCondor refuses the description or does not answer.
        """
        text = described(description)
        items = [dict(item) for item in itemdata] if itemdata is not None else None
        key = action_id or new_id()

        def act() -> Submission:
            schedds = _configured("htcondor", self._schedds)
            try:
                label = schedds.named(schedd)
                poller = schedds.pollers[label]
                answer = self._submit_once(poller, text, items, spool, key)
            except Problem as problem:
                told = outcome("submit", key, ["new batch"], result_of(problem), problem.sentence)
                self._record("submit", told, text=text)
                raise
            cluster, count = answer.result()
            submission = Submission(cluster, count, self, label)
            self._record("submit", outcome("submit", key, [submission.batch], "done"), text=text, jobs=count)
            poller.after_tick(TICK_SECONDS, answer)
            return submission

        return self._permitted("submit", key, ["new batch"], act)

    def _submit_once(
        self, poller: Poller, text: str, items: list[dict[str, str]] | None, spool: bool, key: str
    ) -> Answer:
        answer = poller.call("submit", text, items, spool, key, str(Path.cwd()), deadline=ACTION_SECONDS * 2, tick=True)
        try:
            answer.result()
        except Problem as problem:
            if problem.kind not in ("timeout", "internal"):
                raise
            # The reply was lost, perhaps not the submission: look before saying it failed.
            answer = poller.call("submitted", key, deadline=ACTION_SECONDS, tick=True)
            if answer.result() is None:
                raise
        return answer

    def hold(self, ids: Named, reason: str = "held from Cygnet", action_id: str | None = None) -> Outcome:
        """Hold jobs: ``"1234.5"``, a cluster ``"1234"``, of several schedds ``"1234.5@bigbird02"``; a `Submission`."""
        return self._act("hold", ids, reason, action_id)

    def release(self, ids: Named, reason: str = "", action_id: str | None = None) -> Outcome:
        """Release held jobs."""
        return self._act("release", ids, reason or "released from Cygnet", action_id)

    def remove(self, ids: Named, reason: str = "", action_id: str | None = None) -> Outcome:
        """Remove jobs from the queue."""
        return self._act("remove", ids, reason or "removed from Cygnet", action_id)

    def vacate(self, ids: Named, reason: str = "", action_id: str | None = None) -> Outcome:
        """Have running jobs stop and wait for another slot."""
        return self._act("vacate", ids, reason or "vacated from Cygnet", action_id)

    def edit(
        self,
        ids: Named,
        attributes: Mapping[str, str | float | bool],
        action_id: str | None = None,
    ) -> Outcome:
        """Change attributes of jobs, for example ``{"RequestMemory": 4096}``."""
        changes = dict(attributes)
        return self._change("edit", "htcondor", ids, ("edit", ..., changes), action_id, attributes=changes)

    def _act(self, action: str, ids: Named, reason: str, action_id: str | None) -> Outcome:
        return self._change(action, "htcondor", ids, ("act", action, ..., reason), action_id, reason=reason)

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
            poller = _configured("rucio", self._rucio)
            try:
                asked = ("stage", what, where, length, copies)
                answer = poller.call(*asked, deadline=ACTION_SECONDS, tick=True)
                rule_id, existed = answer.result()
            except Problem as problem:
                self._record("stage", outcome("stage", key, [str(what)], "failed", problem.sentence), rse=where)
                raise
            result: Result = "already" if existed else "done"
            self._record("stage", outcome("stage", key, [rule_id], result), did=str(what), rse=where, lifetime=lifetime)
            poller.after_tick(TICK_SECONDS, answer)
            return Staging(str(what), rule_id, self)

        return self._permitted("stage", key, [str(what)], act)

    def delete_rules(self, ids: Named, action_id: str | None = None) -> Outcome:
        """Delete rules; Rucio then removes copies that no other rule protects."""
        return self._change("delete", "rucio", ids, ("delete_rules", ...), action_id)

    # What all actions share

    def _recorders(self) -> Mapping[str, Recorder]:
        schedds = _configured("htcondor", self._schedds)
        folder, limit = self.settings.folder / "history", int(self.settings.history_mb * 1e6)
        return {label: Recorder(schedds.pollers[label], one, folder, limit) for label, one in schedds.settings.items()}

    def _source(self, backend: str) -> Poller | Joint | None:
        """What is known of a backend; None when it is not configured."""
        if backend == "rucio":
            return self._rucio
        return self._schedds.joint if self._schedds else None

    def _poller(self, backend: str) -> Poller | Joint:
        source = self._source(backend)
        return source if source else _configured(backend, None)

    def _parted(self, backend: str, ids: list[str]) -> list[tuple[Poller, list[str]]]:
        """Whom to ask about which of these ids."""
        if backend == "rucio":
            return [(_configured(backend, self._rucio), ids)]
        schedds = _configured(backend, self._schedds)
        return [(schedds.pollers[label], part) for label, part in schedds.parted(ids).items()]

    def _change(
        self,
        action: str,
        backend: str,
        ids: Named,
        request: tuple[object, ...],
        action_id: str | None,
        **details: object,
    ) -> Outcome:
        """Have workers act on ids, item by item; what one could not tell is ``unknown``, never lost.

        ``...`` in the request stands for the ids; those of several schedds are acted on at the same time.
        """
        key, wanted = action_id or new_id(), ids_of(ids)

        def act() -> Outcome:
            try:
                parts = self._parted(backend, wanted)
            except Problem as problem:
                self._record(action, outcome(action, key, wanted, "failed", problem.sentence), **details)
                raise
            results = together([partial(acted, poller, request, ids, self._permit) for poller, ids in parts])
            told = Outcome(action, key, tuple(item for result in results for item in result.items))
            self._record(action, told, **details)
            refusals = [result.problem for result in results if result.problem and result.problem.kind == "invalid"]
            if refusals and len(refusals) == len(results) and set(told.counts) == {"failed"}:
                # Not a matter of one job or another: what was asked for cannot be done.
                raise refusals[0]
            for (poller, _), result in zip(parts, results, strict=True):
                if not result.problem or len(parts) == 1:
                    poller.after_tick(TICK_SECONDS, result.answer)
            return told

        return self._permitted(action, key, wanted, act)

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


def _configured(backend: str, source: T | None) -> T:
    if source is None:
        sentence = f"{NAMES[backend]} is not configured: run “cygnet doctor” to see what is missing."
        raise Problem("missing", sentence)
    return source

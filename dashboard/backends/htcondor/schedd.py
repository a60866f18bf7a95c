"""The schedd as seen by the client: found, asked, and its failures told in words."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

import classad2
import htcondor2

from dashboard.domain.problem import Problem
from dashboard.settings import EVERYBODY, HTCondorSettings, user_name


class Schedd:
    """One schedd, located once and again after a failure."""

    def __init__(self, settings: HTCondorSettings) -> None:
        self._settings = settings
        self._client: htcondor2.Schedd | None = None
        (self.name,) = settings.schedds
        self._identity = "" if settings.owner == EVERYBODY else settings.owner

    @property
    def owner(self) -> str:
        """Whose jobs: as set (``*``: everybody's), otherwise our own."""
        return self._settings.owner or self.identity

    @property
    def identity(self) -> str:
        """Who we are: as set, otherwise as the schedd knows us, otherwise the login name."""
        if not self._identity:
            with self.asked() as _:
                ad = htcondor2.ping(self._location, "WRITE")
            self._identity = str(ad.get("MyRemoteUserName") or "").partition("@")[0] or user_name()
        return self._identity

    @property
    def mine(self) -> str:
        """Whose jobs, as a ClassAd expression."""
        return "true" if self.owner == EVERYBODY else f"Owner == {quoted(self.owner)}"

    def present(self) -> int | None:
        """How many jobs of the owner are in the queue, by the schedd's own live count; None where it does not tell.

        Told in a millisecond, from its user ads (``NumJobs``, ``NumSchedulerJobs``); any question about jobs makes it
        look at each of them.
        """
        with self.asked() as schedd:
            try:
                ads = schedd.queryUserAds(self.mine, ["NumJobs", "NumSchedulerJobs"])
            except (htcondor2.HTCondorException, OSError, RuntimeError):
                return None  # an old one knows of no such question; one that is gone will say so when next asked
            return sum(int(ad.get("NumJobs", 0)) + int(ad.get("NumSchedulerJobs", 0)) for ad in ads)

    @contextmanager
    def asked(self) -> Iterator[htcondor2.Schedd]:
        """The client for one or more calls; their failures become `Problem`."""
        try:
            if self._client is None:
                self._location = self._locate()
                self._client = htcondor2.Schedd(self._location)
                self.name = str(self._location.get("Name", self.name))
            yield self._client
        except Problem:
            self._client = None
            raise
        except (htcondor2.HTCondorException, OSError, RuntimeError) as error:
            self._client = None
            raise problem(error, self.name or "the schedd") from error

    def _locate(self) -> Any:
        try:
            collector = htcondor2.Collector()
            (name,) = self._settings.schedds
            if name:
                return collector.locate(htcondor2.DaemonType.Schedd, name)
            if not self._settings.pool:
                return collector.locate(htcondor2.DaemonType.Schedd)
            ads = collector.locateAll(htcondor2.DaemonType.Schedd)
        except (htcondor2.HTCondorException, OSError, RuntimeError) as error:
            pool = self._settings.pool or "of this machine's configuration"
            raise Problem("unreachable", f"The HTCondor pool {pool} does not answer ({words(error)}).") from error
        if not ads:
            raise Problem("unreachable", f"No schedd has reported to the HTCondor pool {self._settings.pool} yet.")
        return ads[0]


def problem(error: BaseException, name: str) -> Problem:
    """What a failed call of the client means, in one sentence."""
    text = words(error)
    lower = text.lower()
    if "authenti" in lower or "denied" in lower or "not authorized" in lower:
        return Problem("denied", f"HTCondor does not accept who you are: {text}.")
    if "failed to read" in lower or "resume session" in lower:
        # It took the question and never answered: what became of an action is not known.
        return Problem("timeout", f"The schedd {name} did not answer in time ({text}).")
    if "connect" in lower or "timed out" in lower or "communicat" in lower or "locat" in lower or "fetch" in lower:
        return Problem("unreachable", f"The schedd {name} does not answer ({text}).")
    return Problem("invalid", f"HTCondor refused: {text}.")


def plain(ad: Any, attributes: Container[str] | None = None) -> dict[str, Any]:
    """Values of an ad's attributes (all of them, or these); expressions evaluated, undefined ones left out."""
    values = {}
    for name, value in ad.items():
        if attributes is None or name in attributes:
            value = ad.eval(name) if isinstance(value, classad2.ExprTree) else value
            if value is not None and not isinstance(value, classad2.Value):
                values[name] = value
    return values


def id_of(ad: Any) -> str:
    """Id of a job, from its ad."""
    return f"{ad['ClusterId']}.{ad['ProcId']}"


def quoted(text: str) -> str:
    """A text as a ClassAd string literal."""
    return str(classad2.quote(text))


def words(error: BaseException) -> str:
    """HTCondor's own words in one line, without the places in its code."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return re.sub(r"^.*errmsg=(\w+:-?\d+:)?", "", line).rstrip(".")

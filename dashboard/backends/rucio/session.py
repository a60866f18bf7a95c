"""The client of one account: made when first needed, its failures told in words."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from rucio.client import Client
from rucio.common import exception as rucio

from dashboard.domain.problem import Problem
from dashboard.settings import RucioSettings


class Session:
    """Client of one account."""

    def __init__(self, settings: RucioSettings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Time by the server's clock, as its last answer told it."""
        return datetime.now(UTC) + self._ahead

    @property
    def account(self) -> str:
        """Account we act as; known once the client has been asked."""
        return str(self._client.account) if self._client else self._settings.account

    @property
    def host(self) -> str:
        """Address of the server."""
        return str(self._client.host) if self._client else self._settings.host

    @contextmanager
    def asked(self, timeout: float | None = None) -> Iterator[Client]:
        """Give the client for one or more calls; their failures become `Problem`.

        Parameters
        ----------
        timeout
            Seconds without a sign of the server; otherwise as the settings say.
        """
        try:
            if self._client is None:
                self._client = self._connect()
                self._client.session.hooks["response"] = [self._look_at_clock]
                self._client.ping()
            client = self._client
            if timeout:
                client = copy.copy(client)
                client.timeout = timeout
            # Each time, for the client takes a new session when it signs in anew.
            client.session.hooks["response"] = [self._look_at_clock]
            yield client
        except (rucio.RucioException, requests.RequestException, json.JSONDecodeError, OSError) as error:
            told = problem(error, self.host or "of this machine's configuration", self.account)
            if told.kind in ("unreachable", "denied", "expired"):
                # The next call signs in anew.
                self._client = None
            raise told from error

    def _look_at_clock(self, response: requests.Response, *_: Any, **__: Any) -> None:
        try:
            told = parsedate_to_datetime(response.headers["Date"])
        except (KeyError, ValueError):
            return
        self._ahead = told - datetime.now(UTC) if told.tzinfo else self._ahead

    def _connect(self) -> Client:
        settings = self._settings
        credentials = {"username": settings.username, "password": settings.password} if settings.username else None
        client = Client(
            rucio_host=settings.host or None,
            auth_host=settings.auth_host or settings.host or None,
            account=settings.account or None,
            auth_type=settings.auth_type or None,
            creds=credentials,
            ca_cert=settings.ca_cert or None,
            timeout=settings.deadline,
            user_agent="cygnet",
        )
        client.request_retries = 0
        return client


def problem(error: BaseException, host: str, account: str) -> Problem:
    """What a failed call of the client means, in one sentence."""
    text = details(error)
    match error:
        case rucio.DataIdentifierNotFound():
            return Problem("missing", f"Rucio knows no such data: {text}. Check scope and name.")
        case rucio.ScopeNotFound():
            return Problem("missing", f"Rucio knows no such scope: {text}.")
        case rucio.RuleNotFound():
            return Problem("missing", "The rule is not there any more.")
        case rucio.InvalidRSEExpression() | rucio.RSENotFound():
            empty = "empty set" in text
            why = "it names no RSE that Rucio knows" if empty else "Rucio does not understand it"
            return Problem(
                "invalid", f"The RSE expression cannot be used: {why}. Write for example tier=2&type=SCRATCH."
            )
        case rucio.InsufficientAccountLimit() | rucio.RSEOverQuota():
            return Problem(
                "quota",
                f"The quota of {account} there is too small: choose another RSE, or delete rules you can spare.",
            )
        case rucio.InsufficientTargetRSEs():
            return Problem("quota", f"There are not enough RSEs for that: {text}. Ask for fewer copies or other RSEs.")
        case rucio.CannotAuthenticate() | rucio.CannotAuthorize():
            return Problem("expired", f"Rucio does not accept the sign-in of {account} (wrong, or expired): renew it.")
        case rucio.AccessDenied():
            return Problem("denied", f"Rucio does not allow that to {account}: {text}.")
        case rucio.ServerConnectionException() | requests.ConnectionError() | rucio.ServiceUnavailable():
            return Problem("unreachable", f"The Rucio server {host} does not answer.")
        case requests.Timeout():
            return Problem("timeout", f"The Rucio server {host} did not answer in time.")
        case requests.exceptions.ChunkedEncodingError() | json.JSONDecodeError():
            return Problem("unreachable", "Rucio's answer ended early: it is not complete, try again.")
    return Problem("invalid", f"Rucio refused: {text}.")


def details(error: BaseException) -> str:
    """Rucio's own words, without the class of error it puts on a line before them."""
    text = str(error).strip() or type(error).__name__
    match = re.search(r"Details:\s*(.+)", text, re.DOTALL)
    return " ".join((match[1] if match else text).split()).rstrip(".")

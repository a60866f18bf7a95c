"""Just enough of Rucio's REST interface to fill a server, without the client's process-wide configuration."""

import json
import urllib.error
import urllib.request
from typing import Any

CONFLICT = 409


class Rest:
    """One signed-in account of a Rucio server.

    Parameters
    ----------
    address
        Base URL of the server, `http://127.0.0.1:PORT`.
    account
        Account, which is also the name to sign in with.
    password
        Its password.
    """

    def __init__(self, address: str, account: str, password: str) -> None:
        self._address = address
        names = {"X-Rucio-Account": account, "X-Rucio-Username": account, "X-Rucio-Password": password}
        request = urllib.request.Request(f"{address}/auth/userpass", headers=names)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            self._token = answer.headers["X-Rucio-Auth-Token"]

    def post(self, path: str, body: Any) -> bool:
        """Send `body` as JSON; return False when the server has it already (HTTP 409).

        Raises
        ------
        urllib.error.HTTPError
            The server refused for any other reason; what it said is in the notes.
        """
        try:
            self.send(path, body)
        except urllib.error.HTTPError as refusal:
            if refusal.code != CONFLICT:
                raise
            return False
        return True

    def send(self, path: str, body: Any = None, method: str | None = None) -> bytes:
        """Send a request (GET without a body, POST with one) and return the answer.

        Raises
        ------
        urllib.error.HTTPError
            The server refused; what it said is in the notes.
        """
        request = urllib.request.Request(  # noqa: S310
            f"{self._address}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Rucio-Auth-Token": self._token, "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                content: bytes = answer.read()
        except urllib.error.HTTPError as refusal:
            refusal.add_note(refusal.read().decode(errors="replace"))
            refusal.close()
            raise
        return content

"""Rucio: one instance, one account."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.settings import RucioSettings

if TYPE_CHECKING:
    from dashboard.backends.rucio.feed import Rucio


def connect(settings: RucioSettings) -> Rucio:
    """Backend for these settings; nothing is asked of the network yet.

    Rucio's client configuration is global to the process and read when first used. To be called once in a process of
    its own.
    """
    if settings.config:
        os.environ["RUCIO_CONFIG"] = settings.config
    elif settings.host:
        # All is told by our own settings; the client insists on a file.
        os.environ["RUCIO_CONFIG"] = os.devnull
    from rucio.common.config import get_config

    from dashboard.backends.rucio.feed import Rucio

    if settings.host:
        # Its token file is named after the account only: two servers would take each other's tokens, and an old token
        # would hide a wrong password. Slow to guess, since it is made of the password.
        salt = f"{settings.host} {settings.account} {settings.username}".encode()
        identity = hashlib.scrypt(settings.password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=12).hex()
        folder = Path(tempfile.gettempdir(), f".rucio_cygnet_{os.getuid()}", identity)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        get_config().read_dict({"client": {"auth_token_file_path": str(folder / "token")}})
    return Rucio(settings)

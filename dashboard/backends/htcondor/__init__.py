"""HTCondor: one schedd, one identity."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dashboard.settings import HTCondorSettings

if TYPE_CHECKING:
    from dashboard.backends.htcondor.feed import HTCondor


def connect(settings: HTCondorSettings) -> HTCondor:
    """Backend for these settings; nothing is asked of the network yet.

    htcondor2 reads its configuration when it is imported, so the environment is set first. To be called once in a
    process of its own.
    """
    if settings.config:
        os.environ["CONDOR_CONFIG"] = settings.config
    if settings.pool:
        os.environ["_CONDOR_COLLECTOR_HOST"] = settings.pool
    if settings.token_directory:
        os.environ["_CONDOR_SEC_TOKEN_DIRECTORY"] = settings.token_directory
        os.environ["_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS"] = "IDTOKENS"
    from dashboard.backends.htcondor.feed import HTCondor

    return HTCondor(settings)

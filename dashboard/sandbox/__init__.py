"""A private HTCondor pool and Rucio server on this machine, for trying Cygnet and for its tests."""

from dashboard.sandbox.lifecycle import Sandbox
from dashboard.sandbox.status import EngineStatus, Status
from dashboard.sandbox.unavailable import Unavailable

__all__ = ["EngineStatus", "Sandbox", "Status", "Unavailable"]

"""Rucio policy package of the sandbox; what is not here comes from Rucio's generic policy."""

SUPPORTED_VERSION = ">=41,<42"

"""Settings of hypothesis for all unit tests."""

from hypothesis import settings

# The machine is shared: how long one example takes says nothing.
settings.register_profile("cygnet", deadline=None)
settings.load_profile("cygnet")

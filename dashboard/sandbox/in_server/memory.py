"""Rucio's cache in the memory of the process, where a real site has a memcached.

Without any, each replica listed costs a dozen questions to the database: seconds for what takes milliseconds there.
"""

from typing import Any

from rucio.common.cache import MemcacheRegion

LIFETIME = 30
"""Seconds a value is kept at most: other processes do not see it change."""


def _configure(region: Any, expiration_time: int, memcached_expire_time: int | None) -> None:
    del memcached_expire_time
    # Pickled, for callers change what they are given.
    region.configure("dogpile.cache.memory_pickle", expiration_time=min(expiration_time, LIFETIME))


MemcacheRegion._configure_region = _configure

"""One formatter per unit: what people read."""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo

UNKNOWN = "—"

_SIZES = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def count(number: float | None) -> str:
    """Whole number with thousands separated: ``8,457``."""
    return UNKNOWN if _absent(number) else f"{number:,.0f}"


def size(n_bytes: float | None) -> str:
    """Bytes in decimal units with three digits: ``2.31 GB``."""
    if _absent(n_bytes):
        return UNKNOWN
    value = float(n_bytes or 0)
    for unit in _SIZES:
        if abs(value) < 999.5 or unit == _SIZES[-1]:
            return f"{value:.0f} {unit}" if unit == "B" else f"{_three(value)} {unit}"
        value /= 1000
    raise AssertionError


def memory(mib: float | None) -> str:
    """MiB as HTCondor counts them: ``512 MiB``, ``2 GiB``."""
    if _absent(mib):
        return UNKNOWN
    value = float(mib or 0)
    return f"{value:.0f} MiB" if value < 1023.5 else f"{_three(value / 1024)} GiB"


def duration(seconds: float | None) -> str:
    """Two leading units: ``42 s``, ``31 min``, ``1 h 04 min``, ``3 d 2 h``."""
    if _absent(seconds):
        return UNKNOWN
    total = round(float(seconds or 0))
    sign, total = ("−", -total) if total < 0 else ("", total)
    if total < 60:
        return f"{sign}{total} s"
    if total < 600:
        return f"{sign}{total // 60} min {total % 60:02d} s"
    if total < 3600:
        return f"{sign}{total // 60} min"
    if total < 86400:
        return f"{sign}{total // 3600} h {total % 3600 // 60:02d} min"
    return f"{sign}{total // 86400} d {total % 86400 // 3600} h"


def about(seconds: float | None) -> str:
    """An estimate, in one unit: ``40 min``, ``3 h``, ``2 d``."""
    if _absent(seconds):
        return UNKNOWN
    value = float(seconds or 0)
    for per, unit, below in ((60, "min", 5400), (3600, "h", 172800)):
        if value < below:
            return f"{max(1, round(value / per))} {unit}"
    return f"{round(value / 86400)} d"


def percent(fraction: float | None) -> str:
    """Fraction as whole percent, never rounded up to 100 %."""
    if _absent(fraction):
        return UNKNOWN
    value = float(fraction or 0) * 100
    return f"{math.floor(value) if value < 100 else 100} %"


def clock(time: datetime | None, zone: tzinfo | None = None) -> str:
    """Local time of day: ``14:03:22``."""
    return UNKNOWN if time is None or _absent(time) else f"{_local(time, zone):%H:%M:%S}"


def moment(time: datetime | None, now: datetime | None = None, zone: tzinfo | None = None) -> str:
    """Local time, by day when not today: ``09:12 today``, ``07:55 yesterday``, ``20 Nov 07:55``."""
    if time is None or _absent(time):
        return UNKNOWN
    local = _local(time, zone)
    days = (_local(now or datetime.now(UTC), zone).date() - local.date()).days
    if days == 0:
        return f"{local:%H:%M} today"
    if days == 1:
        return f"{local:%H:%M} yesterday"
    return f"{local:%d %b %H:%M}" if abs(days) < 300 else f"{local:%d %b %Y}"


def exact(time: datetime | None, zone: tzinfo | None = None) -> str:
    """Local time in full with its zone, for hovering: ``2026-11-22 14:03:22 CET``."""
    return UNKNOWN if time is None or _absent(time) else f"{_local(time, zone):%Y-%m-%d %H:%M:%S %Z}"


def _local(time: datetime, zone: tzinfo | None) -> datetime:
    return time.astimezone(zone)


def _absent(value: object) -> bool:
    # NaN, NaT and pandas' NA are all absent; only NA refuses to be compared.
    return value is None or str(value) in ("nan", "NaT", "<NA>")


def _three(value: float) -> str:
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"

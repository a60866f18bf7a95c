"""When a batch will be finished, if its jobs go on ending as they did."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

LATEST = 100
"""How many of the jobs that ended tell the present rate, at most."""

LEAST = 3
"""From how many on something is promised."""


class Forecast(NamedTuple):
    """When a batch will be finished: seconds from now, give or take ``error_s``."""

    seconds: float
    error_s: float


def forecast(waiting: int, running: int, started: np.ndarray, ended: np.ndarray, now: float) -> Forecast | None:
    """When the jobs of a batch will have ended, at the rate of the `LATEST` that did; None when that is not known.

    Parameters
    ----------
    waiting
        Jobs that are still to end by themselves, so without those held.
    running
        How many of them run; when none does, nothing is promised.
    started, ended
        When its jobs started first and when they ended, in epoch seconds; NaN: not yet.
    """
    over = np.sort(ended[~np.isnan(ended)])
    if not waiting or not running or len(over) < LEAST:
        return None
    # The latest ended since the one before them did, or, when they are all there are, since the first job started.
    began = over[-LATEST - 1] if len(over) > LATEST else min(over[0], np.fmin.reduce(started, initial=np.inf))
    number = min(len(over), LATEST)
    per_job = max(1.0, now - began) / number
    return Forecast(waiting * per_job, waiting * per_job / math.sqrt(number))

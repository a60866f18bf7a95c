"""Times as the clocks of this machine show them: Bokeh knows no zones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd


def local(times: pd.Index[Any]) -> np.ndarray:
    """The local times of an index of times with a zone, by themselves."""
    zone = datetime.now().astimezone().tzinfo
    return pd.DatetimeIndex(times).tz_convert(zone).tz_localize(None).to_numpy(dtype="datetime64[us]")

"""Which jobs a page shows: by state and by text."""

import pandas as pd

from dashboard.models.paging import matching

SEARCHED = ("id", "batch_name", "host", "reason")
"""Columns of the jobs frame that a text filter looks in."""


def chosen(jobs: pd.DataFrame, state: str = "", text: str = "") -> pd.DataFrame:
    """Jobs in this state (all when empty) that have every word of the text in their id, name, host or reason."""
    found = jobs[jobs["state"] == state] if state else jobs
    return found.loc[matching(found.assign(id=found.index), text, SEARCHED).index] if text.strip() else found

"""What a schedd is called in ids where there are several: job ``1234.5@bigbird02``, batch ``1234@bigbird02``.

Clusters are numbered by each schedd for itself, so the number alone would not tell whose job it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def labels(names: Sequence[str]) -> tuple[str, ...]:
    """A label for each of these schedds: the first part of its name, or all of it where that would not tell them apart.

    One schedd alone needs none: its label is empty.
    """
    if len(names) == 1:
        return ("",)
    short = [name.partition("@")[0].partition(".")[0] for name in names]
    return tuple(short if all(short) and len({name.casefold() for name in short}) == len(names) else names)


def labelled(plain: str, label: str) -> str:
    """The id of a job or batch with the label of its schedd; an empty one changes nothing."""
    return f"{plain}@{label}" if label else plain


def parted(text: str) -> tuple[str, str]:
    """An id without its label, and the label; empty when it has none."""
    plain, _, label = text.partition("@")
    return plain, label


def of_jobs(jobs: pd.DataFrame, label: str) -> pd.DataFrame:
    """The jobs frame with labelled ids and batches; the frame itself without a label."""
    if not label:
        return jobs
    batches = jobs["batch"].cat.rename_categories(lambda batch: f"{batch}@{label}")
    return of_rows(jobs.assign(batch=batches), label)


def of_rows(table: pd.DataFrame, label: str) -> pd.DataFrame:
    """A table with labelled ids; the table itself without a label."""
    if not label:
        return table
    ids = pd.Index([f"{plain}@{label}" for plain in table.index], dtype=table.index.dtype, name=table.index.name)
    return table.set_axis(ids)

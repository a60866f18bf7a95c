"""Why a job is held, in words."""

import pytest

from dashboard.domain import hold


@pytest.mark.parametrize(
    ("code", "reason", "word"),
    [
        (1, "via condor_hold (by user alice)", "by you"),
        (13, "Transfer input files failure", "missing input"),
        (15, "submitted on hold at user's request", "by you"),
        (16, "Spooling input data files", "uploading"),
        (34, "", "memory"),
        (26, "memory usage exceeded request_memory", "memory"),
        (21, "Docker disk usage too high", "disk"),
        (3, "Job exceeded MAX_RUNTIME", "run time"),
        (26, "no reason we know", "by the pool"),
        (13, "memory of failures", "missing input"),
        (None, "", "held"),
        (None, "it used too much memory", "memory"),
        (999, "", "code 999"),
    ],
)
def test_word(code: int | None, reason: str, word: str) -> None:
    explained = hold.explain(code, reason)
    assert explained.word == word
    assert explained.meaning.endswith(".")
    assert explained.remedy.endswith(".")

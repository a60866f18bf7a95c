"""Why files do not arrive, in plain words."""

import pytest

from dashboard.domain.obstacle import explain


@pytest.mark.parametrize(
    ("error", "word"),
    [
        ("TRANSFER [2] No such file or directory: /data/x.root", "Lost at its source"),
        ("RequestErrMsg.TRANSFER_FAILED:SOURCE SRM_GET_TURL error: file not found", "Lost at its source"),
        ("RequestErrMsg.NO_SOURCES:RequestState.NO_SOURCES", "No source"),
        ("MissingSourceReplica", "No source"),
        ("SOURCE CHECKSUM MISMATCH: adler32 is 00000001, the catalogue has 12345678", "File is damaged"),
        ("TRANSFER ERROR: Last attempt: DESTINATION [28] No space left on device", "No room at the RSE"),
        ("There is not enough quota left to fulfil the operation.", "No quota left"),
        ("There are not enough target RSEs to fulfil the request at this time.", "RSE is closed"),
        ("RSE excluded; not available for writing.", "RSE is closed"),
        ("DESTINATION MAKE_PARENT HTTP 403 : Permission refused", "Not allowed"),
        ("TRANSFER [110] TRANSFER Operation timed out", "No connection"),
    ],
)
def test_what_rucio_says_is_explained(error: str, word: str) -> None:
    found = explain(error)
    assert found is not None
    assert found.word == word
    assert found.elsewhere == ("elsewhere" in found.remedy)


@pytest.mark.parametrize("error", ["", "DESTINATION [2] No such file or directory: /rse/LAB", "the robot is on strike"])
def test_what_is_not_known_is_left_to_rucios_words(error: str) -> None:
    assert explain(error) is None

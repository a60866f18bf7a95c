import pandas as pd
import pytest

from dashboard.domain.quota import sentence

USAGE = pd.DataFrame(
    {"bytes": [1e6, 5e9], "limit": [4e6, float("nan")], "remaining": [3e6, float("nan")], "files": [3, 9]},
    index=["LAB-DISK", "OPEN"],
)


@pytest.mark.parametrize(
    ("rse", "need", "said"),
    [
        ("LAB-DISK", None, "LAB-DISK: 3 MB left, 1 MB of 4 MB used"),
        ("LAB-DISK", 2e6, "LAB-DISK: 3 MB left, 1 MB of 4 MB used; 2 MB fit"),
        ("LAB-DISK", 10.1e6, "LAB-DISK: 3 MB left, 1 MB of 4 MB used; 10.1 MB do not fit"),
        ("OPEN", 1e9, "OPEN: 5 GB used, no limit"),
        ("RAL-TAPE", 1.0, "RAL-TAPE: you have no quota there"),
    ],
)
def test_quota_is_said_in_one_sentence(rse, need, said):
    assert sentence(USAGE, rse, need) == said


def test_unknown_quota_is_not_called_none():
    assert sentence(None, "LAB-DISK", 1.0) == "LAB-DISK: the quota is not known yet"

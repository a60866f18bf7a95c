"""What a notebook cell shows first."""

from pathlib import Path

import pytest

import dashboard
from dashboard.models.session import Session
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.cell import CellPages


@pytest.mark.parametrize(
    ("asked", "then", "first"),
    [
        ({"page": "jobs", "batch": "8"}, {}, True),
        ({"page": "data", "rule": "r"}, {}, True),
        ({"page": "jobs"}, {}, False),
        ({"page": "jobs"}, {"batch": "8"}, False),  # the page opens one by itself, or the reader does
        ({"page": "jobs", "batch": "8"}, {"batch": "9"}, False),
        ({"page": "jobs", "batch": "8"}, {"page": "data"}, False),
        ({"page": "submit"}, {}, False),
    ],
)
async def test_what_was_asked_for_comes_first_as_long_as_it_is_open(
    tmp_path: Path, asked: dict[str, str], then: dict[str, str], first: bool
) -> None:
    settings = Settings(HTCondorSettings(enabled=False), RucioSettings(enabled=False), tmp_path)
    with dashboard.connect(settings) as workspace:
        session = Session(workspace, **asked)
        pages = CellPages(session)
        session.param.update(**then)
        assert (pages._box.styles["--cy-open-order"] == "-1") is first
        pages._toggle()
        assert (pages._box.styles["--cy-open-order"] == "-1") is first
        assert pages._box.styles["max-height"] == "none"

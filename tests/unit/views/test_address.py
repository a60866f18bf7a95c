"""The browser's address and a session, kept alike."""

from pathlib import Path
from typing import Any

import pytest

from dashboard.models.session import Session
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.address import Address
from dashboard.workspace import Workspace


@pytest.fixture
def session(tmp_path: Path) -> Session:
    settings = Settings(HTCondorSettings(enabled=False), RucioSettings(enabled=False), tmp_path)
    return Session(Workspace(settings), page="jobs", batch="12")


def linked(session: Session) -> Address:
    address = Address()
    address.link(session)
    return address


def shown(address: Address) -> dict[str, str]:
    return {name: text for name, text in address.shown["places"].items() if text}


def test_it_tells_where_the_session_is(session: Session) -> None:
    address = linked(session)
    assert shown(address) == {"page": "jobs", "batch": "12"}
    session.state = "held"
    assert shown(address) == {"page": "jobs", "batch": "12", "state": "held"}
    session.page = "submit"
    assert shown(address) == {"page": "submit"}


def test_going_back_leads_the_session_and_is_answered(session: Session) -> None:
    address = linked(session)
    address.asked = {"number": 3, "places": {"page": "data", "rule": "abc"}}
    assert (session.page, session.rule) == ("data", "abc")
    assert address.shown["answers"] == 3
    address.asked = {"number": 4, "places": {"page": "jobs"}}
    assert (session.page, session.batch) == ("jobs", "")  # none was open there


def test_what_is_asked_for_at_first_is_not_followed(session: Session) -> None:
    address = linked(session)
    address.asked = {"number": 0, "places": {"page": "data"}}
    assert session.page == "jobs"


@pytest.mark.parametrize(
    "places",
    [None, "page=data", ["page"], {"page": "nope"}, {"page": 7, "batch": None}, {"pages": "data"}, {"__class__": "x"}],
)
def test_nonsense_leads_nowhere(session: Session, places: Any) -> None:
    address = linked(session)
    address.asked = {"number": 1, "places": places}
    assert session.page == "jobs"

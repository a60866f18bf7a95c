"""What a batch shows in a notebook's cell."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.models.session import Session
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.batch_card import BatchCard
from dashboard.workspace import Workspace
from tests.unit.views.test_jobs import HOSTILE, ad, snapshot


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Workspace(Settings(HTCondorSettings(), RucioSettings(), tmp_path)) as workspace:
        yield Session(workspace, batch="16")


def held(proc: int, code: int = 34, **more: Any) -> Any:
    return ad(16, proc, 5, HoldReasonCode=code, **more)


def card(session: Session, *ads: Any) -> BatchCard:
    session.jobs = snapshot(ads)
    made = BatchCard(session)
    made.update()
    return made


def test_it_says_why_jobs_are_held_or_failed_and_what_mends_it(session: Session, seen: Any) -> None:
    told = seen(card(session, held(0), held(1), ad(16, 2, 4, ExitCode=4)))
    assert "2 held: memory It used more memory than it asked for. Ask for more memory, then release." in told
    assert "1 failed: exit code 4 The program ended with exit code 4. Look at its standard error" in told
    assert "more reason" not in told


def test_two_reasons_are_told_and_the_others_counted(session: Session, seen: Any) -> None:
    told = seen(card(session, *(held(proc, code) for proc, code in enumerate((6, 7, 12, 14)))))
    assert told.count(" held: ") == 2
    assert "and 2 more reasons" in told


def test_a_file_of_an_evil_name_is_text(session: Session) -> None:
    reason = f"Transfer input files failure: reading from file /home/{HOSTILE}: (errno 2)"
    made = card(session, held(0, 13, name=HOSTILE, HoldReason=reason))
    shown = made._title.object + made._progress.object
    assert "<img" not in shown
    assert "/home/&lt;img" in shown


@pytest.mark.parametrize(("name", "title"), [("", "batch 16 selmu.sh"), ("zmumu", "zmumu 16 · selmu.sh")])
def test_its_title_says_which_batch_it_is(session: Session, seen: Any, name: str, title: str) -> None:
    assert title in seen(card(session, held(0, name=name)))

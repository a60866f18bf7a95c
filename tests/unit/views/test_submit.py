import asyncio
from datetime import UTC, datetime

import pytest

from dashboard.domain.health import Health
from dashboard.domain.problem import Problem
from dashboard.models.session import Session
from dashboard.settings import HTCondorSettings, RucioSettings, Settings
from dashboard.views.submit import TEMPLATES, SubmitPage
from dashboard.workspace import Workspace
from dashboard.workspace.jobs import Submission


@pytest.fixture
def page(tmp_path):
    job = tmp_path / "job.sh"
    job.write_text("#!/bin/sh\n")
    job.chmod(0o755)
    settings = Settings(HTCondorSettings(workdir=str(tmp_path)), RucioSettings(), folder=tmp_path)
    page = SubmitPage(Session(Workspace(settings)))
    page.update()
    return page


def type_in(page, field, value) -> None:
    page.fields.fields[field].widget.value = value


async def test_form_writes_the_description(page):
    type_in(page, "executable", "job.sh")
    type_in(page, "count", 20)
    assert page.text.widget.value.startswith("executable = job.sh\n")
    assert page.text.widget.value.endswith("queue 20\n")
    assert page.button.label == "Submit 20 jobs"


async def test_description_fills_in_the_form(page):
    page.text.widget.value = "executable = job.sh\nrequest_memory = 2 GB\ntransfer_input_files = a, b\nqueue 4\n"
    shown = {name: field.widget.value for name, field in page.fields.fields.items()}
    assert (shown["executable"], shown["memory"], shown["inputs"], shown["count"]) == ("job.sh", 2048, "a\nb", 4)


async def test_description_beyond_the_form_locks_the_form_and_says_why(page, seen):
    page.text.widget.value = "executable = job.sh\nrequirements = x\nqueue f in (a, b)\n"
    assert "“requirements = x” says more than the form can show" in seen(page)
    assert all(field.widget.disabled for field in page.fields.fields.values())
    assert page.button.label == "Submit jobs"
    page.text.widget.value = "executable = job.sh\nqueue\n"
    assert not any(field.widget.disabled for field in page.fields.fields.values())


async def test_untouched_page_scolds_nobody_but_submitting_it_does(page, seen):
    assert "to mend" not in seen(page)
    await page._submit()
    assert "One thing to mend before submitting" in seen(page)
    assert "Say which program each job runs." in seen(page)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("executable", "nothere.sh", "nothere.sh is not there"),
        ("executable", "job.sh\nqueue 99", "line break"),
        ("memory", -5, "-5 is not possible for memory"),
        ("arguments", "it's", "A single quote is not closed"),
        ("inputs", "no.root", "no.root is not there"),
    ],
)
async def test_faults_are_told_before_submitting_and_the_input_stays(page, field, value, said, seen):
    type_in(page, "executable", "job.sh")
    type_in(page, field, value)
    await page._submit()
    assert seen(page).count(said) == 2  # at the field, and in the list
    assert "Not submitted" not in seen(page)
    assert page.fields.fields[field].widget.value == value
    assert "cy-wrong" in page.fields.fields[field].widget.css_classes


async def test_refusal_is_one_sentence_and_the_input_stays(page, seen):
    type_in(page, "executable", "job.sh")
    await page._submit()
    assert "Not submitted. HTCondor is not configured" in seen(page)
    assert page.fields.fields["executable"].widget.value == "job.sh"
    assert not page.button.disabled


async def test_double_click_submits_once(page, monkeypatch, seen):
    asked = []

    def submit(text, *, spool, schedd, action_id):
        assert schedd is None
        asked.append((text, spool, action_id))
        return Submission(1234, 20, None)

    monkeypatch.setattr(page.session.workspace, "submit", submit)
    type_in(page, "executable", "job.sh")
    type_in(page, "count", 20)
    await asyncio.gather(page._submit(), page._submit())
    await page._submit()
    assert len(asked) == 1
    assert "Submitted 20 jobs as batch 1234 ." in seen(page)
    assert page.button.disabled
    page.again.clicks += 1
    await page._submit()
    assert len({action_id for *_, action_id in asked}) == 2


async def test_result_leads_to_the_batch(page, monkeypatch):
    monkeypatch.setattr(page.session.workspace, "submit", lambda *_, **__: Submission(1234, 1, None))
    type_in(page, "executable", "job.sh")
    await page._submit()
    page.open.clicks += 1
    assert (page.session.page, page.session.batch) == ("jobs", "1234")


async def test_of_several_schedds_one_is_chosen(page, monkeypatch, seen):
    asked = []

    def submit(*_, schedd, action_id, **__):
        asked.append((schedd, action_id))
        return Submission(1234, 1, None, schedd)

    assert not page.schedd.visible
    monkeypatch.setattr(Workspace, "schedds", ("near", "far"))
    page = SubmitPage(page.session)
    monkeypatch.setattr(page.session.workspace, "submit", submit)
    type_in(page, "executable", "job.sh")
    await page._submit()
    assert "as batch 1234@near ." in seen(page)
    page.schedd.value = "far"
    await page._submit()
    page.open.clicks += 1
    assert page.session.batch == "1234@far"
    assert [schedd for schedd, _ in asked] == ["near", "far"]
    assert asked[0][1] != asked[1][1]
    monkeypatch.setattr(page.session, "health", lambda _: (Health("part", datetime.now(UTC), "far is away."), None))
    page.update()
    assert "far is away." in seen(page)


async def test_failure_keeps_the_action_id_for_the_same_content(page, monkeypatch):
    ids = []

    def lost(*_, action_id, **__):
        ids.append(action_id)
        raise Problem("timeout", "HTCondor did not answer in time.")

    monkeypatch.setattr(page.session.workspace, "submit", lost)
    type_in(page, "executable", "job.sh")
    await page._submit()
    await page._submit()
    type_in(page, "count", 2)
    await page._submit()
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("name", TEMPLATES)
async def test_templates_are_good_descriptions(page, name):
    page.template.value = name
    assert page.state.faults == []
    assert "executable" in page.text.widget.value


async def test_upload_replaces_the_description_or_says_why_not(page, seen):
    page.upload.param.update(filename="mine.sub", value=b"executable = job.sh\nqueue 7\n")
    assert page.text.widget.value == "executable = job.sh\nqueue 7\n"
    page.upload.param.update(filename="bad.sub", value=b"\xff\xfe\x00")
    assert "bad.sub is not text in UTF-8" in seen(page)
    assert page.text.widget.value == "executable = job.sh\nqueue 7\n"


async def test_names_from_outside_are_shown_as_text(page, seen):
    page.upload.param.update(filename="<img src=x onerror=alert(1)>", value=b"\xff")
    assert "<img src=x onerror=alert(1)> is not text" in seen(page)
    type_in(page, "executable", "<img src=x onerror=alert(1)>")
    await page._check_disk()
    assert "<img src=x onerror=alert(1)> is not there" in seen(page)


async def test_page_says_where_jobs_start_and_that_htcondor_is_absent(page, tmp_path, seen):
    assert f"Initial directory {tmp_path}" in seen(page)
    assert "HTCondor is not configured" in seen(page)

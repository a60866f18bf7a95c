"""The History page in Chromium: what finished is counted, filtered, grouped and drawn."""

import re
from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import Page, expect

from dashboard.workspace import Workspace

JOBS = """executable = /bin/sh
arguments = "-c 'exit $(code)'"
batch_name = {name}
queue code in (0, 0, 0, 3)
"""


def test_finished_jobs_are_found_again(visit: Callable[..., Page], alice: Workspace) -> None:
    name = f"<b>history</b>-{uuid4().hex[:8]}"
    submission = alice.submit(JOBS.format(name=name))
    submission.wait(120)
    page = visit("?page=jobs")
    page.get_by_role("navigation").get_by_role("link", name="History").click()
    page.get_by_label("Batch, program or id").fill(name)
    expect(page.get_by_text(re.compile("^4 jobs since"))).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("75 % done, 25 % failed"))).to_be_visible()
    expect(page.locator(".bk-Figure").locator("visible=true")).to_have_count(6, timeout=60_000)
    expect(page.get_by_role("tab", name="By batch")).to_be_visible(timeout=60_000)  # the last part of the page
    row = page.get_by_role("row").filter(has_text=name)
    expect(row.get_by_role("img")).to_have_attribute("aria-label", "3 done, 1 failed")
    for title in ("Wait", "Run time", "Memory", "CPU efficiency", "Jobs ended", "Run time by batch"):
        expect(page.get_by_text(title, exact=True).locator("visible=true").first).to_be_visible()

    page.get_by_role("button", name=re.compile("Failed")).click()
    expect(page.get_by_text(re.compile("^1 job since"))).to_be_visible()
    page.get_by_role("button", name=re.compile("Failed")).click()
    page.get_by_role("tab", name="By host").click()
    expect(page.get_by_role("columnheader", name="Host")).to_be_visible()
    expect(page.get_by_text(re.compile("^4 jobs since"))).to_be_visible()
    page.get_by_label("Batch, program or id").fill("there is no such batch")
    expect(page.get_by_text("No such jobs")).to_be_visible()

    assert "page=history" in page.url
    page.reload()
    expect(page.get_by_text(re.compile("jobs since"))).to_be_visible(timeout=60_000)

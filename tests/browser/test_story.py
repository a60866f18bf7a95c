"""A person's day, in Chromium, on the real pool and the real Rucio server."""

import re
from collections.abc import Callable

import pandas as pd
from playwright.sync_api import Locator, Page, expect

from dashboard.domain.palette import MUTE
from dashboard.sandbox.pool import Pool
from dashboard.workspace import Workspace
from tests.awaiting import awaited
from tests.integration.test_faults import stopped

HOSTILE = "<img src=x onerror=alert(1)>"
ZTAUTAU = "mc26:mc26_13p6TeV.700324.Ztautau.AOD"

Visit = Callable[..., Page]


def go(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=re.compile(name)).click()


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def mine(alice: Workspace, batch: str) -> pd.DataFrame:
    frame = alice.jobs.frame()
    return frame[frame["batch"] == batch]


def states(alice: Workspace, batch: str) -> set[str]:
    return set(mine(alice, batch)["state"])


def known_now(alice: Workspace) -> pd.DataFrame:
    """Her rules, asked for anew: the page may know more than her last answer, which is an interval old at most."""
    assert alice._poller("rucio").after_tick(30)
    return alice.rules.frame()


def submitted(page: Page, **more: str) -> str:
    """Fill the form for three jobs that sleep, and submit in haste, by a double click: their batch."""
    wanted = {"Executable": "/bin/sleep", "Arguments": "300", **more, "Jobs": "3", "Memory, MiB": "64"}
    for label, text in wanted.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Memory, MiB").blur()
    expect(page.get_by_label("Submit description")).to_have_value(re.compile("queue 3"))
    button(page, "Submit 3 jobs").dblclick()
    told = page.get_by_text(re.compile(r"Submitted 3 jobs as batch \d+"))
    expect(told).to_be_visible(timeout=20_000)
    return re.search(r"batch (\d+)", told.inner_text())[1]  # type: ignore[index]


def test_submit_watch_hold_release_remove(visit: Visit, alice: Workspace) -> None:
    page = visit("?page=overview")
    go(page, "Submit")
    batch = submitted(page, **{"Batch name": HOSTILE})

    button(page, "Show the batch").click()
    row = page.get_by_role("row").filter(has_text=batch).filter(has_text=HOSTILE)
    expect(row).to_be_visible(timeout=2000)
    expect(page.get_by_text(HOSTILE).nth(1)).to_be_visible()
    awaited(lambda: len(mine(alice, batch)) == 3, "the jobs")  # the double click submitted once

    awaited(lambda: states(alice, batch) == {"running"}, "the jobs' start")
    button(page, "Hold 3…").click()
    expect(page.get_by_text(f"Hold 3 jobs of {HOSTILE}?")).to_be_visible()
    page.locator(".cy-action").get_by_role("button", name="Hold 3", exact=True).click()
    expect(page.get_by_text("Hold: 3 done.")).to_be_visible()
    awaited(lambda: states(alice, batch) == {"held"}, "the hold")
    button(page, "Close").click()

    button(page, "Release 3…").click()
    page.locator(".cy-action").get_by_role("button", name="Release 3", exact=True).click()
    expect(page.get_by_text("Release: 3 done.")).to_be_visible()
    button(page, "Close").click()

    button(page, "Remove 3…").click()
    page.locator(".cy-action").get_by_role("button", name="Remove 3", exact=True).dblclick()
    expect(page.get_by_text("Remove: 3 done.")).to_be_visible()
    awaited(lambda: states(alice, batch) == {"removed"}, "the removal")
    done = [entry for entry in alice.audit.recent(50) if [f"{batch}.0", "done", ""] in entry["items"]]  # type: ignore[operator]
    assert sorted(str(entry["action"]) for entry in done) == ["hold", "release", "remove"]


def test_what_is_wrong_is_said_before_submitting_and_nothing_is_lost(visit: Visit, alice: Workspace) -> None:
    page = visit("?page=submit")
    before = len(alice.jobs.batches())
    page.get_by_label("Executable").fill("no-such-program.sh")
    page.get_by_label("Arguments").fill("it's \"unbalanced")
    page.get_by_label("Memory, MiB").fill("-5")
    page.get_by_label("Memory, MiB").blur()
    page.get_by_role("button", name=re.compile("^Submit 1 job")).click()
    expect(page.get_by_text(re.compile("things to mend before submitting"))).to_be_visible()
    expect(page.get_by_label("Executable")).to_have_value("no-such-program.sh")
    expect(page.get_by_label("Arguments")).to_have_value("it's \"unbalanced")
    assert len(alice.jobs.batches()) == before


def test_stage_watch_copy_cancel(visit: Visit, alice: Workspace) -> None:
    page = visit("?page=data")
    button(page, "Stage data…").click()
    did = page.get_by_label("Data identifier (DID)")
    did.fill("mc26:")
    did.press_sequentially("mc26_13p6TeV.700324")
    page.get_by_role("option", name=re.compile("Ztautau")).click()
    page.get_by_label("To: RSE or RSE expression").fill("LAB-SCRATCH")
    expect(page.get_by_text(re.compile("LAB-SCRATCH.*left"))).to_be_visible()
    page.get_by_label("Lifetime").fill("2h")
    button(page, "Stage").click()
    row = page.get_by_role("row").filter(has_text="Ztautau").filter(has_text="LAB-SCRATCH").first
    expect(row).to_be_visible()
    expect(row.get_by_text("OK", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile(r"/rse/LAB-SCRATCH/mc26/.*Ztautau")).first).to_be_visible()
    rules = known_now(alice)
    assert list(rules[rules["did"] == ZTAUTAU]["state"]) == ["OK"]

    button(page, "Delete rule…").click()
    expect(page.get_by_text(re.compile("Delete the rule that keeps .*Ztautau.* at LAB-SCRATCH"))).to_be_visible()
    page.locator(".cy-action").get_by_role("button", name="Delete rule", exact=True).click()
    expect(row).to_be_hidden(timeout=60_000)
    assert ZTAUTAU not in set(known_now(alice)["did"])


def test_refusals_of_rucio_are_told_and_the_form_keeps_its_text(visit: Visit) -> None:
    page = visit("?page=data")
    button(page, "Stage data…").click()
    page.get_by_label("Data identifier (DID)").fill("mc26:nothing-of-the-kind")
    page.get_by_label("To: RSE or RSE expression").fill("LAB-SCRATCH")
    button(page, "Stage").click()
    expect(page.get_by_text(re.compile("Not staged. Rucio knows no such data"))).to_be_visible()
    expect(page.get_by_label("Data identifier (DID)")).to_have_value("mc26:nothing-of-the-kind")


def test_a_silent_schedd_is_said_and_the_page_lives_on(visit: Visit, pool: Pool) -> None:
    page = visit("?page=jobs")
    rows = page.get_by_role("grid", name="Batches").get_by_role("row")
    expect(rows.nth(1)).to_be_visible()
    known = rows.count()
    with stopped(pool.pids()["schedd"]):
        expect(page.get_by_text(re.compile("HTCondor not answering since"))).to_be_visible(timeout=20_000)
        assert rows.count() == known
        go(page, "Data")
        expect(page.get_by_role("button", name="Stage data…")).to_be_visible(timeout=2000)
        go(page, "Jobs")
        expect(rows.nth(1)).to_be_visible(timeout=2000)
    expect(page.get_by_text("HTCondor ok")).to_be_visible(timeout=60_000)


def test_typed_text_and_selection_survive_refreshes(visit: Visit, alice: Workspace) -> None:
    submission = alice.submit("executable = /bin/true\nrequest_cpus = 512\nJobBatchName = kept\nqueue 3\n")
    page = visit(f"?page=jobs&batch={submission.batch}")
    expect(page.get_by_text("kept").first).to_be_visible()
    page.get_by_role("tab", name=re.compile("^Jobs")).click()
    box = page.get_by_role("row").filter(has_text=f"{submission.cluster}.1").get_by_role("checkbox")
    box.check()
    text = page.get_by_placeholder("Filter by name, id, host, reason")
    text.press_sequentially("kep")
    alice.hold(f"{submission.cluster}.0")
    expect(
        page.get_by_role("row").filter(has_text=f"{submission.cluster}.0").get_by_text("Held", exact=True)
    ).to_be_visible()
    assert text.input_value() == "kep"
    expect(text).to_be_focused()
    expect(box).to_be_checked()
    expect(button(page, "Hold 1…")).to_be_enabled()
    alice.remove(submission.batch)


def test_deep_links_and_the_address(visit: Visit, alice: Workspace) -> None:
    older, newer = (
        alice.submit(f"executable = /bin/true\nrequest_cpus = 512\nbatch_name = {name}\nqueue\n")
        for name in ("linked-a", "linked-b")
    )
    page = visit("?page=overview")

    def at(name: str, batch: str = "") -> None:
        """The address and the page agree."""
        expect(page.locator("nav [aria-current=page]")).to_contain_text(name)
        end = f"page={name.lower()}&batch={batch}" if batch else f"page={name.lower()}"
        page.wait_for_url(re.compile(f"{re.escape(end)}$"))
        if batch:
            expect(page.locator(".cy-title:visible").get_by_text("linked-a", exact=True)).to_be_visible()

    entries = page.evaluate("history.length")
    go(page, "Jobs")
    page.get_by_role("grid", name="Batches").get_by_role("row").filter(has_text="linked-a").click()
    at("Jobs", older.batch)
    alice.hold(newer.batch)  # news come in, and are no step
    expect(page.get_by_role("row").filter(has_text="linked-b").get_by_role("gridcell", name="1").first).to_be_visible()
    go(page, "Data")
    at("Data")
    assert page.evaluate("history.length") == entries + 2
    page.go_back()
    at("Jobs", older.batch)
    page.go_back()
    at("Overview")
    page.go_forward()
    at("Jobs", older.batch)
    page.reload()
    at("Jobs", older.batch)
    page.evaluate("history.back(), history.forward(), history.forward()")  # faster than the page can follow
    at("Data")
    assert page.evaluate("history.length") == entries + 2
    alice.remove([older.batch, newer.batch])


def test_dark_and_narrow(visit: Visit) -> None:
    for width in (1440, 800):
        for scheme in ("light", "dark"):
            page = visit("?page=jobs", width=width, color_scheme=scheme)
            expect(page.get_by_role("grid", name="Batches")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (sum(int(part) for part in re.findall(r"\d+", ground)[:3]) < 300) == (scheme == "dark")
    page.set_viewport_size({"width": 320, "height": 800})
    for name in ("Jobs", "Submit", "Data", "Overview"):
        go(page, name)
        page.locator(f"[aria-current=page]:has-text('{name}')").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"


def test_a_dark_page_is_never_given_a_light_plot(visit: Visit) -> None:
    """Which would be replaced at once, and on a slow machine stay."""
    page = visit("?page=jobs", color_scheme="dark")
    colours: set[str] = set()

    def told(frame: bytes | str) -> None:
        colours.update(re.findall(r'"major_label_text_color":"(#\w+)"', str(frame)))

    page.on("websocket", lambda socket: socket.on("framereceived", told))
    page.reload()
    expect(page.locator("canvas").first).to_be_visible()
    assert colours == {MUTE.dark}


def test_wide_tables_show_their_last_column(visit: Visit) -> None:
    page = visit("?page=history", width=800)  # what takes longest comes first
    for width in (800, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for name, table in (
            ("Data", "Rules"),
            ("Overview", "Data arriving"),
            ("Overview", "Why jobs are held or failed"),
            ("History", "Finished jobs"),
        ):
            go(page, name)
            grid = page.get_by_role("grid", name=table)
            expect(grid).to_be_visible()
            room = "grid => grid.parentElement.scrollWidth <= grid.parentElement.clientWidth"
            assert grid.evaluate(room), f"{table} at {width}"

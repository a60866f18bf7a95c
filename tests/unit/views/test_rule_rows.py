"""Rules that are not complete: what their rows and bars say, and what opening one leads to."""

from tests.unit.views.test_data import page, rucio, rule, show

__all__ = ["page", "rucio"]  # fixtures


async def test_only_what_is_in_place_or_stuck_fills_a_bar(page, seen):
    show(page, r1=rule(ok=0, replicating=10))
    bar = page.table.rows[0]["progress"]
    assert [part for part, fraction, *_ in bar if fraction] == ["idle"]  # which is not painted: see theme.css
    page.table.opened = "r1"
    assert 'aria-label="10 on their way"' in page.detail._bar.object
    assert "0 of 10 files in place" in seen(page)


async def test_a_stuck_rule_says_in_plain_words_what_mends_it(page, seen):
    """The row has a few of them and all of Rucio's to hover over; opened it explains, and leads on."""
    full = "TRANSFER ERROR: Copy failed (streamed). Last attempt: DESTINATION [28] No space left on device"
    lost = "TRANSFER [2] No such file or directory: /data/x.root"
    show(page, r1=rule("znunu", "STUCK", 2, 0, 1, error=full), r2=rule("zmumu", "STUCK", 2, 0, 1, error=lost))
    rows = {row["id"]: row for row in page.table.rows}
    assert [rows["r1"][key] for key in ("error", "next", "told")] == ["No room at the RSE", "open: what to do", full]
    assert rows["r2"]["error"] == "Lost at its source"
    assert "Stage elsewhere…" not in seen(page)
    page.table.opened = "r1"
    assert "1 file is stuck. The RSE has no room left. Stage the data elsewhere" in seen(page)
    assert f"Rucio's words: {full}." in seen(page)
    assert "2 of 3 files in place, 1 stuck" in seen(page)
    page.detail._elsewhere.clicks += 1
    form = page.form
    assert page._form.visible
    assert (form.did.value, form.rse.value, form.rse.widget.focus) == ("mc26:znunu", "", 1)
    page.table.opened = "r2"
    assert "A file is not there where Rucio copies it from. Tell those who look after the data." in seen(page)
    assert "Stage elsewhere…" not in seen(page)  # it would be lost there as well


async def test_rules_that_wait_for_people_say_so(page, seen):
    show(page, r1=rule("znunu", "SUSPENDED", 2, 0, 1), r2=rule("zmumu", "WAITING_APPROVAL", 0, 0, 0))
    rows = {row["id"]: (row["error"], row["next"]) for row in page.table.rows}
    assert rows == {"r1": ("Rucio gave up", "open: what to do"), "r2": ("Needs approval", "open: what to do")}
    page.table.opened = "r1"
    assert "only an operator can go on with this rule" in seen(page)


async def test_time_left_appears_as_files_arrive(page):
    show(page, r1=rule(ok=0, replicating=10))
    assert page.table.rows[0]["left"] == ""
    show(page, r1=rule(ok=5, replicating=5))
    assert page.table.rows[0]["left"] == "10 s left"

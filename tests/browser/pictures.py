"""Take the README's pictures from a running demo: ``make pictures`` while ``make demo`` runs (some minutes old)."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET

FOLDER = Path(__file__).parents[2] / "assets" / "screenshots"


def open_page(browser: Browser, address: str, query: str, scheme: str) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{address}?{query}")
    expect(page.get_by_text("HTCondor ok")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Rucio ok")).to_be_visible(timeout=60_000)
    return page


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(8000)  # the plots are drawn last
    page.screenshot(path=FOLDER / f"{name}.png")
    page.close()


def main(address: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for scheme in ("light", "dark"):
            page = open_page(browser, address, "page=jobs", scheme)
            page.get_by_role("row").filter(has_text="zmumu-2026").first.click()
            expect(page.locator(".cy-title").get_by_text("zmumu-2026")).to_be_visible(timeout=60_000)
            take(page, f"jobs-{scheme}")
        take(open_page(browser, address, "page=overview", "light"), "overview")
        page = open_page(browser, address, "page=submit", "light")
        for label, text in {
            "Executable": "toys-scan/run",
            "Arguments": "$(ProcId) 60",
            "Batch name": "toys-again",
            "Jobs": "200",
            "Memory, MiB": "512",
        }.items():
            page.get_by_label(label, exact=True).fill(text)
            page.get_by_label(label, exact=True).blur()
        take(page, "submit")
        page = open_page(browser, address, "page=data", "light")
        page.get_by_role("row").filter(has_text="LAB-SCRATCH").last.click()
        take(page, "data")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:5006/")

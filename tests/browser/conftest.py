"""Chromium, and the dashboard served from the real sandbox."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

import dashboard
from dashboard.sandbox import Sandbox
from dashboard.workspace import Workspace

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(sandbox: Sandbox) -> Iterator[str]:
    """Address of `cygnet serve`, started as a person would."""
    command = [sys.executable, "-m", "dashboard.cli", "serve", "--port", "0", "--no-browser"]
    command += ["--settings", str(sandbox.settings_file("alice"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as server:
        assert server.stdout
        yield server.stdout.readline().split()[3]
        server.terminate()


@pytest.fixture
def alice(sandbox: Sandbox) -> Iterator[Workspace]:
    """The truth beside the page: asked through another connection."""
    with dashboard.connect(sandbox.settings_file("alice")) as workspace:
        yield workspace


@pytest.fixture
def visit(browser: Browser, address: str, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a page of the dashboard; at the end no page may have met an error or asked another host."""
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            wrong.append(f"foreign request: {request.url}")

    contexts = []

    def visit(query: str = "", width: int = 1440, **options: str) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", said)
        page.on("pageerror", lambda error: wrong.append(f"script: {error.stack or error}"))
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        page.on("request", asked)
        page.goto(f"{address}{query}")
        page.locator("main table, main input").first.wait_for()
        return page

    yield visit
    for context in contexts:
        for page in context.pages:
            page.screenshot(path=tmp_path / "last.png")
        context.close()
    assert wrong == [], "\n".join(wrong)

"""A real browser against a running portal: Debian's Chromium through Playwright, axe-core beside it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.visitors import AXE, Visit, serving

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the portal answers."""
    with serving(app) as where:
        yield where


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Opens the portal in a fresh browser profile: `visit(language="be", width=360, scripts=False)`."""
    opened: list[BrowserContext] = []

    def open_page(language: str = "en", width: int = 360, scripts: bool = False) -> Page:
        context = browser.new_context(
            base_url=address,
            locale=language,
            viewport={"width": width, "height": 800},
            java_script_enabled=scripts,
            bypass_csp=scripts,
        )
        context.set_default_timeout(10_000)
        opened.append(context)
        page = context.new_page()
        page.goto(f"/language/{language}?next=/sign-in")
        return page

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, from the npm package."""
    return Path(AXE).read_text(encoding="utf-8")

"""The system's Chromium, for whatever shows pages."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from needs import program

if TYPE_CHECKING:
    from playwright.sync_api import Browser

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Chromium, headless; CHROMIUM names another."""
    from playwright.sync_api import sync_playwright  # which a run without the extra `test` lacks

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program("chromium"), args=QUIET)
        yield running
        running.close()

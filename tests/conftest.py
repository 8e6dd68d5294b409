"""What every test may ask for: hypothesis profiles, the shared data, a real Chromium.

Hypothesis: `HYPOTHESIS_PROFILE=ci` draws the same examples every time; `dev` (the default) draws new ones. Neither has
a deadline, because a busy machine is no finding.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Page, sync_playwright

settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("dev", max_examples=60, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
CHROMIUM_REQUIRED = os.environ.get("TONGBAN_REQUIRE_BROWSER") == "1"
NO_CHROMIUM = f"no Chromium was found ({', '.join(CHROMIUM_NAMES)})"
CHROMIUM_ARGS = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    # a page that needs another host fails
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for the browser is a browser test, whether or not somebody thought of the marker."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if CHROMIUM is None and item.get_closest_marker("browser"):
        if CHROMIUM_REQUIRED:
            pytest.fail(f"{NO_CHROMIUM}, and TONGBAN_REQUIRE_BROWSER=1 requires it", pytrace=False)
        pytest.skip(NO_CHROMIUM)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_CHROMIUM in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"Browser journeys skipped ({len(skipped)}): {NO_CHROMIUM}.", yellow=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real catalogue, divisions and holidays; it lies beside the project, not in it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared data (../shared/data) is not on this machine")
    return SHARED_DATA


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, headless; it reaches loopback only.

    Playwright keeps an event loop running in this thread as long as it is open: a module that uses it cannot call
    `asyncio.run`, and the modules after it can because it is closed at the end of its own.
    """
    with sync_playwright() as playwright:
        as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_ARGS, *as_root])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page at 1366 x 768 with its own cookies. A script error in the page fails the test."""
    with browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN") as context:
        opened = context.new_page()
        errors: list[str] = []
        opened.on("pageerror", lambda error: errors.append(str(error)))
        yield opened
        if errors:
            pytest.fail("the page's script failed: " + "; ".join(errors))

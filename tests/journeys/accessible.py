"""Looking at a page with axe-core, in the browser that shows it.

axe-core comes with a package of the lock file; only its script is used. The script is laid into the page by the test's
browser (`evaluate`), so that the page's Content-Security-Policy stays as it is.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.conftest import CHROMIUM_REQUIRED

PACKAGE = "axe_playwright_python"
NO_AXE = f"axe-core was not found (package {PACKAGE}, see requirements.lock)"
GRAVE = ("serious", "critical")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
DEPENDS_ON_SIZE = ("target-size", "scrollable-region-focusable")
"""What larger text may break; it only helps contrast, and leaves names, roles and order as they are."""

_RUN = """async (options) => {
  const found = await axe.run(document, options);
  return found.violations.map((each) => ({
    id: each.id, impact: each.impact, help: each.help,
    nodes: each.nodes.map((node) => `${node.target.join(" ")}: ${node.html.slice(0, 160)}`),
  }));
}"""


@cache
def _axe() -> str:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        if CHROMIUM_REQUIRED:
            pytest.fail(f"{NO_AXE}, and TONGBAN_REQUIRE_BROWSER=1 requires it", pytrace=False)
        pytest.skip(NO_AXE)
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def findings(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds on a page, every impact, one line for each rule broken; only some `rules`, if told."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": RULES}
    found: list[dict[str, Any]] = page.evaluate(_RUN, {"runOnly": only, "resultTypes": ["violations"]})
    return [f"{each['impact']} {each['id']} ({each['help']}): " + "\n    ".join(each["nodes"][:4]) for each in found]


def grave(found: list[str]) -> list[str]:
    """Those that are serious or critical."""
    return [each for each in found if each.startswith(GRAVE)]

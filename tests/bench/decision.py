"""How soon a decision that an officer makes at the district shows at the station that took the case in."""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy import catalogue
from deploy.cast import Accepted
from deploy.setup import Demo, import_catalogue
from deploy.story import Story
from tests.bench.report import figure, percentile

CASES = 30
PORT_SHIFT = 340


def decision() -> None:
    """Milliseconds from sending the officer's form to the first answer of the station that says so."""
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        demo = Demo(Path(name), shift=PORT_SHIFT)
        try:
            demo.set_up(lambda _: None)
            with tempfile.TemporaryDirectory() as files:
                catalogue.write_files(Path(files))
                import_catalogue(demo, Path(files))
            story = Story(demo)
            story.wait_for_catalogue()
            times = [_decided(story) * 1000 for _ in range(CASES)]
            story.close()
        finally:
            demo.stop()
    figure("a decision at the district shows at an online station", "ms", times,
           p99=round(percentile(times, 0.99), 1), target=200)  # fmt: skip


def _decided(story: Story) -> float:
    item, situation = story.item("district")
    case = story.accept("station", item, situation)
    officer = story.person("district", "shenpi")
    story.until(lambda: officer.get(f"/cases/{case.number}").status == 200, 10.0, "the case is at the district")
    path = f"/cases/{case.number}"
    page = officer.get(path)
    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(_seen, story, case)
        began = time.monotonic()
        officer.submit(page, f"{path}/decide", {"outcome": "granted", "reasons": "", "result": "准予"})
        return seen.result() - began


def _seen(story: Story, case: Accepted) -> float:
    """When a clerk who keeps looking sees that the case is decided."""
    clerk = story.person("station", "chuangkou")
    deadline = time.monotonic() + 20
    while '"decided"' not in clerk.get(f"/cases/{case.number}/state").source:
        if time.monotonic() > deadline:
            raise RuntimeError("the decision does not show")
        time.sleep(0.005)
    return time.monotonic()

"""The API journey: the story as `make demo STORY=1` plays it, over HTTP against four real processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_story_plays_to_its_end_and_says_what_it_saw_at_each_step() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.demo", "--story", "--patience", "8"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 14
    assert all(line.startswith("✓") for line in lines)

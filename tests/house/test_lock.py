"""The lock file pins everything that pyproject.toml asks for, with hashes, and says nothing of where it came from."""

from __future__ import annotations

import re
import tomllib

from tests.house.source import ROOT

ENTRY = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+?)(?: ; [^\\\n]+)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", re.M
)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_every_line_is_a_pinned_and_hashed_requirement_or_a_comment_on_it() -> None:
    rest = re.sub(r"^    # .*\n", "", ENTRY.sub("", _lock()), flags=re.M)
    assert rest == ""


def test_every_dependency_of_the_project_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {_normal(re.split(r"[\s\[<>=!~;]", line, maxsplit=1)[0]) for line in wanted}
    locked = {entry["name"] for entry in ENTRY.finditer(_lock())}
    assert names <= locked, f"not in requirements.lock (run `make lock`): {sorted(names - locked)}"

"""A vendored file is what its name and the note beside it say."""

from __future__ import annotations

import hashlib
import re

import pytest

from tests.house.source import ROOT

STATIC = ROOT / "sync_protocol" / "host" / "static"
VENDORED = sorted(path.name for path in STATIC.glob("*.min.js"))


def test_htmx_is_there() -> None:
    assert [name for name in VENDORED if name.startswith("htmx-4.")]


@pytest.mark.parametrize("name", VENDORED)
def test_the_hash_in_the_name_and_in_the_note_is_true(name: str) -> None:
    whole = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    said = re.fullmatch(r".+-([0-9a-f]{8})\.min\.js", name)
    assert said is not None
    assert said[1] == whole[:8]
    assert f"`{name}`" in (STATIC / "README.md").read_text(encoding="utf-8")
    assert f"`{whole}`" in (STATIC / "README.md").read_text(encoding="utf-8")

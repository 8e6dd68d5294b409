"""The places that the tests of a hub stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.central.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    """Four nodes, with people and the working calendar, and no cases."""
    made = Places(tmp_path)
    yield made
    made.close()

"""The cities, counters and clerks that the tests of a station stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge_node.station import Browser, City, Counter


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """A city of its own, for tests that change what others look at."""
    made = City(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city for tests that change nothing another one of the module looks at."""
    made = City(tmp_path_factory.mktemp("city"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def counter(shared: City) -> Counter:
    return Counter(shared)


@pytest.fixture(scope="module")
def clerk(counter: Counter) -> Browser:
    return counter.browser()

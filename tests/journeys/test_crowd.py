"""Many stations return to a hub in the same moment, over real sockets: the load bench (`tests.bench.crowd`), in small.

The hub has room for a few of them only, so that others are told to come back. Times are compared with each other alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_models.signing import name_of_key
from sync_protocol.store import receipts
from sync_protocol.wire.turns import WAITING_MIN
from tests.bench.crowd import Found, crowd, hub_of, hub_pair, prepare, root_pair, station_pair
from tests.bench.materials import open_node
from tests.bench.report import percentile

STATIONS = 120
RECORDS = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("crowd")
    prepare(made, STATIONS, RECORDS)
    return made


@pytest.fixture(scope="module")
def found(folder: Path) -> Iterator[Found]:
    with hub_of(folder, WAITING_MIN) as hub:
        yield crowd(folder, hub, STATIONS)


def test_all_are_served_without_an_error_though_some_were_told_to_come_back(found: Found) -> None:
    assert len(found.seconds) == STATIONS
    assert found.unserved == 0
    assert found.errors == {}
    assert found.load["turned_away"] > 0


def test_the_hub_holds_what_it_signed_for(folder: Path, found: Found) -> None:
    hub = open_node(folder / "hub", hub_pair(), root_pair().public, hub=True)
    try:
        with hub.read() as db:
            held = [receipts.last_point(db, name_of_key(station_pair(i).public)).position for i in range(STATIONS)]
    finally:
        hub.database.close()
    assert min(held) >= RECORDS


def test_nobody_starves(found: Found) -> None:
    assert max(found.seconds) <= 6 * percentile(found.seconds, 0.5)


def test_memory_is_bounded_by_connections_and_not_by_what_waits_in_them(found: Found) -> None:
    assert found.peak_mib - found.idle_mib <= 16 + STATIONS * 2 * 0.25

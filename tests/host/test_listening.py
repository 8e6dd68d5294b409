"""What a running node does beside its work: it knows a database that came from a copy, and changes its key in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_protocol.host import listening as beside
from sync_protocol.host import runtime
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.keyring import Keyring
from sync_protocol.lapsing import DAY_MS, HOUR_MS, SETTLED_MS, Listener
from sync_protocol.store import listening
from tests.central.places import Places, Site
from tests.world.disk import copy_database


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    made = Places(tmp_path)
    yield made
    made.close()


def hours(site: Site, count: int) -> None:
    """Hours of one process of a district, in which it heard its city and nobody else."""
    assert site.parent is not None
    opened = site.runtime
    beside.begin(opened)
    listener = Listener(opened.node, site.parent.name)
    for hour in range(count):
        listener.tick(HOUR_MS, hour + 1)
        beside.tick(opened, listener, 0)


def silent_hours(site: Site, node: str) -> int:
    with site.runtime.node.read() as db:
        return listening.counts(db)[node].silent // HOUR_MS


def started(site: Site) -> None:
    """Another process of a node, on the folder as it is."""
    path = site.runtime.folder.path
    site.runtime = runtime.open_joined(DataFolder(path), Keyring.open(path), litestream=False)
    site.runtime.node.open()


@pytest.mark.parametrize("lost", [False, True], ids=["the file stayed", "the file is gone, too"])
def test_after_a_restore_of_the_database_nobody_counts_as_silent(places: Places, tmp_path: Path, lost: bool) -> None:
    district, node = places.district, places.station.name
    hours(district, 5)
    copy = copy_database(district.runtime.folder.database, tmp_path / "copy.db")
    hours(district, 3)
    assert silent_hours(district, node) == 7
    district.runtime.close()
    copy_database(copy, district.runtime.folder.database)
    if lost:
        (district.runtime.folder.path / beside.FILE).unlink()
    started(district)
    beside.begin(district.runtime)
    assert silent_hours(district, node) == 0


def test_a_start_on_the_same_database_forgets_nothing(places: Places) -> None:
    hours(places.district, 5)
    places.district.runtime.close()
    started(places.district)
    beside.begin(places.district.runtime)
    assert silent_hours(places.district, places.station.name) == 4


def test_a_key_whose_time_is_nearly_over_is_changed_at_a_tick_and_kept_beside_the_database(places: Places) -> None:
    district = places.district
    late = places.join(district, "late", "station", "511602103", "井河镇便民服务中心")
    opened = late.runtime
    old = opened.node.keys.public
    listener = Listener(opened.node, district.name)
    listener.tick(SETTLED_MS, contact_ms=1)
    beside.tick(opened, listener, 0)
    assert opened.node.keys.public == old
    opened.node.now = lambda: runtime.now_ms() + 360 * DAY_MS
    beside.tick(opened, Listener(opened.node, district.name), SETTLED_MS)
    assert opened.node.keys.public == old, "what a restore took away would come back under a key of the past"
    beside.tick(opened, listener, 0)
    assert opened.node.keys.public != old
    assert opened.keyring.later_node_keys() == opened.node.pairs[1:]
    beside.tick(opened, listener, 0)
    assert len(opened.node.pairs) == 2, "once is enough"
    late.sync()
    assert district.runtime.node.roster.members[late.name].public == opened.node.keys.public
    opened.close()

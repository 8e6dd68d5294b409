"""Three real tiers: the city witnesses the district's log of receipts, and the stations audit it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_protocol.audit import seen
from sync_protocol.store import audited, contradictions, receipt_log, witnessing
from tests.sync_protocol.world import Place, World, run
from tests.world.disk import copy_database


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def witness(place: Place) -> None:
    """One turn of what an agent does after records and files."""
    assert place.parent is not None
    run(place.child_side().witnessed(), place.parent_side().answer)


def everybody(world: World) -> None:
    for place in (world.district, world.station, world.hall):
        witness(place)


def states(place: Place) -> dict[str, int]:
    assert place.parent is not None
    with place.node.read() as db:
        return {state: each.receipts for state, each in audited.counts(db, place.parent.node.name).items()}


def accused(world: World) -> list[str]:
    found = []
    for place in world.places:
        place.settle()
        with place.node.read() as db:
            found += [each.proof.kind for each in contradictions.all_of(db)]
    return found


def losses(world: World) -> int:
    with world.city.node.read() as db:
        return len(witnessing.losses(db, world.district.node.name))


def test_receipts_are_witnessed_once_the_city_has_cosigned_the_log(world: World) -> None:
    world.station.accept()
    world.station.sync()
    witness(world.station)
    assert set(states(world.station)) == {"waiting"}
    world.sync_all()
    everybody(world)
    assert set(states(world.station)) == set(states(world.hall)) == {"witnessed"}
    with world.station.node.read() as db, world.district.node.read() as above:
        newest = seen(db)
        assert newest is not None
        assert newest.size == receipt_log.now(above).size
    assert not accused(world)


def restored(place: Place, copy: Path) -> None:
    place.stop()
    copy_database(copy, place.path)
    place.start()
    place.node.open()


def test_a_district_that_comes_back_from_a_copy_says_so_and_makes_its_receipts_true_again(world: World) -> None:
    world.sync_all()
    everybody(world)
    copy = copy_database(world.district.path, world.folder / "old" / "copy.db")
    numbers = [world.station.accept() for _ in range(3)]
    world.sync_all()
    everybody(world)
    restored(world.district, copy)
    world.station.sync()
    for _ in range(2):
        world.sync_all()
        everybody(world)
    assert losses(world) == 1
    assert set(states(world.station)) <= {"witnessed", "settled"}
    assert not accused(world)
    assert all(world.district.case(number) is not None for number in numbers)

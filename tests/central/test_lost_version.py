"""A city that came back from a copy: the version that it lost, and a number that is not to be given twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from central import publishing
from deploy import catalogue
from shared_models.catalogue import Item
from shared_models.refusals import Refusal
from sync_protocol.store import knowledge
from sync_protocol.store.drafts import Drafts
from sync_protocol.store.knowledge import VersionRow
from tests.central.places import approve_all, hash_of, renamed
from tests.sync_protocol.restoring import copied, restore
from tests.sync_protocol.world import Place, World, run

FIRST, SECOND, THIRD = catalogue.load()[:3]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    publish(made.city, FIRST)
    made.sync_all()
    yield made
    made.close()


def publish(place: Place, *items: Item) -> int:
    node = place.node
    node.database.write(lambda db: Drafts(db).put_many(items, "test", node.now()))
    node.database.write(lambda db: approve_all(db, node.now()))
    return publishing.publish(node, "actor-admin")


def held(place: Place) -> VersionRow:
    with place.node.read() as db:
        latest = knowledge.latest_version(db)
    assert latest is not None
    return latest


def in_doubt(*places: Place) -> list[bool]:
    found = []
    for place in places:
        with place.node.read() as db:
            found.append(knowledge.number_used_twice(db))
    return found


def lost_version(world: World) -> None:
    """The city publishes number 2, its district hears of it, and the city comes back from a copy taken before."""
    copy = copied(world.city)
    assert publish(world.city, SECOND) == 2
    world.district.sync()
    restore(world.city, copy)


def test_a_number_that_a_child_runs_is_not_given_again_and_the_lost_version_comes_back(world: World) -> None:
    lost_version(world)
    run(world.district.child_side().follow(), world.district.parent_side().answer)
    with pytest.raises(Refusal) as caught:
        publish(world.city, THIRD)
    assert (caught.value.code, caught.value.values["version"]) == ("central.version_lost", 2)
    world.sync_all()
    assert held(world.city).number == 2
    assert publish(world.city, THIRD) == 3
    world.sync_all()
    places = (world.city, world.district, world.station)
    assert {frozenset(held(place).items) for place in places} == {frozenset({FIRST.code, SECOND.code, THIRD.code})}
    assert in_doubt(*places) == [False] * 3


def test_where_a_number_was_given_twice_people_are_told_and_the_next_version_makes_all_agree(world: World) -> None:
    lost_version(world)
    other = renamed(FIRST, "改了名的事项")
    assert publish(world.city, other, THIRD) == 2, "nobody had told the city yet"
    world.sync_all()
    assert SECOND.code in held(world.district).items
    assert THIRD.code in held(world.city).items
    assert in_doubt(world.city, world.district, world.station) == [True, True, False], "what is aside goes no further"
    assert publishing.publish(world.city.node, "actor-admin") == 3
    world.sync_all()
    wanted = {FIRST.code: hash_of(other), THIRD.code: hash_of(THIRD)}
    for place in (world.city, world.district, world.station, world.hall):
        assert (held(place).number, held(place).items) == (3, wanted)
    assert in_doubt(world.city, world.district, world.station) == [False] * 3


def test_a_rebuild_gives_the_same_versions(world: World) -> None:
    lost_version(world)
    publish(world.city, THIRD)
    world.sync_all()
    for place in (world.city, world.district):
        before = held(place), in_doubt(place)
        place.node.rebuild()
        assert (held(place), in_doubt(place)) == before

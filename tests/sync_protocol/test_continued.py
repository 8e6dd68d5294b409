"""A case is continued at another station: pulled by its number with a reason, held for as long as there is one."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_models import cases
from shared_models.roster import CITY, DISTRICT
from sync_protocol.commands import CaseCommand
from sync_protocol.store import case_files
from tests.sync_protocol.continued import (
    OTHER_DISTRICT,
    Continued,
    bodies_from_above,
    does,
    entries,
    holds,
    pull,
    reasons,
    rebuilds_alike,
    release,
    said,
    supplement,
)
from tests.sync_protocol.test_moving import move
from tests.sync_protocol.world import Place
from tests.world.disk import copy_database


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Continued]:
    made = Continued(tmp_path)
    yield made
    made.close()


def same_everywhere(number: str, *places: Place) -> cases.CaseFile:
    first = places[0].case(number)
    assert first is not None
    assert all(place.case(number) == first for place in places)
    return first


def test_a_case_is_continued_at_a_station_of_another_district(world: Continued) -> None:
    number = world.station.accept(missing=True)
    world.settle()
    assert not holds(world.other, number)
    assert pull(world.other, number) == ""
    assert not holds(world.other, number)
    world.settle()
    assert holds(world.other, number)
    assert supplement(world.other, number, "b") == ""
    world.settle()
    places = (world.station, world.district, world.city, world.second, world.other)
    case = same_everywhere(number, *places)
    assert case.status == "accepted"
    (who,) = case.pulls
    assert (who.node, who.actor, who.reason) == (world.other.node.name, "person-other", "moved")
    assert case.area == world.station.area
    assert does(world.district, number, cases.Decide("granted", "", "低保证")) == ""
    world.settle()
    assert same_everywhere(number, *places).status == "decided"
    assert not holds(world.hall, number)
    assert reasons(world.city, number) == {"district": ["accepted"], "second": ["author", "pulled"]}
    assert reasons(world.second, number) == {"other": ["author", "pulled"]}


def test_a_case_of_the_same_district_comes_from_the_district_alone(world: Continued) -> None:
    number = world.station.accept()
    world.station.sync()
    pull(world.hall, number)
    world.hall.sync()
    assert holds(world.hall, number)
    assert reasons(world.district, number) == {"hall": ["pulled"], "station": ["accepted"]}
    release(world.hall, number)
    world.settle()
    assert not holds(world.hall, number)
    assert "drop" not in entries(world.city, world.district)


def test_two_stations_supplement_offline_and_both_keep_all(world: Continued) -> None:
    number = world.station.accept(missing=True)
    pull(world.other, number)
    world.settle()
    assert supplement(world.station, number, "a") == supplement(world.other, number, "b") == ""
    world.settle()
    case = same_everywhere(number, world.station, world.district, world.city, world.second, world.other)
    assert case.application is not None
    names = {each.name for material in case.application.materials for each in material.attachments}
    assert (case.status, names) == ("accepted", {"a.jpg", "b.jpg"})


def test_the_district_of_the_station_that_accepted_concludes_and_the_other_does_not(world: Continued) -> None:
    number = world.station.accept()
    pull(world.other, number)
    world.settle()
    assert does(world.second, number, cases.Decide("granted", "")) == "cases.not_your_level"
    assert does(world.district, number, cases.Decide("granted", "")) == ""


def test_a_pull_may_come_before_the_case(world: Continued) -> None:
    number = world.station.accept()
    pull(world.other, number)
    for place in (world.other, world.second, world.other, world.second, world.other):
        place.sync()
    assert said(world.other, number) == ["unknown"], "the city has the pull, and holds no such case"
    world.settle()
    assert holds(world.other, number)
    for place in world.places:
        assert rebuilds_alike(place), place.name


def test_what_was_given_back_is_gone_from_the_station_and_its_district_and_may_come_again(world: Continued) -> None:
    number = world.station.accept(name="张翠花")
    pull(world.other, number)
    world.settle()
    assert release(world.other, number) == ""
    world.settle()
    for place in (world.other, world.second):
        assert not holds(place, number)
        assert bodies_from_above(place, number) == 0
        with place.node.read() as db:
            assert case_files.rows(db, place.node.vault, case_files.Filter()) == []
            assert db.execute("SELECT count(*) FROM case_resident").fetchone()[0] == 0
        assert rebuilds_alike(place)
        place.restart()
        assert not holds(place, number)
    assert entries(world.second, world.other)[-1] == "drop"
    assert reasons(world.city, number) == {"district": ["accepted"]}
    case = same_everywhere(number, world.station, world.district, world.city)
    assert [event.kind for event in case.events][-2:] == [cases.PULLED, cases.RELEASED]

    does(world.district, number, cases.Decide("granted", ""))
    assert pull(world.other, number, "other", "居民又来了") == ""
    world.settle()
    case = same_everywhere(number, world.station, world.district, world.city, world.second, world.other)
    assert case.status == "decided"
    for place in world.places:
        assert rebuilds_alike(place), place.name


def test_a_record_that_comes_back_must_have_the_body_that_its_header_names(world: Continued) -> None:
    number = world.station.accept()
    pull(world.other, number)
    world.settle()
    release(world.other, number)
    world.settle()
    with world.city.node.read() as db:
        card = case_files.load(db, world.city.node.vault, number)
        assert card is not None
        whole = [row.record for row in world.city.node.log.at(db, card.positions)]
    forged = [msgspec.structs.replace(record, body=b'{"forged":1}') for record in whole]
    world.second.node.take_in(forged, "^")
    world.second.settle()
    assert bodies_from_above(world.second, number) == 0
    world.second.node.take_in(whole, "^")
    world.second.settle()
    assert bodies_from_above(world.second, number) > 0


def test_who_wrote_into_the_case_keeps_it(world: Continued) -> None:
    number = world.station.accept(missing=True)
    pull(world.other, number)
    world.settle()
    supplement(world.other, number, "b")
    assert release(world.other, number) == "pulls.written"
    world.settle()
    assert holds(world.other, number)


def test_an_officer_of_a_hub_above_the_station_ends_its_pull_and_no_other_does(world: Continued) -> None:
    number = world.station.accept()
    pull(world.other, number)
    world.settle()
    assert release(world.district, number, world.other) == "pulls.not_yours"
    assert release(world.station, number, world.other) == "pulls.not_yours"
    assert release(world.second, number, world.other) == ""
    world.settle()
    assert not holds(world.other, number)
    assert not holds(world.second, number)
    assert pull(world.other, number) == ""
    world.settle()
    assert release(world.city, number, world.other) == ""
    world.settle()
    assert not holds(world.other, number)


def test_a_supplement_that_was_on_its_way_when_an_officer_ended_the_pull_brings_the_case_back(world: Continued) -> None:
    number = world.station.accept(missing=True)
    pull(world.other, number)
    world.settle()
    supplement(world.other, number, "b")
    release(world.second, number, world.other)
    world.settle()
    case = same_everywhere(number, world.station, world.district, world.city, world.second, world.other)
    assert case.status == "accepted"
    assert reasons(world.second, number) == {"other": ["author"]}


def test_a_district_keeps_a_case_for_as_long_as_one_of_its_stations_has_a_reason(world: Continued) -> None:
    number = world.station.accept()
    third = world.join("third", "511603002001", "station", world.second)
    pull(world.other, number)
    pull(third, number)
    third.sync()
    world.settle()
    third.sync()
    assert holds(third, number)
    release(world.other, number)
    world.settle()
    third.sync()
    assert holds(third, number)
    assert holds(world.second, number)
    assert not holds(world.other, number)
    release(third, number)
    third.sync()
    world.settle()
    assert not holds(world.second, number)


def test_a_station_that_asks_for_more_than_its_day_allows_is_told_so_and_given_nothing(tmp_path: Path) -> None:
    world = Continued(tmp_path, pulls_a_day=3)
    numbers = [world.station.accept() for _ in range(4)]
    world.settle()
    for number in numbers:
        pull(world.other, number)
    world.settle()
    assert [holds(world.other, number) for number in numbers] == [True, True, True, False]
    assert "limit" in said(world.other, numbers[3])
    assert not holds(world.second, numbers[3])
    for place in world.places:
        assert rebuilds_alike(place), place.name
    world.close()


def test_a_station_restored_from_before_the_release_drops_the_case_again(world: Continued) -> None:
    number = world.station.accept()
    pull(world.other, number)
    world.settle()
    copy = copy_database(world.other.path, world.folder / "copy" / "copy.db")
    release(world.other, number)
    world.settle()
    world.other.stop()
    copy_database(copy, world.other.path)
    world.other.start()
    assert holds(world.other, number)
    world.other.node.open()
    world.settle()
    assert not holds(world.other, number)
    assert bodies_from_above(world.other, number) == 0
    assert rebuilds_alike(world.other)


def test_a_district_restored_from_before_the_pull_is_refilled_and_its_station_keeps_the_case(world: Continued) -> None:
    number = world.station.accept()
    world.settle()
    copy = copy_database(world.second.path, world.folder / "copy" / "copy.db")
    pull(world.other, number)
    world.settle()
    world.second.stop()
    copy_database(copy, world.second.path)
    world.second.start()
    world.second.node.open()
    world.settle()
    same_everywhere(number, world.station, world.district, world.city, world.second, world.other)
    assert rebuilds_alike(world.second)
    release(world.other, number)
    world.settle()
    assert not holds(world.other, number)
    assert not holds(world.second, number)


STEPS = (
    "station", "other", "district", "second", "station", "other", "district", "second",
    "pull", "pull", "release", "supplement here", "supplement there", "decide", "end", "restart",
)  # fmt: skip


@settings(max_examples=30)
@given(st.lists(st.sampled_from(STEPS), min_size=4, max_size=22), st.integers(0, 99))
def test_in_whatever_order_things_happen_all_who_hold_the_case_hold_the_same(steps: list[str], seed: int) -> None:
    folder = Path(tempfile.mkdtemp())
    world = Continued(folder, seed)
    try:
        _any_order(world, steps, random.Random(seed))
    finally:
        world.close()
        shutil.rmtree(folder)


def _any_order(world: Continued, steps: list[str], chance: random.Random) -> None:
    number = world.station.accept(missing=True)
    places = {place.name: place for place in world.places}
    for step in steps:
        if step in places:
            places[step].sync()
        elif step == "pull":
            pull(world.other, number)
        elif step == "release":
            release(world.other, number)
        elif step == "end":
            release(chance.choice((world.second, world.city)), number, world.other)
        elif step == "restart":
            chance.choice(world.places).restart()
        elif step == "decide":
            does(world.district, number, cases.Decide("granted", ""))
        else:
            supplement(world.station if step == "supplement here" else world.other, number, str(chance.random())[2:])
    world.settle()
    world.settle()
    case = same_everywhere(number, world.station, world.district, world.city)
    wanted = bool(case.pulls_of(world.other.node.name)) or case.has_written(world.other.node.name)
    for place in (world.other, world.second):
        assert holds(place, number) == wanted, place.name
        if wanted:
            assert place.case(number) == case
        else:
            assert bodies_from_above(place, number) == 0
    for place in world.places:
        assert rebuilds_alike(place), place.name


def test_a_command_on_a_case_that_was_only_asked_for_is_refused(world: Continued) -> None:
    number = world.station.accept()
    assert pull(world.other, number) == ""
    assert pull(world.other, number) == "pulls.asked_already"
    assert does(world.other, number, cases.Withdraw("不办了")) == "cases.unknown"
    assert pull(world.station, number) == "pulls.here_already"
    assert pull(world.district, number) == "pulls.not_a_station"


def test_an_entry_of_a_stream_names_its_reason(world: Continued) -> None:
    number = world.station.accept()
    pull(world.other, number)
    world.settle()
    world.district.node.write(CaseCommand(number, cases.Decide("granted", ""), "officer"))
    world.settle()
    assert entries(world.second, world.other) == ["pulled", "pulled"]
    assert entries(world.district, world.station) == ["accepted", "accepted"]
    assert entries(world.city, world.second)[:2] == ["roster", "pulled"]


def settle(world: Continued, late: Place) -> None:
    for _ in range(3):
        world.settle()
        if late is not world.city:
            late.sync()


@pytest.mark.parametrize("there", ["city", "replacement"])
def test_a_station_that_moves_keeps_what_it_pulled_and_hears_of_it_from_its_new_hub(
    world: Continued, there: str
) -> None:
    number = world.station.accept(home=CITY)
    world.settle()
    assert pull(world.other, number) == ""
    world.settle()
    assert holds(world.other, number)
    parent = world.city
    if there == "replacement":
        parent = world.join("third", OTHER_DISTRICT, DISTRICT, world.city)
        parent.sync()
    move(world.other, parent)
    assert supplement(world.station, number, "late") == ""
    settle(world, parent)
    assert world.other.case(number) == world.city.case(number)
    assert does(world.city, number, cases.Decide("granted", "", "证")) == ""
    settle(world, parent)
    for place in (world.other, parent, world.station):
        case = place.case(number)
        assert case is not None
        assert (place.name, case.status) == (place.name, "decided")

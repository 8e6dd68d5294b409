"""A case goes up and its decision comes back, between real nodes and without a network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_models import cases
from shared_models.roster import CITY, STATION
from sync_protocol.commands import CaseCommand
from sync_protocol.store import case_files, receipts
from tests.sync_protocol.world import Place, World
from tests.world.disk import copy_database


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def standing(place: Place) -> receipts.Standing:
    with place.node.read() as db:
        return receipts.standing(db)


def journal_of(place: Place, number: str) -> int:
    with place.node.read() as db:
        row = case_files.row(db, place.node.vault, number)
    assert row is not None
    return row.journal


def status(place: Place, number: str) -> str:
    case = place.case(number)
    return case.status if case else "unknown"


def test_a_case_goes_up_and_its_decision_comes_back(world: World) -> None:
    number = world.station.accept()
    assert status(world.district, number) == "unknown"
    world.station.sync()
    assert status(world.district, number) == "accepted"
    assert standing(world.station).journal >= journal_of(world.station, number) > standing(world.station).upstream
    world.district.sync()
    world.station.sync()
    assert status(world.city, number) == "accepted"
    assert standing(world.station).upstream >= journal_of(world.station, number)

    world.district.node.write(CaseCommand(number, cases.Decide("granted", "", "低保证"), "officer-1"))
    world.station.sync()
    assert status(world.station, number) == "decided"
    assert status(world.hall, number) == "unknown"

    world.station.node.write(CaseCommand(number, cases.Deliver("本人"), "clerk-1"))
    world.station.node.write(CaseCommand(number, cases.Rate(1), "clerk-1"))
    world.sync_all()
    for place in (world.station, world.district, world.city):
        assert status(place, number) == "rated"
        assert place.case(number) == world.station.case(number)


def test_an_item_of_city_level_is_decided_by_the_city_and_comes_back_through_the_district(world: World) -> None:
    number = world.hall.accept(home=CITY)
    world.sync_all()
    world.city.node.write(CaseCommand(number, cases.Decide("refused", "不符合条件"), "officer-9"))
    world.sync_all()
    for place in (world.hall, world.district, world.city):
        assert status(place, number) == "decided"
    assert status(world.station, number) == "unknown"


def test_a_station_restored_from_an_older_copy_recovers_its_records_and_goes_on(world: World) -> None:
    first = world.station.accept()
    world.sync_all()
    world.station.stop()
    copy = world.folder / "copy.db"
    shutil.copy(world.station.path, copy)
    world.station.start()
    world.station.node.open()
    lost = [world.station.accept() for _ in range(5)]
    world.sync_all()
    world.district.node.write(CaseCommand(first, cases.Decide("granted", ""), "officer-1"))
    world.sync_all()

    world.station.stop()
    shutil.copy(copy, world.station.path)
    world.station.start()
    world.station.node.open()
    assert status(world.station, lost[0]) == "unknown"
    after = world.station.accept()
    world.sync_all()
    assert status(world.station, first) == "decided"
    for number in (*lost, after):
        for place in (world.station, world.district, world.city):
            assert status(place, number) == "accepted"
    world.station.restart()
    world.sync_all()
    assert standing(world.station).upstream == standing(world.station).journal


def test_a_station_restored_twice_the_second_time_from_an_older_copy_recovers_all(world: World) -> None:
    numbers, copies = [], []
    for name in ("older", "newer"):
        numbers.append(world.station.accept())
        copies.append(copy_database(world.station.path, world.folder / name / "copy.db"))
    numbers.append(world.station.accept())
    world.sync_all()
    for copy in reversed(copies):
        world.station.stop()
        copy_database(copy, world.station.path)
        world.station.start()
        world.station.node.open()
        world.sync_all()
    assert [status(world.station, number) for number in numbers] == ["accepted"] * 3


def test_a_hub_restored_from_an_older_copy_is_refilled_by_its_children_and_its_parent(world: World) -> None:
    world.sync_all()
    world.district.stop()
    copy = world.folder / "copy.db"
    shutil.copy(world.district.path, copy)
    world.district.start()
    world.district.node.open()
    numbers = [world.station.accept() for _ in range(3)]
    world.sync_all()
    world.district.node.write(CaseCommand(numbers[0], cases.Decide("granted", ""), "officer-1"))
    world.sync_all()

    world.district.stop()
    shutil.copy(copy, world.district.path)
    world.district.start()
    world.district.node.open()
    numbers.append(world.station.accept())
    world.sync_all(4)
    assert status(world.district, numbers[0]) == status(world.station, numbers[0]) == "decided"
    for number in numbers[1:]:
        for place in (world.station, world.district, world.city):
            assert status(place, number) == "accepted"


def test_withdrawal_at_the_station_while_the_hub_decides_is_a_conflict_everywhere(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    world.station.node.write(CaseCommand(number, cases.Withdraw("不想办了"), "clerk-1"))
    world.district.node.write(CaseCommand(number, cases.Decide("granted", ""), "officer-1"))
    world.sync_all()
    for place in (world.station, world.district, world.city):
        case = place.case(number)
        assert case is not None
        assert case.status == "decided"
        assert len(case.open_conflicts) == 1
        assert case == world.station.case(number)
    assert case is not None
    ruling = cases.Settle(case.open_conflicts[0].contradicting, "yields", "申请人先行撤回")
    world.district.node.write(CaseCommand(number, ruling, "officer-2"))
    world.sync_all()
    for place in (world.station, world.district, world.city):
        case = place.case(number)
        assert case is not None
        assert (case.status, case.open_conflicts) == ("withdrawn", ())


def test_rebuilding_the_projections_gives_what_advancing_gave(world: World) -> None:
    numbers = [world.station.accept(), world.hall.accept(home=CITY), world.station.accept(missing=True)]
    world.sync_all()
    world.district.node.write(CaseCommand(numbers[0], cases.Decide("granted", ""), "officer-1"))
    world.sync_all()
    for place in (world.station, world.hall, world.district, world.city):
        before = [place.case(number) for number in numbers]
        streams = stream_entries(place)
        place.node.rebuild()
        assert [place.case(number) for number in numbers] == before
        assert stream_entries(place) == streams


def test_rebuilding_hands_back_nothing_that_was_never_lost(world: World) -> None:
    for _ in range(3):
        world.station.accept()
        world.station.sync()
        world.station.restart()
    world.sync_all()
    before = stream_entries(world.district)
    world.district.node.rebuild()
    assert stream_entries(world.district) == before


def stream_entries(place: Place) -> list[tuple[object, ...]]:
    with place.node.read() as db:
        return [tuple(row) for row in db.execute("SELECT * FROM stream_entry ORDER BY stream, position")]


def photo_at(place: Place, number: str) -> bytes | None:
    case = place.case(number)
    assert case is not None
    assert case.application is not None
    return place.photo(case.application.materials[0].attachments[0].hash)


def test_a_photo_goes_to_the_tier_that_decides_and_rests_at_the_district_on_its_way(world: World) -> None:
    for_district = world.station.accept(photo=b"district photo")
    for_city = world.station.accept(home=CITY, photo=b"city photo")
    world.sync_all()
    assert photo_at(world.district, for_district) == b"district photo"
    assert photo_at(world.city, for_district) is None
    assert photo_at(world.district, for_city) == photo_at(world.city, for_city) == b"city photo"


def test_a_station_without_a_district_leaves_its_photos_with_the_city(world: World) -> None:
    lone = world.join("lone", "511623001001", STATION, world.city)
    number = lone.accept(photo=b"photo")
    lone.sync()
    lone.sync()
    assert photo_at(world.city, number) == b"photo"


def test_what_is_decided_is_shown_after_what_it_answers_though_the_hubs_clock_is_behind(world: World) -> None:
    number = world.station.accept()
    world.ms -= 30_000
    world.station.sync()
    world.district.node.write(CaseCommand(number, cases.Decide("granted", "", "低保证"), "officer-1"))
    case = world.district.case(number)
    assert case is not None
    assert [event.kind for event in sorted(case.events, key=lambda event: event.ms)] == [cases.ACCEPTED, cases.DECIDED]


def test_a_clock_far_ahead_dates_nothing_but_its_own_records(world: World) -> None:
    before = world.ms
    world.ms += 90_000_000
    number = world.station.accept()
    world.ms = before
    world.station.sync()
    world.district.node.write(CaseCommand(number, cases.Decide("granted", "", "低保证"), "officer-1"))
    case = world.district.case(number)
    assert case is not None
    decided = next(event for event in case.events if event.kind == cases.DECIDED)
    assert before <= decided.ms < before + 60_000

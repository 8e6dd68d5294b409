"""A hub was restored, and what it had written is left with its children alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from central import enrolment
from central.enrolment import Revoke
from shared_models import cases
from shared_models.records import PERSONAL, PUBLIC, Draft
from shared_models.roster import ADMITTED, CITY, STATION
from sync_protocol.commands import CaseCommand, View
from sync_protocol.core.joining import request_to_join
from sync_protocol.store import case_files, holding, knowledge, streams
from tests.sync_protocol.restoring import all_acknowledged, copied, restore
from tests.sync_protocol.world import DISTRICT_AREA, Place, World, run


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


class Attest:
    """A hub vouches for something in an area."""

    def __init__(self, area: str) -> None:
        self.area = area

    def decide(self, view: View) -> list[Draft]:
        body = {"credential": {"credentialSubject": {"id": "urn:resident", "fact": "residence"}}}
        return [Draft("attestation.issued", "attestation/a1", body, PERSONAL, self.area)]


class Note:
    """A hub says something that concerns nobody else."""

    def decide(self, view: View) -> list[Draft]:
        return [Draft("node.noted", f"node/{view.me.node}", {}, PUBLIC, view.me.area)]


def decide(place: Place, number: str) -> None:
    place.node.write(CaseCommand(number, cases.Decide("granted", "", "低保证"), "officer-1"))


def status(place: Place, number: str) -> str:
    case = place.case(number)
    return case.status if case else "unknown"


def ends(*places: Place) -> list[int]:
    """Where the journals of these places end."""
    found = []
    for place in places:
        with place.node.read() as db:
            found.append(place.node.log.journal_end(db).position)
    return found


def attested(place: Place) -> bool:
    with place.node.read() as db:
        return bool(knowledge.attestations_in(db, place.area))


def decided_and_lost(world: World) -> str:
    """The district decides, only the station hears of it, and the district comes back from a copy taken before."""
    number = world.station.accept()
    world.sync_all()
    copy = copied(world.district)
    world.district.node.write(Note())
    decide(world.district, number)
    world.station.sync()
    restore(world.district, copy)
    assert status(world.district, number) == "accepted"
    return number


def test_a_decision_that_only_the_station_still_holds_comes_back_and_goes_up(world: World) -> None:
    number = decided_and_lost(world)
    world.sync_all()
    assert [status(place, number) for place in (world.station, world.district, world.city)] == ["decided"] * 3
    assert all(all_acknowledged(place) for place in (world.station, world.hall, world.district))


def test_a_station_that_was_admitted_after_the_copy_is_let_in_again_once_another_child_has_spoken(world: World) -> None:
    copy = copied(world.district)
    late = world.join("late", "511602002002", STATION, world.district)
    world.hall.sync()
    restore(world.district, copy)
    assert world.district.node.roster.member(late.node.name) is None
    world.hall.sync()
    world.hall.sync()
    number = late.accept()
    late.sync()
    world.sync_all()
    assert [status(place, number) for place in (world.district, world.city)] == ["accepted"] * 2


def test_an_attestation_is_given_back_and_reaches_those_who_had_not_read_it(world: World) -> None:
    copy = copied(world.district)
    world.district.node.write(Attest(DISTRICT_AREA))
    world.station.sync()
    restore(world.district, copy)
    world.sync_all()
    assert [attested(place) for place in (world.district, world.hall, world.city)] == [True] * 3


def test_a_city_restored_together_with_its_district_gets_its_decision_back_from_the_station(world: World) -> None:
    number = world.station.accept(home=CITY)
    world.sync_all()
    city, district = copied(world.city), copied(world.district)
    decide(world.city, number)
    world.district.sync()
    world.station.sync()
    restore(world.city, city)
    restore(world.district, district)
    world.sync_all()
    assert [status(place, number) for place in (world.station, world.district, world.city)] == ["decided"] * 3
    assert all(all_acknowledged(place) for place in (world.station, world.hall, world.district))


def test_what_a_station_was_handed_back_goes_up_again_to_a_hub_that_lost_it(world: World) -> None:
    station, district = copied(world.station), copied(world.district)
    number = world.station.accept()
    world.station.sync()
    restore(world.station, station)
    world.station.sync()
    assert status(world.station, number) == "accepted"
    restore(world.district, district)
    world.sync_all()
    assert [status(place, number) for place in (world.station, world.district, world.city)] == ["accepted"] * 3


def test_a_station_that_comes_back_from_one_copy_again_and_again_is_handed_each_record_once(world: World) -> None:
    copy, numbers = copied(world.station), list[str]()
    for _ in range(5):
        numbers.append(world.station.accept())
        run(world.station.child_side().deliver(), world.station.parent_side().answer)
        world.district.settle()
        restore(world.station, copy)
    world.sync_all()
    with world.district.node.read() as db:
        entries = streams.entries(db, f"node/{world.station.node.name}", 0, 1000)
    returned = [entry.record for entry in entries if entry.reason == "returned"]
    assert len(returned) == len(set(returned)) == 2 * len(numbers) - 1, "each case, each opening but the first"
    assert [status(world.station, number) for number in numbers] == ["accepted"] * 5


def test_what_was_given_back_once_is_not_given_back_at_every_start(world: World) -> None:
    decided_and_lost(world)
    world.sync_all()
    before = ends(world.station, world.hall)
    for _ in range(3):
        world.district.restart()
        world.sync_all()
    assert ends(world.station, world.hall) == before


def test_a_hub_that_was_merely_started_again_is_given_nothing(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    decide(world.district, number)
    before = ends(world.station)
    world.sync_all()
    world.district.restart()
    world.sync_all()
    assert ends(world.station) == before


def test_rebuilding_gives_the_same_after_records_were_given_back(world: World) -> None:
    number = decided_and_lost(world)
    world.sync_all()
    world.station.accept()
    world.sync_all()
    for place in (world.station, world.district, world.city):
        before = shown(place, number), ends(place)
        place.node.rebuild()
        assert (shown(place, number), ends(place)) == before


def shown(place: Place, number: str) -> tuple[object, ...]:
    with place.node.read() as db:
        entries = [tuple(row) for row in db.execute("SELECT * FROM stream_entry ORDER BY stream, position")]
        card = case_files.load(db, place.node.vault, number)
    assert card is not None
    return card.case, card.journal, entries


def test_the_state_of_a_case_is_read_from_its_own_place_in_the_journal(world: World) -> None:
    decided_and_lost(world)
    world.station.sync()
    number = world.station.accept()
    with world.station.node.read() as db:
        row = case_files.row(db, world.station.node.vault, number)
        end = world.station.node.log.journal_end(db).position
    assert row is not None
    assert row.journal == end
    world.station.node.rebuild()
    with world.station.node.read() as db:
        row = case_files.row(db, world.station.node.vault, number)
    assert row is not None
    assert row.journal == end


def test_an_admission_that_fits_no_more_is_held_and_blocks_nobody(world: World) -> None:
    copy = copied(world.district)
    late = world.join("late", "511602002002", STATION, world.district)
    world.hall.sync()
    restore(world.district, copy)
    hub = world.district.node
    invitation = enrolment.invite(
        hub, late.area, STATION, "late", "http://127.0.0.1:1", world.root.public, world.entropy
    )
    enrolment.accept(hub, request_to_join(late.keys, invitation), world.resident_key, world.entropy)
    hub.write(Revoke(late.node.name, "", 0))
    number = world.hall.accept()
    world.sync_all()
    member = hub.roster.member(late.node.name)
    assert member is not None
    assert member.revoked
    assert status(world.city, number) == "accepted"
    assert all_acknowledged(world.hall)
    with hub.read() as db:
        assert [hub.log.at(db, [place])[0].record.header.kind for place in holding.positions(db)] == [ADMITTED]

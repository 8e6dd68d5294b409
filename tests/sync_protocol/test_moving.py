"""A station moves to another parent: because its district is gone, was replaced, or is there again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from central import enrolment
from central.enrolment import Revoke
from shared_models import cases
from shared_models.refusals import Refusal
from shared_models.roster import CITY, DISTRICT, STATION
from sync_protocol.commands import CaseCommand
from sync_protocol.core.frames import pack
from sync_protocol.core.joining import request_to_join
from sync_protocol.core.messages import Fault, Hello, Pull
from sync_protocol.store import receipts, streams
from sync_protocol.wire.joining import change_parent
from tests.sync_protocol.test_wire import Hub, code_of, run
from tests.sync_protocol.world import DISTRICT_AREA, STATION_AREA, Place, World

GRANT = cases.Decide("granted", "", "证")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


def move(place: Place, parent: Place, area: str = "") -> None:
    """What `tongban-station move` does with an invitation of the new parent, without a line."""
    world = place.world
    invitation = enrolment.invite(
        parent.node, area or place.area, place.tier, place.name, "http://127.0.0.1:1", world.root.public, world.entropy
    )
    request = request_to_join(place.keys, invitation, place.node.member.moves + 1)
    answer = enrolment.accept(parent.node, request, world.resident_key, world.entropy)
    change_parent(place.node, place.attachments, answer, parent.node.name)
    place.parent = parent


def standing(place: Place) -> receipts.Standing:
    with place.node.read() as db:
        return receipts.standing(db)


def end(place: Place) -> int:
    with place.node.read() as db:
        return place.node.log.journal_end(db).position


def status(place: Place, number: str) -> str:
    case = place.case(number)
    return case.status if case else "unknown"


def decide(place: Place, number: str) -> None:
    place.node.write(CaseCommand(number, GRANT, "officer"))


def agree(number: str, *places: Place) -> None:
    first = places[0].case(number)
    assert first is not None
    for place in places[1:]:
        assert place.case(number) == first


def parent_of(place: Place, at: Place) -> str:
    member = at.node.roster.member(place.node.name)
    return member.parent if member else ""


def test_a_station_whose_district_is_gone_delivers_to_the_city_and_hears_from_it(world: World) -> None:
    station, district, city = world.station, world.district, world.city
    kept = station.accept(home=CITY, photo=b"\xff\xd8\xff" + bytes(2000))
    world.sync_all()
    with_district = station.accept(home=CITY)
    station.sync()  # the district has it, and dies before the city does
    alone = station.accept(home=CITY)
    decide(city, kept)
    move(station, city)
    for _ in range(2):
        station.sync()
    assert [status(city, number) for number in (kept, with_district, alone)] == ["decided", "accepted", "accepted"]
    assert status(station, kept) == "decided"
    decide(city, with_district)
    decide(city, alone)
    station.sync()
    for number in (kept, with_district, alone):
        assert status(station, number) == "decided"
        agree(number, station, city)
    assert parent_of(station, city) == parent_of(station, station) == city.node.name
    assert status(district, with_district) == "accepted"


def test_the_files_of_a_station_that_moved_go_to_its_new_parent(world: World) -> None:
    """The district had them, and the city did not want them while it was there."""
    content = b"\xff\xd8\xff" + bytes(3000)
    number = world.station.accept(home=DISTRICT, photo=content)
    world.sync_all()
    case = world.station.case(number)
    assert case is not None
    assert case.application is not None
    name = case.application.materials[0].attachments[0].hash
    assert (world.district.photo(name), world.city.photo(name)) == (content, None)
    move(world.station, world.city)
    world.station.sync()
    assert world.city.photo(name) == content


def test_nothing_counts_as_received_by_the_new_parent_before_its_own_receipt(world: World) -> None:
    station = world.station
    station.accept()
    world.sync_all()
    assert standing(station).upstream == end(station)
    move(station, world.city)
    assert standing(station) == receipts.Standing(0, 0, 0)
    station.sync()
    assert standing(station).journal == end(station)
    with station.node.read() as db:
        held = receipts.held_receipts(db)
    assert len(held) > 1  # those of the district are kept


def test_a_district_that_was_replaced_by_another_machine_gets_its_stations_with_all_their_work(world: World) -> None:
    station, city = world.station, world.city
    number, done = station.accept(home=CITY), station.accept(home=CITY)
    world.sync_all()
    decide(city, done)
    other = world.join("other district", DISTRICT_AREA, DISTRICT, city)
    other.sync()
    move(station, other)
    late = station.accept(home=DISTRICT)
    for _ in range(3):
        for place in (station, other):
            place.sync()
    decide(city, number)
    decide(other, late)
    for _ in range(3):
        for place in (other, station):
            place.sync()
    for each in (number, done, late):
        assert status(station, each) == "decided"
        agree(each, station, other, city)
    assert parent_of(station, city) == other.node.name


def test_the_district_that_was_left_learns_of_it_keeps_what_it_has_and_says_so(world: World) -> None:
    async def story() -> None:
        station, district, city = world.station, world.district, world.city
        number = station.accept()
        world.sync_all()
        hub = Hub(district)
        other = world.join("other district", DISTRICT_AREA, DISTRICT, city)
        other.sync()
        move(station, other)
        for place in (station, other, district, district):
            place.sync()
        assert parent_of(station, district) == other.node.name
        assert await code_of(hub.line(station).ask(Pull({}))) == "sync.moved"
        assert (await hub.post(pack(Hello("stranger", "n"))))[1] == [Fault("sync.not_a_child")]
        assert status(district, number) == "accepted"
        await hub.line(world.hall).ask(Pull({}))

    run(story())


def test_the_district_that_was_left_for_the_city_learns_of_it_by_the_control_stream(world: World) -> None:
    world.station.accept()
    world.sync_all()
    move(world.station, world.city)
    world.district.sync()
    assert parent_of(world.station, world.district) == world.city.node.name


def test_a_station_that_comes_back_goes_on_behind_what_the_district_has(world: World) -> None:
    station, district, city = world.station, world.district, world.city
    first = station.accept(home=CITY)
    world.sync_all()
    before = standing(station).journal
    move(station, city)
    away = station.accept(home=CITY)
    station.sync()
    decide(city, first)
    decide(city, away)
    district.sync()
    move(station, district)
    assert standing(station).journal == 0
    pushed = list(station.child_side().whole_journal(None))
    assert pushed
    for _ in range(3):
        for place in (station, district):
            place.sync()
    assert standing(station).journal == end(station) > before
    for number in (first, away):
        assert status(station, number) == "decided"
        agree(number, station, district, city)
    assert parent_of(station, city) == parent_of(station, district) == district.node.name


def test_after_the_move_the_station_reads_every_stream_of_its_new_parent(world: World) -> None:
    station, city = world.station, world.city
    number = station.accept(home=CITY)
    world.sync_all()
    decide(city, number)
    move(station, city)
    for _ in range(2):
        station.sync()
    with station.node.read() as db, city.node.read() as above:
        mine = streams.cursors(db)
        for name, stream in (("control", "control"), ("node", f"node/{station.node.name}")):
            assert mine[name] == streams.head(above, stream), name


def test_folding_anew_writes_the_same_streams(world: World) -> None:
    station, city = world.station, world.city
    number = station.accept(home=CITY)
    world.sync_all()
    decide(city, number)
    other = world.join("other district", DISTRICT_AREA, DISTRICT, city)
    for parent in (city, other):
        move(station, parent)
        for place in (station, other, station):
            place.sync()
    names = [f"node/{place.node.name}" for place in (station, other, world.district)] + ["control"]
    with city.node.read() as db:
        before = [streams.head(db, name) for name in names]
    city.node.rebuild()
    with city.node.read() as db:
        assert [streams.head(db, name) for name in names] == before
    assert before[0].position


def test_an_invitation_for_another_area_moves_nobody_and_stays_good(world: World) -> None:
    with pytest.raises(Refusal) as refused:
        move(world.station, world.city, "511602001002")
    assert refused.value.code == "moving.other_place"
    assert parent_of(world.station, world.city) == world.district.node.name


def test_a_revoked_station_cannot_come_in_at_another_door(world: World) -> None:
    world.city.node.write(Revoke(world.station.node.name, world.station.node.incarnation, 1, "chief"))
    with pytest.raises(Refusal) as refused:
        move(world.station, world.city)
    assert refused.value.code == "roster.revoked"


def test_an_admission_by_the_hub_that_was_left_takes_nobody_back_when_it_comes_late(world: World) -> None:
    """The city hears of the station for the first time when it moves there; what its district wrote comes after."""
    district, city = world.district, world.city
    late = world.join("late", "511602001009", STATION, district)
    assert parent_of(late, city) == ""
    move(late, city)
    for place in (district, late, district, late):
        place.sync()
    for place in (late, district, city):
        assert parent_of(late, place) == city.node.name
    move(late, district)
    for place in (late, district, late):
        place.sync()
    for place in (late, district, city):
        assert parent_of(late, place) == district.node.name
        assert place.node.roster.members[late.node.name].moves == 2


def test_a_station_that_has_forgotten_a_move_moves_on_from_what_its_new_hub_knows(world: World) -> None:
    station, district, city = world.station, world.district, world.city
    station.stop()
    before = station.path.read_bytes()
    station.start()
    station.node.open()
    move(station, city)
    world.sync_all()
    station.stop()
    station.path.write_bytes(before)
    station.start()
    station.node.open()
    station.parent = district
    move(station, district)
    world.sync_all()
    world.sync_all()
    for place in (station, district, city):
        assert parent_of(station, place) == district.node.name


def test_what_the_hub_that_was_left_delivers_after_the_move_is_followed_by_the_station_all_the_same(
    world: World,
) -> None:
    station, district, city = world.station, world.district, world.city
    world.sync_all()
    number = station.accept(home=CITY)
    station.sync()
    move(station, city)
    district.sync()  # before the station's own push
    station.sync()
    decide(city, number)
    station.sync()
    assert status(station, number) == "decided"


def test_a_hub_of_another_area_cannot_take_a_station_away(world: World) -> None:
    stranger = world.join("neighbour", "511603", DISTRICT, world.city)
    with pytest.raises(Refusal) as refused:
        move(world.station, stranger, STATION_AREA)
    assert refused.value.code == "sync.invitation_outside"
    assert world.station.tier == STATION


def test_an_answer_of_the_old_parent_does_not_pass_for_one_of_the_new(world: World) -> None:
    world.sync_all()
    invitation = enrolment.invite(
        world.city.node, STATION_AREA, STATION, "站", "http://127.0.0.1:1", world.root.public, world.entropy
    )
    answer = enrolment.accept(
        world.city.node, request_to_join(world.station.keys, invitation), world.resident_key, world.entropy
    )
    before = standing(world.station)
    with pytest.raises(Refusal) as refused:
        change_parent(world.station.node, world.station.attachments, answer, world.hall.node.name)
    assert refused.value.code == "sync.invitation_forged"
    assert standing(world.station) == before

"""A node takes another key: its name, its records and its line go on, and the old key is good for nothing new."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from shared_models import cases
from shared_models.records import Record, signature_is_good
from shared_models.refusals import Refusal
from shared_models.roster import STATION
from shared_models.signing import KeyPair, name_of_key, text_of
from sync_protocol.commands import CaseCommand
from sync_protocol.core.frames import RemoteProtocolError
from sync_protocol.core.messages import Push, WireRecord
from sync_protocol.export import export_records
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import case_files, holding, knowledge, receipts
from sync_protocol.wire.agent import drive
from sync_protocol.wire.client import Line
from sync_protocol.wire.key_life import life_of
from tests.shared_models.writers import Writer
from tests.sync_protocol import sticks
from tests.sync_protocol.test_wire import Hub
from tests.sync_protocol.world import CITY_AREA, STATION_AREA, Place, World
from tests.vectors import second_reader
from tests.world.people import Publish


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


def held(world: World) -> dict[str, int]:
    """How many held records each place has."""
    counts = {}
    for place in world.places:
        with place.node.read() as db:
            counts[place.name] = holding.waiting(db)
    return {name: count for name, count in counts.items() if count}


def delivered(place: Place) -> bool:
    with place.node.read() as db:
        return receipts.standing(db).journal == place.node.log.journal_end(db).position


def line(hub: Hub, child: Place) -> Line:
    parent = hub.place
    return Line(
        hub.client(), child.keys, child.node.name, parent.node.name, parent.keys.public, child.world.entropy,
        lambda: child.node.incarnation, life=life_of(child.node, parent.node.name, parent.keys.public),
    )  # fmt: skip


async def exchange(hub: Hub, child: Place, over: Line) -> None:
    side = child.child_side()
    for flow in (side.deliver(), side.follow(), side.follow()):
        await drive(flow, over)
        child.settle()
        hub.place.settle()


@pytest.mark.parametrize("who", ["station", "district", "city"])
def test_everybody_may_take_another_key_and_nothing_of_anybody_is_held(world: World, who: str) -> None:
    place: Place = getattr(world, who)
    before = world.station.accept(name="甲")
    name, old = place.node.name, place.node.keys.public
    place.rotate()
    after = world.station.accept(name="乙")
    world.sync_all()
    assert place.node.name == name == name_of_key(old)
    for each in world.places:
        assert each.node.roster.members[name].key == place.node.member.key, each.name
        assert each.node.roster.members[name].public != old
    assert [world.city.case(number) is not None for number in (before, after)] == [True, True]
    world.district.node.write(CaseCommand(after, cases.Withdraw("本人撤回"), "officer-1"))
    world.sync_all()
    for each in (world.station, world.city):
        case = each.case(after)
        assert case is not None
        assert case.events[-1].kind == cases.WITHDRAWN, each.name
    assert held(world) == {}
    assert delivered(world.station)
    assert delivered(world.district)


def test_what_is_written_after_a_rotation_is_signed_by_the_new_key_alone(world: World) -> None:
    old = world.station.node.keys.public
    world.station.rotate()
    world.station.accept()
    with world.station.node.read() as db:
        row = world.station.node.log.rows(db, world.station.node.log.last_position(db) - 1, 1)[0]
    assert signature_is_good(row.record, world.station.node.keys.public)
    assert not signature_is_good(row.record, old)
    world.station.restart()
    assert world.station.node.keys.public != old


def test_whoever_finds_the_old_key_writes_nothing_that_counts(world: World) -> None:
    world.station.rotate()
    world.station.sync()
    thief = Writer(world.station.keys, STATION_AREA, "thief")
    forged = thief.write("case.noted", "case/1", {"note": "假"})
    intake = world.district.node.take_in([forged], world.station.node.name)
    assert [each.outcome.value for each in intake.verdicts] == ["held"]
    world.district.sync()
    assert held(world) == {"district": 1, "city": 1}


def test_a_restored_node_that_has_lost_its_rotation_goes_on_under_its_newest_key(world: World, tmp_path: Path) -> None:
    world.station.accept(name="甲")
    world.station.sync()
    world.station.stop()
    shutil.copy(world.station.path, tmp_path / "copy.db")
    world.station.restart()
    world.station.rotate()
    lost = world.station.accept(name="乙")
    world.sync_all()
    world.station.stop()
    shutil.copy(tmp_path / "copy.db", world.station.path)
    world.station.restart()
    number = world.station.accept(name="丙")
    world.sync_all()
    assert held(world) == {}
    assert world.station.case(lost) is not None
    assert world.city.case(number) is not None
    assert world.station.node.member.public == world.station.node.keys.public


def test_a_node_that_does_not_know_its_last_key_does_not_take_another(world: World, tmp_path: Path) -> None:
    world.station.stop()
    shutil.copy(world.station.path, tmp_path / "copy.db")
    world.station.restart()
    world.station.rotate()
    world.station.stop()
    shutil.copy(tmp_path / "copy.db", world.station.path)
    world.station.restart()
    with pytest.raises(Refusal) as refused:
        world.station.rotate()
    assert refused.value.code == "roster.not_up_to_date"


def test_a_line_goes_on_whichever_end_takes_another_key(world: World) -> None:
    async def scene() -> None:
        hub = Hub(world.district)
        over = line(hub, world.station)
        await exchange(hub, world.station, over)
        world.station.rotate()
        await exchange(hub, world.station, over)  # in a session of the old key
        world.station.accept()
        await exchange(hub, world.station, line(hub, world.station))
        assert delivered(world.station)
        world.district.rotate()
        world.station.accept()
        await exchange(hub, world.station, line(hub, world.station))  # it has not heard of the hub's key yet
        assert world.station.node.roster.members[hub.place.node.name].public == world.district.node.keys.public
        world.station.rotate()
        await exchange(hub, world.station, line(hub, world.station))
        await exchange(hub, world.station, line(hub, world.station))
        assert delivered(world.station)

    asyncio.run(scene())
    world.sync_all()
    assert held(world) == {}


def test_a_session_of_the_old_key_ends_when_the_hub_keeps_the_new_one(world: World) -> None:
    async def scene() -> None:
        hub = Hub(world.district)
        thief = hub.line(world.station, keys=world.station.keys)
        await drive(world.station.child_side().follow(), thief)
        world.station.rotate()
        world.station.sync()
        with pytest.raises(RemoteProtocolError, match="not_proven"):
            await drive(world.station.child_side().follow(), thief)

    asyncio.run(scene())


def test_sticks_alone_carry_a_rotation_of_either_end(world: World, tmp_path: Path) -> None:
    sticks.round_trip(world.station, tmp_path / "one")
    world.station.rotate()
    world.station.accept()
    up, _ = sticks.round_trip(world.station, tmp_path / "two")
    assert up.records >= 3
    world.district.rotate()
    number = world.station.accept()
    sticks.round_trip(world.station, tmp_path / "three")
    sticks.round_trip(world.station, tmp_path / "four")
    assert world.district.case(number) is not None
    assert delivered(world.station)
    assert world.station.node.roster.members[world.district.node.name].public == world.district.node.keys.public
    assert held(world) == {}


def test_a_rotation_in_the_first_part_of_a_bundle_does_not_make_the_parts_behind_it_forged(
    world: World, tmp_path: Path
) -> None:
    sticks.round_trip(world.station, tmp_path / "before")
    world.station.rotate()
    number = [world.station.accept(photo=world.entropy(6000)) for _ in range(4)][-1]
    done = sticks.export(world.station, tmp_path / "parts", 4000)
    assert len(done.files) > 2
    assert sticks.received(world.district, tmp_path / "parts").records == done.records
    assert world.district.case(number) is not None


def test_a_node_that_was_restored_passes_over_what_an_old_stick_brings_under_a_key_that_it_has_forgotten(
    world: World, tmp_path: Path
) -> None:
    lone = world.join("lone", "511623001001", STATION, world.city)
    lone.stop()
    before = lone.path.read_bytes()
    lone.start()
    lone.node.open()
    lone.sync()
    sticks.export(lone, tmp_path / "stick")
    world.city.rotate()
    world.city.node.write(Publish(1))
    sticks.received(world.city, tmp_path / "stick")
    lone.stop()
    lone.path.write_bytes(before)
    lone.start()
    lone.node.open()
    sticks.take(lone, tmp_path / "stick")
    with lone.node.read() as db:
        assert case_files.aside(db) == []
        assert knowledge.latest_number(db) == 0
    lone.sync()
    with lone.node.read() as db:
        assert knowledge.latest_number(db) == 1


def test_a_hub_that_has_lost_its_rotation_hands_down_what_it_signs_under_its_newest_key(world: World) -> None:
    district, station = world.district, world.station
    district.stop()
    before = district.path.read_bytes()
    district.start()
    district.node.open()
    district.rotate()
    world.sync_all()
    district.stop()
    district.path.write_bytes(before)
    district.start()
    district.node.open()
    station.sync()  # before the city has given the district its rotation back
    world.sync_all()
    with station.node.read() as db:
        opened = {each.name for each in station.node.log.incarnations(db, district.node.name)}
    assert district.node.incarnation in opened


def test_a_place_joins_a_hub_that_has_another_key_by_now(world: World) -> None:
    world.district.rotate()
    late = world.join("late", "511602001002", STATION, world.district)
    number = late.accept()
    late.sync()
    assert world.district.case(number) is not None
    assert late.node.roster.members[world.district.node.name].public == world.district.node.keys.public


def test_an_export_proves_the_records_of_every_key(world: World) -> None:
    world.station.accept()
    world.station.rotate()
    world.district.rotate()
    world.station.accept()
    world.station.rotate()
    world.station.accept()
    world.sync_all()
    root = world.root.public
    for place in (world.station, world.city):
        lines = list(export_records(place.node))
        assert {second_reader.check_line(each, root, CITY_AREA).header["node"] for each in lines} >= {
            world.station.node.name, world.district.node.name,
        }  # fmt: skip


def test_records_of_the_old_key_that_a_hub_gets_late_are_good(world: World) -> None:
    """A district restored from before: the city tells of the rotation first, then the station sends its journal."""
    world.district.stop()
    kept = world.district.path.read_bytes()
    world.district.start()
    world.district.node.open()
    world.station.restart()
    number = world.station.accept()
    world.station.rotate()
    world.station.accept()
    world.sync_all()
    world.district.stop()
    world.district.path.write_bytes(kept)
    world.district.start()
    world.district.node.open()
    world.district.sync()
    world.sync_all()
    assert world.district.case(number) is not None
    assert held(world) == {}


def test_a_push_of_the_old_key_behind_the_rotation_is_acknowledged_and_held(world: World) -> None:
    world.station.rotate()
    world.station.sync()
    member = world.district.node.roster.members[world.station.node.name]
    thief = Writer(KeyPair.from_seed(world.station.keys.seed), STATION_AREA, "thief")
    records = thief.run(3)
    answers = ParentSide(world.district.node, member).answer(_push(world.district, member.node, records))
    assert [type(each).__name__ for each in answers] == ["ReceiptGiven"]
    assert held(world) == {"district": 3}


def _push(hub: Place, child: str, records: Sequence[Record]) -> Push:
    with hub.node.read() as db:
        base = receipts.last_point(db, child)
    return Push((base.position, text_of(base.hash)), [WireRecord.of(each) for each in records])


def test_what_a_hub_signs_before_its_rotation_is_known_anywhere_near_is_taken_in_later(world: World) -> None:
    """The hub was restored from before its rotation, and this child has never heard of that one."""
    district, station, city = world.district, world.station, world.city
    number = station.accept(name="甲")
    world.sync_all()
    district.stop()
    before = district.path.read_bytes()
    district.start()
    district.node.open()
    district.rotate()
    district.sync()  # the city alone knows the new key
    district.stop()
    district.path.write_bytes(before)
    district.start()
    district.node.open()
    district.node.write(CaseCommand(number, cases.Decide("granted", "", "低保证"), "officer-1"))
    station.sync()
    with station.node.read() as db:
        said = {reason for _, subject, reason in case_files.aside(db) if subject == cases.subject_of(number)}
    assert said == {"sync.bad_signature"}
    world.sync_all()
    world.sync_all()
    with station.node.read() as db:
        assert case_files.aside(db) == []
    kept = [place.case(number) for place in (station, district, city)]
    assert kept[0] == kept[1] == kept[2]
    assert kept[0] is not None
    assert kept[0].status == "decided"

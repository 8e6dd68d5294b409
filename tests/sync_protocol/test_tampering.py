"""Somebody changes the database file of a stopped station: it is named, and nothing false is taken in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from shared_models import canonical
from shared_models.records import Record
from shared_models.roster import DISTRICT
from shared_models.signing import digest, text_of
from sync_protocol.child_side import ChildSide
from sync_protocol.core.messages import Pull
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import receipts
from sync_protocol.store.log import DamagedRecord
from tests.shared_models.writers import flipped
from tests.sync_protocol.world import Place, World, run


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


def records_of(place: Place) -> list[Record]:
    with place.node.read() as db:
        return [row.record for row in place.node.log.rows(db, 0, 10_000)]


def own_records(place: Place) -> list[Record]:
    return [record for record in records_of(place) if record.header.node == place.node.name]


def position_of(place: Place, record: Record) -> int:
    with place.node.read() as db:
        (row,) = [row for row in place.node.log.rows(db, 0, 10_000) if row.record.id == record.id]
    return row.position


def rewritten(place: Place, record: Record, **columns: bytes | str | None) -> None:
    """Puts other values into the row of a record while the station is stopped, and starts the station again."""
    position = position_of(place, record)
    place.stop()
    with closing(sqlite3.connect(str(place.path), isolation_level=None)) as db:
        for column, value in columns.items():
            db.execute(f"UPDATE record SET {column} = ? WHERE position = ?", (value, position))
    place.start()
    place.node.open()


def one_byte_changed(place: Place, record: Record, column: str) -> None:
    position = position_of(place, record)
    with place.node.read() as db:
        (value,) = db.execute(f"SELECT {column} FROM record WHERE position = ?", (position,)).fetchone()
    rewritten(place, record, **{column: flipped(bytes(value), 50)})


def damage_of(place: Place) -> list[DamagedRecord]:
    with place.node.read() as db:
        return place.node.log.damage(db, place.node.roster.keys_of, 0, 10_000)[0]


def delivered(place: Place, damage: Sequence[DamagedRecord] = (), *, told: bool = True) -> ChildSide:
    """Delivers to the district and gives the child's side, which knows why it stands still. Not `told` what the
    district holds, it sends all that lies behind the receipt it has."""
    parent = place.parent
    assert parent is not None
    member = parent.node.roster.member(place.node.name)
    assert member is not None
    side = ChildSide(place.node, parent.node.name, parent.keys.public, place.attachments, damage)
    hub = ParentSide(parent.node, member)
    run(side.deliver(), lambda message: hub.answer(message) if told or not isinstance(message, Pull) else [])
    return side


def assert_nothing_false(hub: Place, true: Sequence[Record], station: str) -> set[str]:
    """Whatever of the station is at the hub is what the station wrote; gives the ids."""
    written = {record.id: record for record in true}
    here = [record for record in records_of(hub) if record.header.node == station]
    for record in here:
        if record.id in written:
            assert (record.header_bytes, record.body) == (written[record.id].header_bytes, written[record.id].body)
    return {record.id for record in here} & written.keys()


@pytest.mark.parametrize("what", ["header", "body"])
def test_a_changed_header_or_body_is_named_and_delivery_stops_at_it(world: World, what: str) -> None:
    station = world.station
    for _ in range(4):
        station.accept()
    true = own_records(station)
    target = true[-2]
    one_byte_changed(station, target, what)
    assert [(each.id, each.what) for each in damage_of(station)] == [(target.id, what)]
    with pytest.raises(DamagedRecord) as caught:
        delivered(station)
    assert (caught.value.id, caught.value.what) == (target.id, what)
    assert target.id not in assert_nothing_false(world.district, true, station.node.name)


@pytest.mark.parametrize("what", ["header", "body", "signature"])
def test_once_the_damage_is_known_everything_before_it_is_delivered(world: World, what: str) -> None:
    station = world.station
    for _ in range(4):
        station.accept()
    true = own_records(station)
    one_byte_changed(station, true[-2], what)
    with pytest.raises(DamagedRecord) as caught:
        delivered(station, damage_of(station))
    assert caught.value.id == true[-2].id
    assert assert_nothing_false(world.district, true, station.node.name) == {record.id for record in true[:-2]}


def test_a_changed_signature_of_the_last_record_is_refused_by_the_hub_with_its_code(world: World) -> None:
    station = world.station
    station.accept()
    station.restart()  # a chain of its own, whose last record nothing can vouch for
    station.accept()
    true = own_records(station)
    target = true[-1]
    position = position_of(station, target)
    station.stop()
    with closing(sqlite3.connect(str(station.path), isolation_level=None)) as db:
        db.execute("UPDATE record SET signature = ? WHERE position = ?", (flipped(target.signature, 5), position))
    station.start()
    side = delivered(station)
    assert side.stuck is not None
    assert (side.stuck.id, side.stuck.code) == (target.id, "sync.bad_signature")
    assert assert_nothing_false(world.district, true, station.node.name) == {record.id for record in true[:-1]}
    with station.node.read() as db:
        assert receipts.standing(db).journal == side.stuck.journal - 1


def test_a_changed_signature_in_the_middle_is_named_here_and_the_record_is_vouched_for_by_a_later_one(
    world: World,
) -> None:
    """The chain proves that the record is true: the hub may take it in, but this station is told of the change."""
    station = world.station
    for _ in range(3):
        station.accept()
    true = own_records(station)
    target = true[-2]
    one_byte_changed(station, target, "signature")
    assert [(each.id, each.what) for each in damage_of(station)] == [(target.id, "signature")]
    assert delivered(station).stuck is None
    assert assert_nothing_false(world.district, true, station.node.name) == {record.id for record in true}


def test_a_thief_with_the_storage_key_cannot_make_the_hub_believe_another_body(world: World) -> None:
    station = world.station
    station.accept()
    true = own_records(station)
    target = true[-1]
    value = {**target.value(), "query_code": "AAAA-AAAA"}
    (sealed,) = station.node.vault.seal_bodies([canonical.encode(value)])
    rewritten(station, target, body=sealed)
    assert [(each.id, each.what) for each in damage_of(station)] == [(target.id, "body")]
    side = delivered(station)
    assert side.stuck is not None
    assert (side.stuck.id, side.stuck.code) == (target.id, "sync.bad_body")
    assert target.id not in assert_nothing_false(world.district, true, station.node.name)


def test_a_thief_without_the_node_key_cannot_make_the_hub_believe_another_header(world: World) -> None:
    """He even writes the id that fits; the signature of the node is what he does not have."""
    station = world.station
    station.accept()
    true = own_records(station)
    target = true[-1]
    forged = target.header_bytes.replace(b'"actor":"clerk-1"', b'"actor":"clerk-9"')
    rewritten(station, target, header=forged, id=text_of(digest(forged)))
    assert [each.what for each in damage_of(station)] == ["signature"]
    side = delivered(station)
    assert side.stuck is not None
    assert side.stuck.code == "sync.bad_signature"
    ids = assert_nothing_false(world.district, true, station.node.name)
    assert ids == {record.id for record in true[:-1]}
    assert text_of(digest(forged)) not in {record.id for record in records_of(world.district)}


def test_a_header_that_is_none_any_more_is_refused_as_such(world: World) -> None:
    station = world.station
    station.accept()
    target = own_records(station)[-1]
    broken = target.header_bytes.replace(b'"suite":1', b'"suite":1.0')
    rewritten(station, target, header=broken, id=text_of(digest(broken)))
    side = delivered(station)
    assert side.stuck is not None
    assert side.stuck.code == "sync.not_a_record"


def test_nobody_is_accused_of_a_fork_by_what_a_thief_wrote(world: World) -> None:
    """The place of a delivered record is taken at the hub; a false record from there is not a second truth."""
    station = world.station
    station.accept()
    station.sync()
    target = own_records(station)[-1]
    forged = target.header_bytes.replace(b'"actor":"clerk-1"', b'"actor":"clerk-9"')
    rewritten(station, target, header=forged, id=text_of(digest(forged)))
    station.stop()
    with closing(sqlite3.connect(str(station.path), isolation_level=None)) as db:
        db.execute("DELETE FROM standing")
    station.start()
    side = delivered(station, told=False)
    assert side.stuck is not None
    assert side.stuck.code == "sync.bad_signature"


def test_a_hub_whose_own_copy_was_changed_hands_nothing_false_down_or_up(world: World) -> None:
    number = world.hall.accept(home=DISTRICT)
    world.hall.sync()
    target = own_records(world.hall)[-1]
    one_byte_changed(world.district, target, "body")
    assert [each.id for each in damage_of(world.district)] == [target.id]
    with pytest.raises(DamagedRecord):
        delivered(world.district)
    assert world.city.case(number) is None

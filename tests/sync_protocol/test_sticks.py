"""Sync by a stick: real nodes on real files, bundles as files between them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from central.enrolment import Revoke
from shared_models import cases
from shared_models.roster import STATION
from shared_models.signing import fingerprint
from sync_protocol.commands import CaseCommand
from sync_protocol.host.bundle_files import PART_BYTES_MIN
from sync_protocol.store import filing, receipts, streams
from sync_protocol.store.drill import flip_byte, last_positions
from sync_protocol.wire import stick
from sync_protocol.wire.bundle import MAGIC, VERSION, Sealer, new_head
from tests.sync_protocol.sticks import confirmed, export, reach, received, round_trip, take
from tests.sync_protocol.test_forks import twin_of
from tests.sync_protocol.world import Place, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def standing(place: Place) -> receipts.Standing:
    with place.node.read() as db:
        return receipts.standing(db)


def end(place: Place) -> int:
    with place.node.read() as db:
        return place.node.log.journal_end(db).position


def point(place: Place, child: Place) -> int:
    with place.node.read() as db:
        return receipts.last_point(db, child.node.name).position


def status(place: Place, number: str) -> str:
    case = place.case(number)
    return case.status if case else "unknown"


def cursors(place: Place) -> dict[str, streams.Cursor]:
    with place.node.read() as db:
        return streams.cursors(db)


def codes(place: Place, *paths: Path) -> list[str]:
    return [fault.code for fault in take(place, *paths)[1]]


def decide(place: Place, number: str) -> None:
    place.node.write(CaseCommand(number, cases.Decide("granted", "", "低保证"), "officer-1"))


# ---------------------------------------------------------------- there and back


def test_a_case_goes_up_and_its_decision_comes_back_without_any_line(world: World, tmp_path: Path) -> None:
    photo = os.urandom(600_000)
    number = world.station.accept(photo=photo)
    up, down = round_trip(world.station, tmp_path / "1")
    assert (up.name, up.records, up.known, up.revoked) == ("station", end(world.station), 0, False)
    assert status(world.district, number) == "accepted"
    assert (down.journal, down.end, down.attachments, down.older, down.refused) == (
        end(world.station), end(world.station), 1, 0, "",
    )  # fmt: skip
    assert world.district.photo(fingerprint(photo)) == photo

    decide(world.district, number)
    _, down = round_trip(world.station, tmp_path / "2")
    assert status(world.station, number) == "decided"
    assert down.entries > 0

    up, down = round_trip(world.station, tmp_path / "3")
    assert (up.records, up.known, down.entries, down.attachments) == (0, 0, 0, 0)


def test_what_no_answer_confirmed_stays_queued_and_goes_along_again(world: World, tmp_path: Path) -> None:
    world.station.accept(photo=b"x" * 1000)
    first = export(world.station, tmp_path / "1")
    again = export(world.station, tmp_path / "2")
    assert first.records == again.records == end(world.station)
    assert first.attachments == again.attachments == 1
    received(world.district, tmp_path / "2")
    confirmed(world.station, tmp_path / "2")
    third = export(world.station, tmp_path / "3")
    assert (third.records, third.attachments, third.left_out) == (0, 0, 0)


def test_the_district_hands_its_own_bundle_to_the_city_and_the_station_learns_of_it(
    world: World, tmp_path: Path
) -> None:
    number = world.station.accept(photo=b"y" * 1000)
    round_trip(world.station, tmp_path / "up")
    up, down = round_trip(world.district, tmp_path / "city")
    assert up.records > 0
    assert status(world.city, number) == "accepted"
    assert down.attachments == 1, "the city does not want the file, and that is its last word"
    assert export(world.district, tmp_path / "later").attachments == 0
    round_trip(world.station, tmp_path / "again")
    assert standing(world.station).upstream == end(world.station)


def test_line_and_stick_may_be_mixed(world: World, tmp_path: Path) -> None:
    one = world.station.accept()
    export(world.station, tmp_path / "late")
    two = world.station.accept()
    world.station.sync()
    before = standing(world.station)
    assert before.journal == point(world.district, world.station) == end(world.station)
    up = received(world.district, tmp_path / "late")
    assert (up.records, point(world.district, world.station)) == (0, before.journal)
    confirmed(world.station, tmp_path / "late")
    assert standing(world.station).journal == before.journal
    assert [status(world.district, number) for number in (one, two)] == ["accepted", "accepted"]


# ---------------------------------------------------------------- again, late, in parts


def test_a_bundle_taken_in_again_changes_nothing(world: World, tmp_path: Path) -> None:
    world.station.accept(photo=os.urandom(300_000))
    stick = tmp_path / "stick"
    round_trip(world.station, stick)
    for place in (world.station, world.district):
        kept = shutil.copytree(stick, tmp_path / f"kept-{place.name}")
        world.station.accept()
        round_trip(world.station, tmp_path / f"later-{place.name}")
        before = (end(world.station), standing(world.station).journal, cursors(world.station))
        hub = (end(world.district), point(world.district, world.station))
        assert take(place, kept)[1] == []
        assert (end(world.station), standing(world.station).journal, cursors(world.station)) == before
        assert (end(world.district), point(world.district, world.station)) == hub


def test_an_old_answer_moves_nothing_back(world: World, tmp_path: Path) -> None:
    number = world.station.accept()
    export(world.station, tmp_path / "old")
    received(world.district, tmp_path / "old")
    world.station.accept()
    decide(world.district, number)
    round_trip(world.station, tmp_path / "new")
    before = (standing(world.station), cursors(world.station))
    old = confirmed(world.station, tmp_path / "old")
    assert (standing(world.station), cursors(world.station)) == before
    assert old.older > 0
    assert export(world.station, tmp_path / "last").records == 0


def test_the_second_of_two_answers_to_questions_asked_at_once_still_tells_what_is_new(
    world: World, tmp_path: Path
) -> None:
    number = world.station.accept()
    for name in ("one", "two"):
        export(world.station, tmp_path / name)
    received(world.district, tmp_path / "one")
    decide(world.district, number)
    received(world.district, tmp_path / "two")
    for name in ("one", "two"):
        confirmed(world.station, tmp_path / name)
    assert status(world.station, number) == "decided"


def test_a_large_bundle_comes_in_parts_in_any_order(world: World, tmp_path: Path) -> None:
    photos = [os.urandom(1_500_000) for _ in range(3)]
    numbers = [world.station.accept(photo=photo) for photo in photos]
    done = export(world.station, tmp_path / "stick", PART_BYTES_MIN)
    paths = [Path(name) for name in done.files]
    assert len(paths) >= 3
    assert all(path.stat().st_size <= PART_BYTES_MIN for path in paths)
    assert paths[0].name.rsplit("-", 3)[1:] == ["1", "of", f"{len(paths)}.bundle"]
    received(world.district, *reversed(paths))
    assert all(status(world.district, number) == "accepted" for number in numbers)
    assert confirmed(world.station, tmp_path / "stick").attachments == 3


def test_a_missing_part_is_named_and_what_stands_before_it_comes_in(world: World, tmp_path: Path) -> None:
    world.station.accept(photo=os.urandom(3_000_000))
    world.station.accept(photo=os.urandom(3_000_000))
    done = export(world.station, tmp_path / "stick", PART_BYTES_MIN)
    first, second, *rest = [Path(name) for name in done.files]
    away = second.rename(tmp_path / second.name)
    taken, faults = take(world.district, first, *rest)
    assert [(fault.code, fault.values["part"]) for fault in faults] == [("bundle.part_missing", 2)]
    assert (taken[0].name, point(world.district, world.station)) == ("station", end(world.station))
    assert codes(world.district, first) == ["bundle.unfinished"]
    assert codes(world.district, away, *rest) == [], "parts may come one after the other"
    assert confirmed(world.station, tmp_path).attachments == 2


# ---------------------------------------------------------------- what is damaged


def test_wherever_a_file_is_cut_its_whole_part_comes_in_and_the_rest_is_asked_for_again(
    world: World, tmp_path: Path
) -> None:
    for _ in range(3):
        world.station.accept(photo=os.urandom(300_000))
    path = Path(export(world.station, tmp_path / "stick").files[0])
    whole = path.read_bytes()
    for size in (0, 3, 12, 26, 100, 700, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        path.write_bytes(whole[:size])
        found = codes(world.district, path)
        assert found == (["bundle.cut"] if size else ["bundle.not_a_bundle"]), size
    assert point(world.district, world.station) == end(world.station)
    assert confirmed(world.station, tmp_path / "stick").journal == end(world.station)
    assert export(world.station, tmp_path / "later").attachments == 0


def test_a_changed_byte_is_found_anywhere_and_nothing_behind_it_counts(world: World, tmp_path: Path) -> None:
    world.station.accept(photo=os.urandom(300_000))
    path = Path(export(world.station, tmp_path / "stick").files[0])
    whole = path.read_bytes()
    told = set()
    for place in [*range(0, 30, 3), 40, 200, 500, 900, 1200, 2000, len(whole) // 2, len(whole) - 18, len(whole) - 2]:
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        found = codes(world.district, path)
        assert len(found) == 1, place
        told.update(found)
    assert told <= {
        "bundle.not_a_bundle", "bundle.newer", "bundle.for_another", "bundle.head_damaged", "bundle.damaged",
        "bundle.cut",
    }  # fmt: skip
    path.write_bytes(whole)
    received(world.district, path)


def test_chunks_of_another_place_or_bundle_do_not_fit(world: World, tmp_path: Path) -> None:
    world.station.accept(photo=os.urandom(900_000))
    one = Path(export(world.station, tmp_path / "one").files[0])
    two = Path(export(world.station, tmp_path / "two").files[0])
    head, chunks = _taken_apart(one.read_bytes())
    one.write_bytes(head + chunks[0] + chunks[2] + chunks[1] + b"".join(chunks[3:]))
    assert codes(world.district, one) == ["bundle.damaged"]
    one.write_bytes(head + b"".join(_taken_apart(two.read_bytes())[1]))
    assert codes(world.district, one) == ["bundle.damaged"]


def _taken_apart(data: bytes) -> tuple[bytes, list[bytes]]:
    start = 25 + 2 + int.from_bytes(data[25:27])
    chunks, place = [], start
    while place < len(data):
        size = 4 + int.from_bytes(data[place : place + 4])
        chunks.append(data[place : place + size])
        place += size
    return data[:start], chunks


def test_a_record_that_is_damaged_here_is_left_out_with_what_stands_behind_it(world: World, tmp_path: Path) -> None:
    numbers = [world.station.accept() for _ in range(3)]
    places = last_positions(world.station.path, "case.", 3)
    flip_byte(world.station.path, places[1], "header")
    done = export(world.station, tmp_path / "stick")
    assert (done.records + done.left_out, done.left_out > 0) == (end(world.station), True)
    up = received(world.district, tmp_path / "stick")
    assert up.records == done.records
    assert status(world.district, numbers[2]) == "unknown"


def test_a_file_that_another_system_put_beside_a_bundle_is_left_alone(world: World, tmp_path: Path) -> None:
    path = Path(export(world.station, tmp_path / "stick").files[0])
    (path.parent / f"._{path.name}").write_bytes(b"Mac OS X")
    received(world.district, tmp_path / "stick")


def test_frames_that_hold_no_message_or_two_are_refused_behind_what_is_good(world: World, tmp_path: Path) -> None:
    world.station.accept()
    frames = [
        asked.frame
        for asked in stick.ask(world.station.node, world.station.child_side(), world.station.attachments, [])
    ]
    assert len(frames) == 2
    for spoilt in (frames[1] * 2, frames[1][:-1], b"\0\0\0\1\7", b"x"):
        head = new_head(world.station.node.name, world.district.node.name, 1, os.urandom)
        sealer = Sealer(world.station.keys, world.district.keys.public, head, os.urandom)
        path = tmp_path / "spoilt.bundle"
        path.write_bytes(sealer.part() + b"".join(map(sealer.chunk, [frames[0], spoilt, b""])))
        assert codes(world.district, path) == ["bundle.malformed"]
    assert point(world.district, world.station) == end(world.station)


# ---------------------------------------------------------------- who may


def test_a_bundle_for_another_hub_is_refused_by_name_and_left_alone_in_a_folder(world: World, tmp_path: Path) -> None:
    world.station.accept()
    path = Path(export(world.station, tmp_path / "stick").files[0])
    assert codes(world.city, path) == ["bundle.for_another"]
    with pytest.raises(Exception, match="没有找到给本节点的数据包"):
        take(world.city, tmp_path / "stick")


def test_a_bundle_of_a_node_that_the_hub_does_not_know_is_refused(world: World, tmp_path: Path) -> None:
    stranger = world.join("hall-2", "511602102", STATION, world.city)
    stranger.accept()
    stranger.parent = world.district
    path = Path(export(stranger, tmp_path / "stick").files[0])
    assert codes(world.district, path) == ["bundle.unknown_sender"]


def test_a_bundle_that_another_key_signed_is_refused(world: World, tmp_path: Path) -> None:
    world.station.accept()
    here, outline = reach(world.station), stick.outline(world.station.node, world.station.attachments)
    head = msgspec.structs.replace(new_head(here.opened.node.name, world.district.node.name, 1, world.entropy),
                                   journal=outline.journal)  # fmt: skip
    sealer = Sealer(world.hall.keys, world.district.keys.public, head, world.entropy)
    path = tmp_path / "false.bundle"
    path.write_bytes(sealer.part() + sealer.chunk(b""))
    assert codes(world.district, path) == ["bundle.forged"]
    assert point(world.district, world.station) == 0


def test_a_revoked_node_delivers_without_effect_and_learns_that_it_is_revoked(world: World, tmp_path: Path) -> None:
    round_trip(world.station, tmp_path / "1")
    with world.district.node.read() as db:
        last = world.district.node.log.incarnations(db, world.station.node.name)[-1]
    world.district.node.write(Revoke(world.station.node.name, last.name, last.head.seq, "operator"))
    number = world.station.accept()
    up, _ = round_trip(world.station, tmp_path / "2")
    assert up.revoked
    assert status(world.district, number) == "unknown"
    me = world.station.node.roster.member(world.station.node.name)
    assert me is not None
    assert me.revoked


def test_a_bundle_of_a_newer_version_asks_for_an_upgrade(world: World, tmp_path: Path) -> None:
    path = Path(export(world.station, tmp_path / "stick").files[0])
    data = bytearray(path.read_bytes())
    data[len(MAGIC)] = VERSION + 1
    path.write_bytes(data)
    assert codes(world.district, path) == ["bundle.newer"]


# ---------------------------------------------------------------- restored nodes


def _copy(place: Place, folder: Path) -> None:
    place.stop()
    shutil.copytree(place.folder, folder)
    place.start()
    place.node.open()


def _restore(place: Place, folder: Path) -> None:
    place.stop()
    shutil.rmtree(place.folder)
    shutil.copytree(folder, place.folder)
    place.start()
    place.node.open()


def test_a_restored_hub_is_refilled_by_stick(world: World, tmp_path: Path) -> None:
    round_trip(world.station, tmp_path / "1")
    _copy(world.district, tmp_path / "copy")
    number = world.station.accept()
    round_trip(world.station, tmp_path / "2")
    _restore(world.district, tmp_path / "copy")
    later = world.station.accept()
    round_trip(world.station, tmp_path / "3")
    assert standing(world.station).journal < end(world.station)
    round_trip(world.station, tmp_path / "4")
    assert standing(world.station).journal == end(world.station)
    assert [status(world.district, each) for each in (number, later)] == ["accepted", "accepted"]


def test_a_restored_station_gets_its_lost_records_back_by_stick(world: World, tmp_path: Path) -> None:
    round_trip(world.station, tmp_path / "1")
    _copy(world.station, tmp_path / "copy")
    number = world.station.accept()
    round_trip(world.station, tmp_path / "2")
    _restore(world.station, tmp_path / "copy")
    assert status(world.station, number) == "unknown"
    round_trip(world.station, tmp_path / "3")
    assert status(world.station, number) == "accepted"
    round_trip(world.station, tmp_path / "4")  # what was handed back goes up once more
    assert standing(world.station).journal == end(world.station)


def test_hub_and_station_restored_to_different_days_find_each_other_by_stick(world: World, tmp_path: Path) -> None:
    round_trip(world.station, tmp_path / "1")
    _copy(world.station, tmp_path / "station-copy")
    numbers = [world.station.accept()]
    round_trip(world.station, tmp_path / "2")
    _copy(world.district, tmp_path / "district-copy")
    numbers.append(world.station.accept())
    round_trip(world.station, tmp_path / "3")
    _restore(world.district, tmp_path / "district-copy")
    _restore(world.station, tmp_path / "station-copy")
    numbers.append(world.station.accept())
    for name in ("4", "5", "6"):
        round_trip(world.station, tmp_path / name)
    assert standing(world.station).journal == end(world.station)
    assert status(world.district, numbers[0]) == status(world.district, numbers[2]) == "accepted"


def test_a_copied_station_goes_on_in_an_incarnation_of_its_own_and_an_old_answer_ends_no_other(
    world: World, tmp_path: Path
) -> None:
    world.station.accept()
    round_trip(world.station, tmp_path / "1")
    twin = twin_of(world.station)
    world.station.accept()
    second = twin.accept(name="李秀英")
    round_trip(world.station, tmp_path / "2")
    before = twin.node.incarnation
    _, down = round_trip(twin, tmp_path / "3")
    assert (down.refused, standing(twin).journal) == ("sync.fork", down.refused_at)
    assert status(world.district, second) == "unknown"
    after = twin.node.incarnation
    assert after != before
    confirmed(twin, tmp_path / "3")
    assert twin.node.incarnation == after
    third = twin.accept()
    round_trip(twin, tmp_path / "4")
    assert status(world.district, third) == "accepted"


# ---------------------------------------------------------------- what a finder sees


def test_nothing_personal_stands_in_any_file(world: World, tmp_path: Path) -> None:
    number = world.station.accept(name="孟姜女标记", photo="哭长城标记".encode() * 3000)
    round_trip(world.station, tmp_path / "1")
    decide(world.district, number)
    round_trip(world.station, tmp_path / "2")
    marks = ["孟姜女标记", "哭长城标记", "511602199001011237", "13800000000", "浓洄街道1号", "广安市", number]
    files = [path for folder in ("1", "2") for path in (tmp_path / folder).iterdir()]
    assert len(files) == 4
    for path in files:
        data = path.read_bytes() + path.name.encode()
        assert [mark for mark in marks if mark.encode() in data] == []


def test_a_file_that_a_hub_lost_goes_along_with_the_next_stick_but_one(world: World, tmp_path: Path) -> None:
    photo = os.urandom(600_000)
    world.station.accept(photo=photo)
    round_trip(world.station, tmp_path / "first")
    (world.district.attachments.folder / fingerprint(photo)).unlink()
    world.district.node.database.write(lambda db: filing.note_lost(db, world.district.attachments))
    round_trip(world.station, tmp_path / "second")
    assert world.district.photo(fingerprint(photo)) is None, "only now the station knows"
    round_trip(world.station, tmp_path / "third")
    assert world.district.photo(fingerprint(photo)) == photo


def test_a_file_that_a_station_lost_comes_back_with_the_answer(world: World, tmp_path: Path) -> None:
    photo, more = os.urandom(600_000), [os.urandom(1_500_000) for _ in range(6)]
    for each in (photo, *more):
        world.station.accept(photo=each)
    round_trip(world.station, tmp_path / "first")
    for path in world.station.attachments.folder.iterdir():
        path.unlink()
    world.station.node.database.write(lambda db: filing.note_lost(db, world.station.attachments))
    export(world.station, tmp_path / "second")
    received(world.district, tmp_path / "second")
    confirmed(world.station, tmp_path / "second")
    for each in (photo, *more):
        assert world.station.photo(fingerprint(each)) == each
    confirmed(world.station, tmp_path / "second")  # it lies there still: nothing is taken twice

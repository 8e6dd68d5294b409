"""Flows that break off in the middle, as they do on a line that is cut: what is sent again, and in what order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from shared_models import cases
from sync_protocol.child_side import ROOM_MAX, ROOM_MIN, ChildSide
from sync_protocol.commands import CaseCommand
from sync_protocol.core.frames import Flow, Prepared, Request, Run
from sync_protocol.core.messages import Entries, Have, Message, Piece, Pull, Push
from sync_protocol.parent_side import ENTRIES_BYTES_MAX, ParentSide
from sync_protocol.store import receipts
from sync_protocol.store.attachments import PART_BYTES_MIN
from tests.sync_protocol.world import Place, World

PHOTO = random.Random(7).randbytes(300_000)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


class Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Wire:
    """A parent and the messages that reached it, by hand. Every answer takes `takes` seconds."""

    def __init__(self, child: Place, takes: float = 6.0) -> None:
        assert child.parent is not None
        parent = child.parent
        member = parent.node.roster.member(child.node.name)
        assert member is not None
        self.clock, self._takes = Clock(), takes
        self.side = ChildSide(child.node, parent.node.name, parent.keys.public, child.attachments, clock=self.clock)
        self._parent = ParentSide(parent.node, member, parent.attachments)
        self.sent: list[Message] = []

    def carry(self, request: Request, most: int = 10_000) -> list[Message]:
        """The answers to the first `most` messages of a request."""
        asked = list(islice(request.begin(), most)) if isinstance(request, Run) else [request]
        messages = [each.message if isinstance(each, Prepared) else each for each in asked]
        self.sent += messages
        self.clock.seconds += self._takes
        return [answer for message in messages for answer in self._parent.answer(message)]

    def run(self, flow: Flow) -> None:
        request = next(flow, None)
        while request is not None:
            try:
                request = flow.send(self.carry(request))
            except StopIteration:
                return

    def break_off(self, flow: Flow, most: int = 10_000) -> None:
        """Carries the flow's next request, or the first messages of it, and loses the answers."""
        self.carry(next(flow), most)
        flow.close()

    def take(self) -> list[Message]:
        """What was sent since the last time."""
        sent, self.sent = self.sent, []
        return sent


def standing(place: Place) -> int:
    with place.node.read() as db:
        return receipts.standing(db).journal


def journal_end(place: Place) -> int:
    with place.node.read() as db:
        return place.node.log.journal_end(db).position


def records_in(messages: list[Message]) -> int:
    return sum(len(message.records) for message in messages if isinstance(message, Push))


def in_touch(world: World) -> Wire:
    """A wire on which something was delivered already."""
    wire = Wire(world.station)
    world.station.accept()
    wire.run(wire.side.deliver())
    assert standing(world.station) == journal_end(world.station)
    wire.take()
    return wire


def test_a_process_that_starts_asks_first_what_the_one_before_it_brought_home(world: World) -> None:
    world.station.accept()
    wire = Wire(world.station)
    wire.run(wire.side.deliver())
    asked, pushed = wire.take()
    assert isinstance(asked, Pull)
    assert asked.cursors == {}
    assert isinstance(pushed, Push)


def test_records_whose_receipt_was_lost_are_not_sent_again(world: World) -> None:
    wire = in_touch(world)
    for _ in range(5):
        world.station.accept()
    wire.break_off(wire.side.deliver())
    assert records_in(wire.take()) == 5
    assert standing(world.station) == journal_end(world.station) - 5
    wire.run(wire.side.deliver())
    (asked,) = wire.take()
    assert isinstance(asked, Pull)
    assert standing(world.station) == journal_end(world.station)


def test_of_a_request_that_broke_only_what_did_not_arrive_is_sent_again_in_smaller_messages(world: World) -> None:
    wire = in_touch(world)
    for _ in range(80):
        world.station.accept()
    wire.break_off(wire.side.deliver(), 2)
    before = wire.take()
    wire.run(wire.side.deliver())
    asked, *after = wire.take()
    assert isinstance(asked, Pull)
    assert records_in(before) + records_in(after) == 80
    assert isinstance(before[0], Push)
    assert isinstance(after[0], Push)
    assert len(after[0].records) < len(before[0].records)
    assert standing(world.station) == journal_end(world.station)


def test_a_record_that_is_written_meanwhile_goes_before_the_rest_of_a_photo(world: World) -> None:
    number = world.station.accept(photo=PHOTO)
    wire = in_touch(world)
    assert world.station.parent is not None
    world.station.parent.settle()
    flow = wire.side.files.send()
    request = flow.send(wire.carry(next(flow)))
    world.station.accept()
    answers = wire.carry(request)
    assert isinstance(answers[-1], Have)
    assert 0 < answers[-1].offset < len(PHOTO)
    with pytest.raises(StopIteration):
        flow.send(answers)
    wire.run(wire.side.deliver())
    assert standing(world.station) == journal_end(world.station)
    wire.take()
    wire.run(wire.side.files.send())
    asked, first, *_ = wire.take()
    assert isinstance(asked, Piece)
    assert isinstance(first, Piece)
    assert (asked.data, first.offset) == ("", answers[-1].offset)
    assert photo_of(world.district, number) == PHOTO


def photo_of(place: Place, number: str) -> bytes | None:
    case = place.case(number)
    assert case is not None
    assert case.application is not None
    return place.photo(case.application.materials[0].attachments[0].hash)


def test_a_photo_goes_on_at_the_byte_where_it_broke_off_whatever_is_done_to_the_line(world: World) -> None:
    number = world.station.accept(photo=PHOTO)
    wire = in_touch(world)
    world.district.settle()
    chance, parts = random.Random(3), []
    while photo_of(world.district, number) is None:
        flow = wire.side.files.send()
        request = flow.send(wire.carry(next(flow)))
        wire.take()
        wire.carry(request, chance.randrange(4))
        parts += wire.take()
        flow.close()
    sent = sum(len(part.data) * 3 // 4 for part in parts if isinstance(part, Piece))
    assert sent == len(PHOTO)
    assert len(parts) > len(PHOTO) // (2 * PART_BYTES_MIN)
    assert photo_of(world.district, number) == PHOTO


def test_on_a_line_that_takes_no_time_a_photo_goes_in_few_large_pieces(world: World) -> None:
    number = world.station.accept(photo=PHOTO * 4)
    wire = Wire(world.station, takes=0.0)
    wire.run(wire.side.deliver())
    world.district.settle()
    wire.take()
    wire.run(wire.side.files.send())
    assert len(wire.take()) < 40
    assert photo_of(world.district, number) == PHOTO * 4


def test_a_hundred_photos_go_in_one_turn(world: World) -> None:
    numbers = [world.station.accept(photo=b"photo %d" % number) for number in range(100)]
    wire = in_touch(world)
    world.district.settle()
    wire.run(wire.side.files.send())
    assert all(photo_of(world.district, number) for number in numbers)


def decided(place: Place, number: str) -> bool:
    case = place.case(number)
    return case is not None and case.status == "decided"


def test_an_answer_from_above_that_never_came_is_asked_for_in_smaller_ones_until_they_come(world: World) -> None:
    wire = in_touch(world)
    for _ in range(30):
        number = world.station.accept()
        wire.run(wire.side.deliver())
        world.district.settle()
        world.district.node.write(CaseCommand(number, cases.Decide("granted", "理" * 600), "officer-1"))
    wire.take()
    assert ROOM_MAX == ENTRIES_BYTES_MAX
    rooms = []
    for _ in range(8):
        wire.break_off(wire.side.follow())
        (asked,) = wire.take()
        assert isinstance(asked, Pull)
        rooms.append(asked.room)
    assert rooms == [0, *(ROOM_MAX // 2**halved for halved in range(1, 6)), ROOM_MIN, ROOM_MIN]
    sizes: list[int] = []
    while not decided(world.station, number):
        flow = wire.side.follow()
        answers = wire.carry(next(flow))
        with pytest.raises(StopIteration):
            flow.send(answers)
        sizes += [len(answer.entries) for answer in answers if isinstance(answer, Entries)]
    assert len(sizes) > 1
    assert 0 < sizes[0] < sizes[1]

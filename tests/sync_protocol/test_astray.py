"""Child and hub were both restored, to histories of the same length that are not the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_protocol.core.astray import Astray, Said
from sync_protocol.core.messages import Push, ReceiptGiven, Rewind
from tests.sync_protocol.restoring import Line, all_acknowledged, copied, restore
from tests.sync_protocol.world import World, run


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


def part(world: World, length: int) -> tuple[Line, str]:
    """The station and its hub hold different ends of the station's journal, each of them acknowledged; gives a line
    between them and the number of a case that only the station holds."""
    for _ in range(length):
        world.station.accept()
        world.station.sync()
    start = copied(world.station)
    restore(world.station, start)
    world.station.accept()
    world.station.sync()
    other = copied(world.district)
    restore(world.station, start)
    mine = world.station.accept()
    line = Line(world.station)
    line.sync()
    line.sync()  # what it was handed back goes up once more
    assert all_acknowledged(world.station)
    restore(world.district, other)
    return line, mine


def test_a_child_delivers_again_where_its_hub_came_back_with_another_journal_of_the_same_length(world: World) -> None:
    line, mine = part(world, 1)
    assert world.district.case(mine) is None
    line.sync()
    line.sync()
    case = world.district.case(mine)
    assert case is not None
    assert case.status == "accepted"
    assert all_acknowledged(world.station)
    assert line.trips() == 1


def test_both_go_back_to_the_last_place_that_they_have_in_common_and_not_to_the_beginning(world: World) -> None:
    line, _ = part(world, 40)
    line.sync()
    line.asked.clear()
    line.sync()
    assert any(isinstance(each, Rewind) for each in line.heard)
    sent = sum(len(each.records) for each in line.asked if isinstance(each, Push))
    assert 0 < sent <= 8


def test_a_place_that_is_not_ours_is_told_once_and_does_not_keep_the_line_busy(world: World) -> None:
    line, _ = part(world, 1)
    line.heard.clear()
    line.asked.clear()
    follow(line)
    assert [type(each) for each in line.heard][:1] == [ReceiptGiven]
    line.heard.clear()
    follow(line)
    assert not any(isinstance(each, ReceiptGiven) for each in line.heard)


def follow(line: Line) -> None:
    run(line.side.follow(), line.answer)


def test_two_copies_of_one_node_do_not_chase_each_other_for_ever() -> None:
    astray = Astray()
    gone_back = 0
    for _ in range(1000):
        astray.hears(Said(7, "h", 0))
        gone_back += astray.due
        astray.agrees()
    assert gone_back == 10


def test_another_place_is_worth_going_back_for_again() -> None:
    astray = Astray()
    for place in (7, 8, 7, 8):
        astray.hears(Said(place, "h", 0))
        assert astray.due
        astray.agrees()

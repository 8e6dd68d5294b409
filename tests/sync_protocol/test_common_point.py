"""A hub came back with another history of its streams, or a child with an older cursor: only the difference travels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.records import PUBLIC, Draft
from sync_protocol.commands import View
from sync_protocol.core.messages import Entries, Reset
from sync_protocol.store.landmarks import LANDMARKS_MAX, worth_keeping
from tests.sync_protocol.restoring import Line, copied, restore
from tests.sync_protocol.world import Place, World

MANY, LOST, REGROWN = 3000, 90, 40


class Revoke:
    """A hub revokes so many attestations at once: the cheapest entries of a stream that there are."""

    def __init__(self, name: str, count: int) -> None:
        self.name, self.count = name, count

    def decide(self, view: View) -> list[Draft]:
        subjects = (f"attestation/{self.name}-{number}" for number in range(self.count))
        return [Draft("attestation.revoked", subject, {}, PUBLIC, view.me.area) for subject in subjects]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


def read_all(*lines: Line) -> None:
    """Until nothing more comes down any line."""
    going = True
    while going:
        for line in lines:
            line.heard.clear()
            line.sync()
        going = any(isinstance(answer, Entries | Reset) for line in lines for answer in line.heard)


def came(line: Line) -> tuple[int, int]:
    """How many entries come until all is read, and how often the cursor is reset."""
    entries = resets = 0
    while True:
        line.heard.clear()
        line.sync()
        found = [answer for answer in line.heard if isinstance(answer, Entries | Reset)]
        if not found:
            return entries, resets
        entries += sum(
            len(answer.entries) for answer in found if isinstance(answer, Entries) and answer.stream == "area"
        )
        resets += sum(isinstance(answer, Reset) and answer.stream == "area" for answer in found)


def revoked(place: Place, name: str) -> int:
    """How many of the revocations of that name this place holds."""
    with place.node.read() as db:
        (count,) = db.execute("SELECT count(*) FROM revoked_attestation WHERE id LIKE ?", (f"{name}-%",)).fetchone()
    return int(count)


def grow(place: Place, name: str, count: int) -> None:
    place.node.write(Revoke(name, count))


def test_of_a_restored_hubs_stream_only_the_difference_travels(world: World) -> None:
    line = Line(world.station)
    for part in range(MANY // 100):
        grow(world.district, f"kept{part}", 100)
        read_all(line)
    copy = copied(world.district)
    grow(world.district, "lost", LOST)
    read_all(line)
    restore(world.district, copy)
    grow(world.district, "regrown", REGROWN)
    entries, resets = came(line)
    assert resets == 2  # the second one names the place
    assert revoked(world.station, "regrown") == REGROWN
    assert entries <= 3 * (LOST + 100) + REGROWN
    assert revoked(world.district, "lost") == LOST  # given back


def test_a_restored_child_reads_on_where_its_copy_stood(world: World) -> None:
    line = Line(world.station)
    grow(world.district, "kept", MANY)
    read_all(line)
    copy = copied(world.station)
    grow(world.district, "late", LOST)
    read_all(line)
    restore(world.station, copy)
    assert came(Line(world.station)) == (LOST, 0)
    assert revoked(world.station, "late") == LOST


def test_hub_and_child_restored_to_different_days_find_their_last_common_place(world: World) -> None:
    line = Line(world.station)
    for part in range(MANY // 100):
        grow(world.district, f"kept{part}", 100)
        read_all(line)
    hub = copied(world.district)
    grow(world.district, "lost", LOST)
    read_all(line)
    child = copied(world.station)
    grow(world.district, "later", LOST)
    read_all(line)
    restore(world.district, hub)
    restore(world.station, child)
    grow(world.district, "regrown", REGROWN)
    line = Line(world.station)
    entries, _ = came(line)
    assert revoked(world.station, "regrown") == REGROWN
    assert entries <= 3 * (LOST + 100) + REGROWN


def test_a_restored_city_costs_the_tiers_below_it_no_more_than_the_difference(world: World) -> None:
    district, station = Line(world.district), Line(world.station)
    for part in range(MANY // 300):
        grow(world.city, f"kept{part}", 300)
        read_all(district, station)
    copy = copied(world.city)
    grow(world.city, "lost", LOST)
    read_all(district, station)
    restore(world.city, copy)
    grow(world.city, "regrown", REGROWN)
    district_entries, _ = came(district)
    station_entries, resets = came(station)
    assert district_entries <= 3 * (LOST + 300) + REGROWN
    assert (station_entries, resets) == (REGROWN, 0)
    assert revoked(world.city, "lost") == revoked(world.station, "lost") == LOST


def test_a_hub_that_came_back_shorter_than_the_cursor_and_wrote_nothing_is_followed_from_its_end(world: World) -> None:
    line = Line(world.station)
    grow(world.district, "kept", 50)
    read_all(line)
    copy = copied(world.district)
    grow(world.district, "lost", 5)
    read_all(line)
    restore(world.district, copy)
    entries, resets = came(line)
    assert resets == 2
    assert entries <= 55
    assert line.trips() == 1


def test_a_child_that_is_told_of_a_place_it_never_passed_begins_anew(world: World) -> None:
    line = Line(world.station)
    grow(world.district, "kept", 50)
    read_all(line)
    flow = line.side.follow()
    next(flow)
    again = flow.send([Reset("area", (40, "AAAAAAAAAAA"))])
    assert again is not None
    with pytest.raises(StopIteration):
        flow.send([Reset("area", (40, "AAAAAAAAAAA"))])
    assert came(line)[0] == 50


@given(st.lists(st.integers(1, 300), min_size=1, max_size=400))
def test_some_landmark_is_at_most_about_twice_as_far_back_as_any_place_that_was_passed(steps: list[int]) -> None:
    passed, kept, head = [0], list[int](), 0
    for step in steps:
        kept = worth_keeping([*kept, head] if head else kept, head + step)
        head += step
        passed.append(head)
    assert len(kept) <= 2 * head.bit_length() <= LANDMARKS_MAX
    for place in passed[:-1]:
        nearest = max((each for each in kept if each <= place), default=0)
        assert head - nearest <= 4 * (head - place)

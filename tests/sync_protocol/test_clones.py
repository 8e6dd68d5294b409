"""A node that runs twice is noticed by its parent, told to everybody concerned, and never where it runs once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.cloning import CloseAlarm
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from shared_models.roster import STATION
from sync_protocol.commands import NOTHING_OWN
from sync_protocol.core.messages import Pull
from sync_protocol.node import Node
from sync_protocol.store import case_files, clones, state
from sync_protocol.wire.alarm import RaiseAlarm
from sync_protocol.wire.client import Line
from tests.sync_protocol.test_wire import Hub, run, status, sync
from tests.sync_protocol.world import Place, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


def alarms(node: Node) -> list[clones.Alarm]:
    with node.read() as db:
        return clones.open_alarms(db)


def clone_of(place: Place, name: str = "clone") -> Place:
    """The disk of a place copied to another machine, and started there."""
    place.stop()
    shutil.copytree(place.folder, place.folder.parent / name)
    place.start()
    place.node.open()
    copy = replace(place, folder=place.folder.parent / name)
    copy.node.open()
    place.world.places.append(copy)
    return copy


async def in_turn(district: Hub, *places: Place, rounds: int = 2) -> None:
    """They work side by side, each on a line of its own."""
    lines: dict[str, Line] = {str(place.folder): district.line(place) for place in places}
    for _ in range(rounds):
        for place in places:
            await sync(place, lines[str(place.folder)])


def pair(alarm: clones.Alarm) -> set[str]:
    return {alarm.one, alarm.other}


def test_a_cloned_disk_is_noticed_and_told_up_down_and_to_both(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        copy = clone_of(world.station)
        await in_turn(district, world.station, copy)
        expected = {world.station.node.incarnation, copy.node.incarnation}
        (alarm,) = alarms(world.district.node)
        assert (alarm.node, pair(alarm)) == (world.station.node.name, expected)
        await in_turn(district, world.station, copy)
        world.district.sync()
        for place in (world.station, copy, world.city):
            assert [pair(each) for each in alarms(place.node)] == [expected], place.folder
        assert alarms(world.hall.node) == []

    run(story())


def test_the_work_of_both_is_kept_and_nobody_is_said_to_have_forked(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        copy = clone_of(world.station)
        numbers = [world.station.accept(), copy.accept()]
        await in_turn(district, world.station, copy, rounds=3)
        assert [status(world.district, number) for number in numbers] == ["accepted", "accepted"]
        with world.district.node.read() as db:
            assert case_files.aside(db) == []

    run(story())


def test_one_process_with_all_its_lines_breaks_and_restarts_is_never_told_of(world: World) -> None:
    async def story() -> None:
        district, station = Hub(world.district), world.station
        for _ in range(4):
            lines = [district.line(station) for _ in range(3)]
            for line in (*lines, *reversed(lines)):
                await line.ask(Pull({}))
            station.sync()  # as a bundle would, beside the lines
            district.restart()
            await sync(station, lines[0])
            station.restart()
        assert alarms(world.district.node) == []

    run(story())


def test_a_node_that_comes_back_from_a_copy_is_not_told_of(world: World) -> None:
    async def story() -> None:
        district, station = Hub(world.district), world.station
        line = district.line(station)
        await sync(station, line)
        station.stop()
        kept = station.path.read_bytes()
        station.start()
        station.node.open()
        await sync(station, district.line(station))
        station.stop()
        station.path.write_bytes(kept)
        station.start()
        station.node.open()
        for _ in range(3):
            await sync(station, district.line(station))
        assert alarms(world.district.node) == []

    run(story())


def test_an_open_alarm_is_not_raised_again_and_a_closed_one_only_where_both_go_on(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        copy = clone_of(world.station)
        await in_turn(district, world.station, copy, rounds=4)
        district.restart()
        await in_turn(district, world.station, copy, rounds=4)
        (first,) = alarms(world.district.node)
        world.district.node.write(CloseAlarm(first.id, world.station.node.incarnation, "旧电脑已停用", "chief"))
        assert alarms(world.district.node) == []
        for _ in range(3):
            await sync(world.station, district.line(world.station))
        assert alarms(world.district.node) == []
        assert alarms(world.station.node) == []
        for place in (copy, world.station):
            await sync(place, district.line(place))
        (second,) = alarms(world.district.node)
        assert (second.id != first.id, pair(second)) == (True, pair(first))

    run(story())


def test_an_alarm_counts_only_where_its_author_stands_above_the_node(world: World) -> None:
    """A station may write records of its family; it cannot accuse itself, its neighbour or its hub."""

    def written(node: str) -> Draft:
        body = {"node": node, "incarnations": ["a", "b"]}
        return Draft(clones.CLONED, clones.subject_of(node), body, PUBLIC, world.station.area)

    world.station.node.write(Says([written(place.node.name) for place in (world.station, world.hall, world.district)]))
    world.sync_all()
    for place in world.places:
        assert alarms(place.node) == []
    with world.district.node.read() as db:
        assert [reason for _, _, reason in case_files.aside(db)] == ["roster.outside_grant"] * 3


class Says:
    def __init__(self, drafts: list[Draft]) -> None:
        self._drafts = drafts

    def decide(self, view: object) -> list[Draft]:
        return self._drafts


def test_folding_anew_gives_the_same_alarms_and_streams(world: World) -> None:
    district = world.district.node
    district.write(RaiseAlarm(world.station.node.name, "one", "other"))
    district.write(RaiseAlarm(world.hall.node.name, "one", "other"))
    world.sync_all()
    (first, second) = alarms(district)
    district.write(CloseAlarm(first.id, "", "两台都已停用", "chief"))
    before = alarms(district)
    assert before == [second]
    district.rebuild()
    assert alarms(district) == before
    world.sync_all()
    for place in (world.station, world.hall):
        assert [each.id for each in alarms(place.node)] == [each.id for each in before if each.node == place.node.name]


def test_closing_needs_an_open_alarm_and_a_reason(world: World) -> None:
    district = world.district.node
    district.write(RaiseAlarm(world.station.node.name, "one", "other"))
    (alarm,) = alarms(district)
    for asked, code in (
        (CloseAlarm("x" * 43, "", "说明", "chief"), "clones.unknown"),
        (CloseAlarm(alarm.id, "", " ", "chief"), "central.reason_missing"),
        (CloseAlarm(alarm.id, "a third one", "说明", "chief"), "clones.goes_on"),
    ):
        with pytest.raises(Refusal) as refused:
            district.write(asked)
        assert refused.value.code == code
    district.write(CloseAlarm(alarm.id, "one", "说明", "chief"))
    with pytest.raises(Refusal):
        district.write(CloseAlarm(alarm.id, "one", "说明", "chief"))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(("sync", "sync", "new line", "restart", "hub restart")), max_size=12))
def test_whatever_one_machine_goes_through_it_is_never_told_to_run_twice(world: World, steps: list[str]) -> None:
    async def story() -> None:
        district, station = Hub(world.district), world.station
        lines = [district.line(station)]
        for step in steps:
            if step == "sync":
                for line in lines:
                    await sync(station, line)
            elif step == "new line":
                lines.append(district.line(station))
            elif step == "restart":
                station.restart()
                lines = [district.line(station)]
            else:
                district.restart()
        assert alarms(world.district.node) == []

    run(story())


def test_a_joined_neighbour_is_another_node(world: World) -> None:
    async def story() -> None:
        other = world.join("other", "511602001002", STATION, world.district)
        await in_turn(Hub(world.district), world.station, other, rounds=3)
        assert alarms(world.district.node) == []
        with other.node.read() as db:
            assert state.get(db, "last_own", NOTHING_OWN)["incarnation"] == other.node.incarnation

    run(story())

"""A station's folder is copied to a second machine while it runs: both work on, and the city's page tells of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.processes import Process
from deploy.visitor import Visitor
from tests.free_port import free_port
from tests.journeys.nodes import ADMIN, PASSWORD, Clerk, command, delivered, found_city, new_station, until


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Process]:
    started = found_city(tmp_path)
    yield started
    started.stop()


def copy_of(station: Process, folder: Path) -> Process:
    """The same data on another machine, which listens elsewhere."""
    shutil.copytree(station.folder, folder)
    port = free_port()
    settings = folder / "settings.json"
    settings.write_text(settings.read_text().replace(f'"port": {station.port}', f'"port": {port}'))
    return Process(station.place, folder, port, litestream=False)


TWICE = "有两份同时在运行"


def shown(node: Process, path: str) -> str:
    """A page of a node, as its administrator sees it."""
    with Visitor(node.address) as visitor:
        visitor.login(ADMIN.login, PASSWORD)
        return visitor.get(path).text


def accepted(station: Process) -> str:
    with Clerk(station) as clerk:
        return clerk.accept()


def told(node: Process, path: str) -> None:
    until(lambda: TWICE in shown(node, path), f"{node.folder.name} tells of it at {path}", 60)


def test_a_copied_station_raises_the_alarm_and_the_work_of_both_arrives(city: Process, tmp_path: Path) -> None:
    station = new_station(city, tmp_path, "station", "511602001001")
    copy = copy_of(station, tmp_path / "copy")
    station.start()
    try:
        first = accepted(station)
        until(lambda: delivered(station), "the first station delivers")
        assert TWICE not in shown(city, "/held")
        copy.start()
        try:
            second = accepted(copy)
            until(lambda: delivered(copy), "the copy delivers")
            third = accepted(station)
            told(city, "/held")
            until(lambda: delivered(station) and delivered(copy), "both have delivered")
            told(station, "/status")
            told(copy, "/status")
            for name, each in (("tongban-hub", city), ("tongban-station", station)):
                said = command(name, "doctor", each.folder)
                assert TWICE in said.stdout + said.stderr, said
            for number in (first, second, third):
                assert number in shown(city, f"/cases/{number}")
        finally:
            copy.stop()
    finally:
        station.stop()


def test_a_station_that_is_killed_and_restarted_again_and_again_raises_none(city: Process, tmp_path: Path) -> None:
    station = new_station(city, tmp_path, "station", "511602001001")
    for _ in range(3):
        station.start()
        accepted(station)
        until(lambda: delivered(station), "the station delivers")
        station.kill()
    station.start()
    until(lambda: delivered(station), "the station delivers")
    assert TWICE not in shown(city, "/held")
    station.stop()

"""A district's machine is gone for good: its station moves to the city, as the operations page says, and works on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.places import Place
from deploy.processes import Process, run
from deploy.visitor import Visitor
from tests.free_port import free_port
from tests.journeys.nodes import (
    ADMIN,
    CLERK,
    PASSWORD,
    Clerk,
    command,
    delivered,
    found_city,
    invite,
    new_station,
    one_sentence,
    until,
)

AREA = "511602001001"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Process]:
    started = found_city(tmp_path)
    yield started
    started.stop()


def new_district(city: Process, folder: Path) -> Process:
    port = free_port()
    place = Place("district", "tongban-hub", "district", "511602", "广安区", port, "", (CLERK, ADMIN))
    district = Process(place, folder / "district", port, litestream=False)
    run("tongban-hub", "init", str(district.folder), "--tier", "district", "--port", str(port))
    run("tongban-hub", "join", str(district.folder), invite(city, "511602", "广安区政务服务中心"))
    run("tongban-hub", "account", "add", str(district.folder), "--login", ADMIN.login, "--name", ADMIN.name, "--role",
        "admin", "--password-stdin", typed=f"{PASSWORD}\n")  # fmt: skip
    return district


def accepted(station: Process) -> str:
    with Clerk(station) as clerk:
        return clerk.accept()


def shown(node: Process, path: str) -> str:
    with Visitor(node.address) as visitor:
        visitor.login(ADMIN.login, PASSWORD)
        return visitor.get(path).text


def test_a_station_whose_district_died_moves_to_the_city_with_all_its_cases(city: Process, tmp_path: Path) -> None:
    district = new_district(city, tmp_path)
    district.start()
    station = new_station(district, tmp_path, "station", AREA)
    station.start()
    until(lambda: station.status()["catalogue_version"], "the catalogue comes down", 60)
    first = accepted(station)
    until(lambda: delivered(station) and delivered(district), "everything is at the city", 60)
    district.kill()
    alone = accepted(station)
    station.stop()

    wrong = invite(city, "511602001002")
    refused = command("tongban-station", "move", station.folder, wrong)
    assert "区划" in one_sentence(refused)

    text = invite(city, AREA)
    done = command("tongban-station", "move", station.folder, text)
    assert done.returncode == 0, done.stderr
    again = command("tongban-station", "move", station.folder, text)
    assert again.returncode == 0, again.stderr
    before = command("tongban-station", "status", station.folder, "--json")
    assert '"acknowledged":0' in before.stdout

    station.start()
    try:
        until(lambda: delivered(station), "the city has signed for everything", 60)
        for number in (first, alone):
            assert number in shown(city, f"/cases/{number}")
            with Clerk(station) as clerk:
                assert "市已存" in clerk.get(f"/cases/{number}").text
        assert AREA in shown(city, "/nodes")

        district.start()
        until(lambda: "已改接其他中心" in shown(district, "/nodes"), "the old district learns of it", 60)
        district.stop()
    finally:
        station.stop()

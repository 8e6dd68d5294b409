"""A resident moves: the case that one station accepted is continued at another one, over three tiers of processes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from deploy.processes import Process
from deploy.visitor import Visitor
from shared_models.identifiers import case_number, parse_case_number
from tests.journeys.nodes import (
    ADMIN,
    PASSWORD,
    Clerk,
    found_city,
    hub_below,
    jpeg,
    new_station,
    until,
)

DISTRICT, HERE, THERE = "511603", "511602001001", "511603001001"
NAME = "李秀英"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Process]:
    process = found_city(tmp_path)
    yield process
    process.stop()


def test_a_case_is_asked_for_by_its_number_continued_and_given_back(city: Process, tmp_path: Path) -> None:
    started = [hub_below(city, tmp_path, "district", DISTRICT)]
    try:
        started[0].start()
        started.append(new_station(city, tmp_path, "accepting", HERE))
        started.append(new_station(started[0], tmp_path, "other", THERE))
        for process in started[1:]:
            process.start()
        with Clerk(started[1]) as here, Clerk(started[2]) as there:
            _continued(city, here, there)
    finally:
        for process in started:
            process.stop()


def _continued(city: Process, here: Clerk, there: Clerk) -> None:
    number = here.accept(files=[here.first_file(jpeg(3000))])
    found = there.submit(there.get("/"), "/search", {"scan": number})
    assert found.status == 404
    assert f"/cases/{number}/continue" in found.source
    asking = there.get(f"/cases/{number}/continue")
    refused = there.submit(asking, f"/cases/{number}/continue", {"reason": "other", "note": ""})
    assert refused.status == 422
    there.submit(asking, f"/cases/{number}/continue", {"reason": "moved", "note": "搬到城东"})

    until(lambda: NAME in there.get(f"/cases/{number}").text, "the case has come to the other station", 60)
    page = there.get(f"/cases/{number}")
    assert "居民搬迁" in page.text
    until(lambda: "文件不在本站" not in there.get(f"/cases/{number}").text, "its photo has followed it", 60)
    until(lambda: "搬到城东" in here.get(f"/cases/{number}").text, "the accepting station sees who asked, and why", 60)
    with Visitor(city.address) as supervisor:
        supervisor.login(ADMIN.login, PASSWORD)
        assert number in supervisor.get("/pulls").text
        assert "由谁持有" in supervisor.get(f"/cases/{number}").text

    there.submit(page, f"/cases/{number}/release", {})
    until(lambda: NAME not in there.get(f"/cases/{number}").text, "the case is gone from the other station", 60)
    assert number not in there.get("/cases").text
    assert here.has(number)


def test_a_number_that_nobody_knows_is_said_to_be_unknown(city: Process, tmp_path: Path) -> None:
    station = new_station(city, tmp_path, "station", HERE)
    station.start()
    try:
        with Clerk(station) as clerk:
            _unknown(clerk)
    finally:
        station.stop()


def _unknown(clerk: Clerk) -> None:
    number = _another(clerk.accept())
    path = f"/cases/{number}/continue"
    clerk.submit(clerk.get(path), path, {"reason": "nearby", "note": ""})
    until(lambda: "目前没有这个编号的办件" in clerk.get(path).text, "the city has answered", 60)
    clerk.submit(clerk.get(path), f"/cases/{number}/release", {"reason": ""})
    assert "已退还" in clerk.get(path).text


def _another(number: str) -> str:
    """A number in good order that was never given."""
    return case_number(parse_case_number(number).area, date(2026, 1, 5), "abcdefghabcdefgh", 7)

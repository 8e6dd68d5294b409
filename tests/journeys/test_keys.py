"""Keys of real processes: changed by command and by themselves, with kills in between; and a station that was away."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.processes import Process, program
from shared_models.cases import CaseFile
from sync_protocol.host import runtime
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.keyring import Keyring
from sync_protocol.host.runtime import Runtime
from sync_protocol.lapsing import HOUR_MS, Listener
from sync_protocol.node import Node
from sync_protocol.store import case_files, holding
from tests.journeys.nodes import (
    ROOT,
    Clerk,
    command,
    delivered,
    found_city,
    hub_below,
    new_station,
    until,
)

DAY_MS = 24 * HOUR_MS
PATIENCE = 90.0
"""A change of a key by itself is looked for a few seconds after the start, which a busy machine makes longer."""


@contextmanager
def opened(process: Process) -> Iterator[Runtime]:
    """The node of a process that does not run, as a command opens it."""
    folder = DataFolder(process.folder)
    with folder.locked():
        found = runtime.open_joined(folder, Keyring.open(process.folder), litestream=False)
        try:
            yield found
        finally:
            found.close()


def sound(process: Process) -> dict[str, list[str]]:
    """What the doctor says, check -> codes: nothing is wrong."""
    done = command(process.place.command, "doctor", process.folder, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, list[str]] = {}
    for each in json.loads(done.stdout)["findings"]:
        found.setdefault(each["check"], []).append(each["code"])
    return found


def key_known(hub: Process, node: str) -> bytes:
    """The key by which a hub that does not run knows a node."""
    with opened(hub) as found:
        return found.node.roster.members[node].public


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Process]:
    made = found_city(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def station(city: Process, tmp_path: Path) -> Iterator[Process]:
    made = new_station(city, tmp_path, "station", "511602001001")
    yield made
    made.stop()


def agree(city: Process, station: Process) -> None:
    """Both know the same key, everything has arrived, and nothing is held."""
    until(partial(delivered, station), "everything has arrived", PATIENCE)
    city.stop()
    station.stop()
    with opened(station) as here:
        mine = here.node.keys.public
        assert here.keyring.later_node_keys() == here.node.pairs[1:]
        name = here.node.name
    assert key_known(city, name) == mine
    with opened(city) as there, there.node.read() as db:
        assert holding.waiting(db) == 0
        assert holding.forks(db) == []
    assert "keys.key_good" in sound(station)["key"]


def test_a_station_that_is_killed_while_it_is_told_to_change_its_key_goes_on(city: Process, station: Process) -> None:
    station.start()
    with Clerk(station) as clerk:
        number = clerk.accept()
    for pause in (0.0, 0.6, 1.2):
        told = subprocess.Popen(
            [*program("tongban-station"), "rotate-key", str(station.folder)], cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(pause)  # not a wait: the moment of the kill is what is tried
        station.kill()
        told.wait(60)
        station.start()
    done = command("tongban-station", "rotate-key", station.folder, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["keys"] >= 2
    with Clerk(station) as clerk:
        assert clerk.has(number)
        clerk.accept()
    agree(city, station)


def grow_old(station: Process, days: int) -> None:
    """The station's first process started so many days ago, by its clock."""
    with opened(station) as found:
        node, then = found.node, time.time_ns() // 1_000_000 - days * DAY_MS
        old = Node(
            found.database, found.vault, node.first, found.settings.root, found.settings.city, hub=False,
            now=lambda: then, entropy=os.urandom,
        )  # fmt: skip
        old.open()


def life(process: Process) -> dict[str, Any]:
    found: dict[str, Any] = process.status()["life"]
    return found


def test_a_key_at_its_end_is_changed_by_itself_whatever_is_killed_meanwhile(city: Process, station: Process) -> None:
    grow_old(station, 362)
    for seconds in (4.8, 5.0, 5.3):  # its first look at the key is five seconds after the start
        station.start()
        time.sleep(max(0.0, seconds - 1.0))  # not a wait: the moment of the kill is what is tried
        station.kill()
    station.start()
    until(lambda: life(station)["key_days_used"] == 0, "it has another key", PATIENCE)
    assert life(station)["key_days_left"] == 365
    with Clerk(station) as clerk:
        clerk.accept()
    agree(city, station)


# ---------------------------------------------------------------- away for too long


def away(hub: Process, parent: str, hours: int) -> list[str]:
    """So many hours of listening at a hub that does not run, in which it heard its own hub alone."""
    with opened(hub) as found:
        found.node.open()
        listener = Listener(found.node, parent)
        return [name for hour in range(hours) for name in listener.tick(HOUR_MS, hour + 1)]


def state_of(process: Process, number: str) -> CaseFile | None:
    with opened(process) as found, found.node.read() as db:
        card = case_files.load(db, found.vault, number)
        return card.case if card else None


def told(process: Process, *arguments: str) -> Any:
    done = command("tongban-hub", *arguments[:2], process.folder, *arguments[2:], "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def shows(clerk: Clerk, number: str, words: str) -> Callable[[], bool]:
    return lambda: words in clerk.get(f"/cases/{number}").text


def test_a_station_that_was_away_for_too_long_is_held_renewed_and_ratified(city: Process, tmp_path: Path) -> None:
    district = hub_below(city, tmp_path, "district", "511602")
    station: Process | None = None
    try:
        district.start()
        station = new_station(district, tmp_path, "station", "511602001001")
        station.start()
        _away_and_back(city, district, station)
    finally:
        district.stop()
        if station is not None:
            station.stop()


def _away_and_back(city: Process, district: Process, station: Process) -> None:
    with Clerk(station, home="district") as clerk:
        until(lambda: delivered(station) and delivered(district), "the beginning has arrived", PATIENCE)
        node = station.status()["node"]
        assert told(district, "node", "terms", node, "--offline-days", "1")["offline_days"] == 1
        until(lambda: life(station)["offline_days"] == 1, "the station knows its terms", PATIENCE)
        parent = city.status()["node"]
        district.stop()
        assert away(district, parent, 30) == [node]
        late = [clerk.accept() for _ in range(2)]
        district.start()
        until(shows(clerk, late[0], "待处理"), "the case waits for a ruling", PATIENCE)
        until(lambda: life(station)["lapsed"], "the station was told", PATIENCE)
        assert "已超期暂停" in clerk.get("/status").text
        until(lambda: delivered(station), "it delivers all the same", PATIENCE)
        assert told(district, "node", "renew", node, "--reason", "已到站核实")["held"] >= 2
        ratified = told(district, "held", "ratify", node, "--reason", "逐条核实", "--yes")
        assert (ratified["ratified"] >= 2, ratified["left"]) == (True, 0)
        last = clerk.accept()
        for number in (*late, last):
            until(shows(clerk, number, "市已存"), "it is in force everywhere", PATIENCE)
        until(lambda: delivered(district) and not life(station)["lapsed"], "everything has arrived", PATIENCE)
    for process in (station, district, city):
        process.stop()
    for number in (*late, last):
        states = [state_of(process, number) for process in (station, district, city)]
        assert states[0] is not None
        assert states[1:] == [states[0], states[0]]
    assert sound(station)["contact"] == ["keys.own_heard"]

"""After an order no byte of what was erased is in any file of any node, nor in any replica, whatever was killed when.

Real nodes with real Litestream. What is looked for: the resident's words in every spelling, and the bytes in which they
lay sealed in database, WAL, replica, attachments and mirror before.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.places import Person
from deploy.processes import Process, run
from deploy.visitor import Visitor
from shared_models.identifiers import parse_case_number
from tests.journeys.nodes import (
    CITY_AREA,
    PASSWORD,
    Clerk,
    command,
    delivered,
    found_city,
    jpeg,
    new_station,
    until,
)  # fmt: skip

SECOND = Person("jiandu", "监督员", "supervisor")
BASIS = "个人信息保护法第四十七条"
PATTERN = 24
"""Bytes of a pattern: of random-looking bytes so many do not come twice by chance."""


@dataclass
class Pair:
    """A city and a station below it, both with Litestream."""

    city: Process
    station: Process

    @property
    def both(self) -> tuple[Process, Process]:
        return self.city, self.station


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    first = found_city(tmp_path)
    run("tongban-hub", "account", "add", str(first.folder), "--login", SECOND.login, "--name", SECOND.name, "--role",
        "supervisor", "--password-stdin", typed=f"{PASSWORD}\n")  # fmt: skip
    station = new_station(first, tmp_path, "station", f"{CITY_AREA}02001001", litestream=True)
    first.stop()
    city = Process(first.place, first.folder, first.port, litestream=True)
    made = Pair(city, station)
    try:
        for each in made.both:
            each.start()
        until(lambda: station.status()["catalogue_version"] == 1, "the catalogue arrives")
        yield made
    finally:
        for each in (*made.both, first):
            each.kill()


# ---------------------------------------------------------------- acts


def a_case(pair: Pair, photo: bytes) -> str:
    """A case with a photo that the city holds, too."""
    with Clerk(pair.station) as clerk:
        number = clerk.accept([clerk.first_file(photo)])
    until(lambda: delivered(pair.station), "the case goes up")
    until(lambda: all(each in files(pair.city) for each in files(pair.station)), "the photo goes up")
    until(lambda: not any(each.endswith(".part") for each in files(pair.city)), "all of the photo is there")
    return number


def files(node: Process) -> set[str]:
    return {path.name for path in (node.folder / "attachments").iterdir()}


def order(pair: Pair, number: str) -> None:
    """One person proposes at the terminal, another one confirms on the page."""
    run(
        "tongban-hub",
        "erasure",
        "order",
        str(pair.city.folder),
        "--case",
        number,
        "--reason",
        "request",
        "--basis",
        BASIS,
    )
    with Visitor(pair.city.address) as supervisor:
        supervisor.login(SECOND.login, PASSWORD)
        page = supervisor.get("/erasures")
        assert parse_case_number(number).text in page.text
        assert "删除令已签发" in supervisor.submit(page, "/confirm", {}).text


def report(pair: Pair, number: str) -> list[dict[str, Any]]:
    found = json.loads(run("tongban-hub", "erasure", "report", str(pair.city.folder), "--json"))
    (nodes,) = [order["nodes"] for order in found if order["subject"] == f"case/{number}"]
    return list(nodes)


def all_confirmed(pair: Pair, number: str) -> bool:
    return [(each["state"], each["replica"]) for each in report(pair, number)] == [("done", "gone")] * 2


# ---------------------------------------------------------------- what is looked for


def sealed_bytes(node: Process) -> set[bytes]:
    """Patterns out of everything that lies sealed here about any case: bodies, cards, files."""
    found: list[bytes] = []
    with sqlite3.connect(f"file:{node.folder / 'tongban.db'}?mode=ro", uri=True) as db:
        found += [
            bytes(body)
            for header, body in db.execute("SELECT header, body FROM record WHERE body IS NOT NULL")
            if b'"kind":"case.' in bytes(header)
        ]
        found += [bytes(row[0]) for row in db.execute("SELECT card FROM case_file WHERE status <> 'erased'")]
    found += [path.read_bytes() for path in (node.folder / "attachments").iterdir()]
    return {blob[at : at + PATTERN] for blob in found for at in range(0, len(blob) - PATTERN, max(64, len(blob) // 40))}


def lies_everywhere(node: Process, patterns: set[bytes]) -> bool:
    """In WAL or database, attachments, Litestream's notes, the replica, and the mirror."""
    found = files_with(node.folder, patterns)
    starts = ("tongban.db", "attachments/", "litestream/", "replica/0", "replica/attachments/")
    return all(any(each.startswith(start) for each in found) for start in starts)


def files_with(folder: Path, patterns: set[bytes]) -> list[str]:
    hits = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # Litestream has just merged it into another one
            continue
        if any(pattern in content for pattern in patterns):
            hits.append(str(path.relative_to(folder)))
    return hits


def test_no_byte_of_an_erased_case_is_left_in_any_file_or_replica(pair: Pair) -> None:
    number = a_case(pair, jpeg(300_000))
    before = {node.place.key: sealed_bytes(node) for node in pair.both}
    for node in pair.both:
        until(partial(lies_everywhere, node, before[node.place.key]), f"all of {node.folder} holds it")
    order(pair, number)
    until(lambda: all_confirmed(pair, number), "both nodes have erased it", 60)
    for node in pair.both:
        assert files_with(node.folder, before[node.place.key]) == []
        assert files(node) == set()
    with Clerk(pair.station) as clerk:
        assert "依法删除，个人信息不再保存" in clerk.get(f"/cases/{number}").text
        assert f"办件 {number}：" in clerk.get("/status").text
        again = clerk.accept()
    until(lambda: delivered(pair.station), "work goes on")
    for node in pair.both:
        assert json.loads(run(node.place.command, "doctor", str(node.folder), "--json"))["good"]
        node.stop()
        restored(node)
        assert files_with(node.folder, before[node.place.key]) == []
        node.start()
    with Clerk(pair.station) as clerk:
        assert clerk.has(again)


def restored(node: Process) -> None:
    done = command(node.place.command, "restore", node.folder, "--replace")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_station_that_is_killed_while_it_erases_goes_on_at_its_next_start(pair: Pair) -> None:
    folder = pair.station.folder
    beside = folder / ".tongban.db-litestream"

    def generations() -> int:
        return sum(path.is_dir() and path.name != "attachments" for path in (folder / "replica").iterdir())

    moments = {
        "the tables are clear": lambda: pending(pair.station),
        "Litestream has let go": lambda: not any((folder / "litestream").glob("*")),
        "a new generation begins": lambda: generations() > 1,
        "Litestream has taken it up": beside.exists,
        "the old generations go": lambda: generations() == 1 and beside.exists(),
    }
    for what, reached in moments.items():
        number = a_case(pair, jpeg(60_000, what.encode()))
        before = {node.place.key: sealed_bytes(node) for node in pair.both}
        order(pair, number)
        until(reached, what, 30)
        pair.station.kill()
        pair.station.start()
        until(partial(all_confirmed, pair, number), f"both nodes have erased it, killed as {what}", 60)
        for node in pair.both:
            assert files_with(node.folder, before[node.place.key]) == [], what


def pending(node: Process) -> bool:
    with sqlite3.connect(f"file:{node.folder / 'tongban.db'}?mode=ro", uri=True) as db:
        return bool(db.execute("SELECT 1 FROM erasure_work WHERE pending > 0").fetchone())


def test_a_database_that_a_restore_set_aside_is_cleaned_too(pair: Pair) -> None:
    number = a_case(pair, jpeg(60_000))
    before = {node.place.key: sealed_bytes(node) for node in pair.both}
    pair.station.stop()
    restored(pair.station)
    aside = pair.station.folder / "tongban.db.replaced"
    assert files_with(aside.parent, before["station"])
    pair.station.start()
    order(pair, number)
    until(lambda: all_confirmed(pair, number), "both nodes have erased it", 60)
    assert files_with(pair.station.folder, before["station"]) == []
    assert aside.exists(), "what is not of the case stays as evidence"

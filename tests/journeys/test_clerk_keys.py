"""A clerk's key in real processes: named at the first form, listed and revoked at the hub, ended though the process is
killed between the account and the log."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.processes import Failed, Process
from deploy.visitor import Visitor
from sync_protocol.host.operator import is_running
from sync_protocol.store.database import Database
from tests.journeys.nodes import (
    ADMIN,
    CLERK,
    PASSWORD,
    Clerk,
    command,
    delivered,
    found_city,
    new_station,
    one_sentence,
    until,
)

NEXT = "another one, long enough"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    running = found_city(tmp_path_factory.mktemp("city"))
    yield running
    running.stop()


def said(node: Process, name: str, *arguments: str) -> Any:
    done = command(name, *arguments[:2], node.folder, *arguments[2:], "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def person(station: Process) -> dict[str, Any]:
    everybody = said(station, "tongban-station", "account", "list")["people"]
    return next(each for each in everybody if each["login"] == CLERK.login)


def listed(city: Process, actor: str) -> dict[str, Any]:
    found = said(city, "tongban-hub", "clerk", "list")["clerks"]
    return next((each for each in found if each["actor"] == actor), {})


def kinds(station: Process) -> list[str]:
    """The kinds of all that the station holds, from an export of records: its own among them."""
    done = command("tongban-station", "records", "export", station.folder)
    assert done.returncode == 0, done.stderr
    return [kind for kind in map(kind_of, done.stdout.splitlines()) if kind.startswith("node.clerk")]


def kind_of(line: str) -> str:
    header = json.loads(base64.b64decode(json.loads(line)["payload"]))
    return str(header["kind"])


def test_a_clerk_is_listed_by_id_and_revoked_while_the_station_is_offline(city: Process, tmp_path: Path) -> None:
    station = new_station(city, tmp_path, "station", "511602001001")
    station.start()
    try:
        with Clerk(station) as clerk:
            before = clerk.accept()
            until(lambda: delivered(station), "the station delivers")
            me = person(station)
            found = listed(city, me["actor"])
            assert (found["key"], found["state"]) == (me["key"], "active")
            city.stop()
            command("tongban-hub", "clerk", "revoke", city.folder, found["node"], me["actor"], "--reason", "离职")
            behind = clerk.accept()
            city.start()
            until(lambda: clerk.get("/cases").url.endswith("/cases") is False, "the station hears of it", 60)
            assert "上级中心已撤销您的办理资格" in clerk.get("/cases").text
        until(lambda: delivered(station), "the station delivers what it has")
        with Visitor(city.address) as visitor:
            visitor.login(ADMIN.login, PASSWORD)
            text = visitor.get("/held").text
        assert behind in text
        assert before not in text
        assert "经办人已被撤销" in text
        assert person(station)["state"] == "revoked"
        with Visitor(station.address) as visitor, pytest.raises(Failed):
            visitor.login(CLERK.login, PASSWORD)
        again = command("tongban-hub", "clerk", "revoke", city.folder, found["node"], me["actor"], "--reason", "离职")
        assert "此前已被撤销" in one_sentence(again)
    finally:
        station.stop()


def test_a_key_ends_in_the_log_once_however_often_the_process_is_killed(city: Process, tmp_path: Path) -> None:
    station = new_station(city, tmp_path, "killed", "511602001002")
    station.start()
    with Clerk(station) as clerk:
        clerk.accept()
    station.kill()
    reset = command("tongban-station", "account", "password", station.folder, CLERK.login, "--password-stdin",
                    typed=f"{NEXT}\n")  # fmt: skip
    assert reset.returncode == 0, reset.stderr
    assert kinds(station) == ["node.clerk_admitted", "node.clerk_mandate"]
    for moment in (is_running, opened_anew(station), opened_anew(station)):
        station.start(wait=False)  # the account says that the key ended; when this is over, the log may or may not
        until(partial(moment, station.folder), "the process begins its work")
        station.kill()
    station.start()
    try:
        until(lambda: kinds(station).count("node.clerk_ended") == 1, "the log says that the key ended")
        with Clerk(station, password=NEXT) as clerk:
            clerk.accept()
        assert kinds(station)[2:] == ["node.clerk_ended", "node.clerk_admitted", "node.clerk_mandate"]
        until(lambda: delivered(station), "the station delivers")
        with Visitor(city.address) as visitor:
            visitor.login(ADMIN.login, PASSWORD)
            assert station.folder.name not in visitor.get("/held").text
    finally:
        station.stop()


def opened_anew(station: Process) -> Callable[[Path], bool]:
    """Whether another process has begun to write, since this was asked last."""
    before = records_in(station.folder)

    def more(folder: Path) -> bool:
        nonlocal before
        last, before = before, records_in(folder)
        return before > last

    return more


def records_in(folder: Path) -> int:
    with Database(folder / "tongban.db", litestream=True) as database, database.read() as db:
        return int(db.execute("SELECT count(*) FROM record").fetchone()[0])

"""Single nodes as real processes, for what goes wrong at one of them: a city hub, stations right below it, a clerk.

A whole demonstration is in `deploy`; here a node is set up in a second, runs without Litestream unless asked, and its
commands are run as processes of their own, so that exit codes and what stands on stderr are those of a terminal.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from deploy import catalogue
from deploy.calendar_data import calendar_from_package
from deploy.places import Person, Place
from deploy.processes import Process, program, run
from deploy.visitor import Page, Upload, Visitor
from shared_models.canonical import encode
from shared_models.catalogue import FormField, Item, Situation
from sync_protocol.host.web import SESSION
from sync_protocol.store import accounts
from sync_protocol.store.database import Database
from tests.free_port import free_port

ROOT = Path(__file__).parents[2]
CITY_AREA = "5116"
PASSWORD = "long enough to pass"
CLERK, ADMIN = Person("chuangkou", "窗口人员", "clerk"), Person("admin", "管理员", "admin")
RESIDENT = {"name": "李秀英", "id_number": "511602196803152328", "phone": "13800001234", "address": "浓洄街道东街 1 号"}
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000")
COMMAND_SECONDS_MAX = 60


def jpeg(size: int, filler: bytes = b"photo ") -> bytes:
    """Bytes that begin and end as a photo does."""
    body = size - len(JPEG) - 2
    return JPEG + (filler * (body // len(filler) + 1))[:body] + b"\xff\xd9"


def until(true: Callable[[], Any], what: str, seconds: float = 20.0) -> None:
    """Waits for something that takes a moment."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def command(name: str, *arguments: str | Path, typed: str = "", **how: Any) -> subprocess.CompletedProcess[str]:
    """One of our two programs, as from a terminal: its exit code and what it printed."""
    return subprocess.run(
        [*program(name), *map(str, arguments)], cwd=ROOT, input=typed, capture_output=True, text=True,
        timeout=COMMAND_SECONDS_MAX, check=False, **how,
    )  # fmt: skip


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    """What a refused command said: exit code 1, and one line on stderr that ends as a sentence does."""
    assert done.returncode == 1, f"exit code {done.returncode}: {done.stdout}{done.stderr}"
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].endswith("。"), lines[0]
    assert not done.stdout, done.stdout
    return lines[0]


# ---------------------------------------------------------------- nodes


def _process(folder: Path, key: str, name: str, tier: str, area: str, *, litestream: bool) -> Process:
    place = Place(key, name, tier, area, f"{area} {key}", free_port(), "", (CLERK, ADMIN))
    return Process(place, folder / key, place.port, litestream=litestream)


def found_city(folder: Path, key: str = "city", *, published: bool = True) -> Process:
    """A city hub that runs, with an administrator; with the starter catalogue unless told otherwise."""
    city = _process(folder, key, "tongban-hub", "city", CITY_AREA, litestream=False)
    run("tongban-hub", "init", str(city.folder), "--tier", "city", "--area", CITY_AREA, "--name", "广安市政务服务中心",
        "--port", str(city.port))  # fmt: skip
    run("tongban-hub", "account", "add", str(city.folder), "--login", ADMIN.login, "--name", ADMIN.name, "--role",
        "admin", "--role", "officer", "--password-stdin", typed=f"{PASSWORD}\n")  # fmt: skip
    if published:
        calendar = folder / "calendar.json"
        calendar.write_bytes(encode(calendar_from_package(2024, 2026)))
        run("tongban-hub", "calendar", "publish", str(city.folder), str(calendar))
        files = map(str, catalogue.write_files(folder / "catalogue"))
        run("tongban-hub", "catalogue", "import", str(city.folder), *files, "--submit")
        run("tongban-hub", "catalogue", "review", "approve", str(city.folder), "--all", "--login", ADMIN.login,
            "--password-stdin", typed=f"{PASSWORD}\n")  # fmt: skip
        run("tongban-hub", "catalogue", "publish", str(city.folder))
    city.start()
    return city


def invite(hub: Process, area: str, name: str = "社区服务站") -> str:
    """The text of an invitation of a hub."""
    return run("tongban-hub", "invite", str(hub.folder), "--area", area, "--name", name).strip()


def hub_below(hub: Process, folder: Path, key: str, area: str) -> Process:
    """A district hub that joined the hub above it; not started."""
    below = _process(folder, key, "tongban-hub", "district", area, litestream=False)
    run("tongban-hub", "init", str(below.folder), "--tier", "district", "--port", str(below.port))
    run("tongban-hub", "join", str(below.folder), invite(hub, area, "区政务服务中心"))
    return below


def blank_station(folder: Path, key: str, area: str, *options: str, litestream: bool = False) -> Process:
    """A station that was set up and has joined nobody yet."""
    station = _process(folder, key, "tongban-station", "station", area, litestream=litestream)
    run("tongban-station", "init", str(station.folder), "--port", str(station.port), *options)
    return station


def new_station(hub: Process, folder: Path, key: str, area: str, *options: str, litestream: bool = False) -> Process:
    """A station below a hub, with a clerk and an administrator; not started."""
    station = blank_station(folder, key, area, *options, litestream=litestream)
    run("tongban-station", "join", str(station.folder), invite(hub, area), *options)
    for person in (CLERK, ADMIN):
        run("tongban-station", "account", "add", str(station.folder), "--login", person.login, "--name", person.name,
            "--role", person.role, "--password-stdin", *options, typed=f"{PASSWORD}\n")  # fmt: skip
    return station


def delivered(node: Process) -> bool:
    """Whether the parent holds everything that a node wrote."""
    status = node.status()
    return bool(status["acknowledged"] == status["journal"])


# ---------------------------------------------------------------- at the counter


def some_item(home: str) -> tuple[Item, Situation]:
    """An item that is concluded at a tier, with fields of its own, whose situation needs two materials or more."""
    for item in catalogue.load():
        for situation in item.situations:
            needed = [m for m in item.materials if m.code in situation.materials and m.required]
            if item.home == home and len(needed) >= 2 and item.fields and not any(m.waived_by for m in needed):
                return item, situation
    raise AssertionError(f"the starter catalogue has no such item for {home}")


class Clerk(Visitor):
    """A clerk at the counter of a station, who takes in one item all day long: one that the city concludes, so that
    the city keeps its photos."""

    def __init__(
        self, station: Process, resident: dict[str, str] = RESIDENT, *, password: str = PASSWORD, home: str = "city"
    ) -> None:
        super().__init__(station.address)
        self.station = station
        self.item, self.situation = some_item(home)
        self.resident = resident
        self.password = password
        self.login(CLERK.login, password)

    @property
    def path(self) -> str:
        return f"/items/{self.item.code}/apply?situation={self.situation.code}"

    def form(self) -> Page:
        return self.get(self.path)

    def typed(self, action: str = "accept", **changed: str) -> dict[str, str]:
        """Everything that the form asks for."""
        return {
            **self.resident,
            **{f"field.{field.code}": _sample(field) for field in self.item.fields},
            **{f"material.{code}": "received" for code in self.situation.materials},
            "action": action,
            **changed,
        }

    def send(self, changed: dict[str, str] | None = None, files: Sequence[tuple[str, Upload]] = ()) -> Page:
        """The form, filled in, with what is to be different, and sent."""
        return self.submit(self.form(), f"/items/{self.item.code}/apply", self.typed(**(changed or {})), files)

    def away_for_an_hour(self) -> None:
        """The session runs out, as it does when nobody has asked for anything for an hour."""
        (token,) = [value for name, value in self._client.cookies.items() if name.startswith(SESSION)]
        past_ms = time.time_ns() // 1_000_000 - 3_600_000
        with Database(self.station.folder / "tongban.db", litestream=True) as database:
            database.write(lambda db: accounts.touch_session(db, token, past_ms, past_ms + 1))

    def first_file(self, content: bytes, name: str = "证.jpg", kind: str = "image/jpeg") -> tuple[str, Upload]:
        """A file for the first material."""
        return f"file.{self.situation.materials[0]}", (name, content, kind)

    def accept(self, files: Sequence[tuple[str, Upload]] = ()) -> str:
        """The number of a case whose receipt was shown."""
        page = self.send(files=files)
        number = number_on(page)
        assert number, f"{page.status} {page.url} {page.text[:300]}"
        return number

    def has(self, number: str) -> bool:
        """Whether the station shows this case."""
        return self.get(f"/cases/{number}").status == 200


def number_on(page: Page) -> str:
    """The case number of a receipt page; "" for another page."""
    found = re.search(r"/cases/([^/]+)/receipt$", page.url)
    return found[1] if found and page.status == 200 else ""


def _sample(field: FormField) -> str:
    plain = {"number": "2", "date": "2026-10-01", "phone": "13800001234", "id_number": RESIDENT["id_number"]}
    return field.choices[0] if field.type == "choice" else plain.get(field.type, "如实填写")

"""Setting up the demonstration: folders, keys, invitations, accounts, calendar; and finding it all again later."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from deploy.calendar_data import calendar_from_package
from deploy.catalogue import SAMPLES
from deploy.places import CITY, CIVIL_AFFAIRS, CIVIL_AFFAIRS_NAME, LOW_INCOME, LOW_INCOME_NAME, PLACES, REVIEWER, Place
from deploy.processes import Failed, Process, run

FIRST_CALENDAR_YEAR, LAST_CALENDAR_YEAR = 2024, 2026
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
Say = Callable[[str], None]


class Demo:
    """The four processes and their logins, below one data folder. `shift` moves all ports, for a second one."""

    def __init__(self, folder: Path, *, shift: int = 0, litestream: bool = True) -> None:
        self.folder = folder
        self.processes = {
            place.key: Process(place, folder / place.key, place.port + shift, litestream=litestream) for place in PLACES
        }

    @property
    def _logins_file(self) -> Path:
        return self.folder / "logins.json"

    @property
    def fresh(self) -> bool:
        """Whether the set-up has still to be done: it is done whole, or it is done again from the start."""
        return not (self.folder / "ready").exists()

    def keep(self) -> None:
        """The set-up is whole: the next start finds everything as it is."""
        (self.folder / "ready").touch()

    def password(self, place: str, login: str) -> str:
        """The password of a demonstration account; made at the first start, kept beside the data."""
        logins: dict[str, str] = json.loads(self._logins_file.read_text())
        return logins[f"{place}/{login}"]

    # ------------------------------------------------------------ first start

    def set_up(self, say: Say) -> None:
        """Founds the city, lets the others join by invitation, makes the accounts, and leaves all four running."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for place in PLACES:  # what a set-up that was broken off has left
            shutil.rmtree(self.folder / place.key, ignore_errors=True)
        passwords = {
            f"{place.key}/{person.login}": "-".join(_word() for _ in range(3))
            for place in PLACES
            for person in place.people
        }
        for place in PLACES:
            self._init(place)
        say("四个数据目录已初始化，市级根密钥已生成")
        self._city_extras()
        for place in PLACES:
            self._enter(place)
            self._accounts(place, passwords)
            self.processes[place.key].start(wait=place.command == "tongban-hub")
            say(f"{place.name}已接入")
        for process in self.processes.values():
            process.wait_ready()
        self._logins_file.write_text(json.dumps(passwords))
        self._logins_file.chmod(0o600)

    def _init(self, place: Place) -> None:
        process = self.processes[place.key]
        options = ["--port", str(process.port)]
        if place.command == "tongban-hub":
            options += ["--tier", place.tier, "--area", place.area, "--name", place.name]
        run(place.command, "init", str(process.folder), *options)

    def _city_extras(self) -> None:
        calendar = self.folder / "calendar.json"
        calendar.write_text(json.dumps(calendar_from_package(FIRST_CALENDAR_YEAR, LAST_CALENDAR_YEAR)))
        city = str(self.processes["city"].folder)
        run("tongban-hub", "calendar", "publish", city, str(calendar))
        run("tongban-hub", "catalogue", "sample", city, *map(str, sorted(SAMPLES.glob("*.jpg"))))
        run("tongban-hub", "issuer", "add", city, "--department", CIVIL_AFFAIRS, "--name", CIVIL_AFFAIRS_NAME,
            "--fact", f"{LOW_INCOME}={LOW_INCOME_NAME}")  # fmt: skip

    def _enter(self, place: Place) -> None:
        process = self.processes[place.key]
        if place.parent:
            hub = self.processes[place.parent]
            invitation = self.folder / f"{place.key}.invitation"
            run("tongban-hub", "invite", str(hub.folder), "--area", place.area, "--name", place.name,
                "--output", str(invitation))  # fmt: skip
            run(place.command, "join", str(process.folder), "--file", str(invitation))
            invitation.unlink()

    def _accounts(self, place: Place, passwords: dict[str, str]) -> None:
        folder = str(self.processes[place.key].folder)
        for person in place.people:
            department = ["--department", person.department] if person.department else []
            run(place.command, "account", "add", folder, "--login", person.login, "--name", person.name,
                "--role", person.role, *department, "--password-stdin",
                typed=passwords[f"{place.key}/{person.login}"] + "\n")  # fmt: skip

    # ------------------------------------------------------------ every start

    def start(self) -> None:
        """Starts all four, hubs first. Raises Failed."""
        for place in PLACES:
            self.processes[place.key].start(wait=False)
        for process in self.processes.values():
            process.wait_ready()

    def stop(self) -> None:
        """Stops all four, the stations first, so that they say goodbye to hubs that still listen."""
        for place in reversed(PLACES):
            self.processes[place.key].stop()

    def table(self) -> str:
        """Addresses and logins, as they are printed."""
        lines = []
        for place in PLACES:
            process = self.processes[place.key]
            lines.append(f"{place.name}（{place.area}）  {process.address}")
            lines += [
                f"    {person.name:<8}  用户名 {person.login:<10} 密码 {self.password(place.key, person.login)}"
                for person in place.people
            ]
        lines.append(f"办件进度公开查询  {self.processes['district'].address}/progress")
        return "\n".join(lines)


def free_shift(start: int = 1000) -> int:
    """A shift at which all four ports are free right now, for a demonstration beside others."""
    for shift in range(start, start + 20_000, 10):
        try:
            for place in PLACES:
                socket.create_server(("127.0.0.1", place.port + shift)).close()
            return shift
        except OSError:
            continue
    raise Failed("no four free ports were found")


def _word() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(4))


def import_catalogue(demo: Demo, folder: Path) -> None:
    """Imports the starter catalogue's files, has a second person approve them, and publishes them, through the running
    city hub."""
    city = str(demo.processes[CITY.key].folder)
    files = sorted(str(path) for path in folder.iterdir())
    run("tongban-hub", "catalogue", "import", city, *files, "--submit")
    run("tongban-hub", "catalogue", "review", "approve", city, "--all", "--login", REVIEWER, "--password-stdin",
        typed=demo.password(CITY.key, REVIEWER) + "\n")  # fmt: skip
    run("tongban-hub", "catalogue", "publish", city)

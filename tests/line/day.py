"""A station's day over a bad line: three tiers as processes, cases and photos at the counter, and what arrives when."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3

from deploy.places import Place
from deploy.processes import Process, run
from tests.free_port import free_port
from tests.journeys.nodes import ADMIN, CLERK, PASSWORD, Clerk, found_city, jpeg, until
from tests.line.shaping import Remote, State, Weather, shaped

DISTRICT_AREA, STATION_AREA = "511602", "511602001001"
LOOK_SECONDS = 0.25
MAXIMUM_SECONDS = 3 * 3600.0


@dataclass(frozen=True)
class Work:
    """What is done at the counter. With `late`, one more case is accepted while the photos are on their way."""

    cases: int = 150
    photos: int = 40
    photo_bytes: int = 300_000
    late: bool = True


@dataclass
class Seen:
    """When what had arrived at the district, in seconds since the line came up."""

    first_record: float = 0.0
    all_records: float = 0.0
    first_photo: float = 0.0
    all_photos: float = 0.0
    late_record: float = 0.0
    """From the receipt at the counter to that of the district."""
    records: int = 0
    photo_bytes: int = 0
    figures: dict[str, int] = field(default_factory=dict)
    figures_with_records: dict[str, int] = field(default_factory=dict)
    told_down: float = 0.0
    """From the beginning of the first dark time until the station said that its line is down."""

    @property
    def cost(self) -> float:
        """Bytes that went up for each byte of the photos."""
        return self.figures["bytes_up"] / self.photo_bytes


class Tiers:
    """City and district in the ordinary way, and a station whose district is at the other end of a bad line."""

    def __init__(self, folder: Path, weather: Weather) -> None:
        self._folder = folder
        self._weather = weather
        self._port = free_port()
        self.city: Process
        self.district: Process
        self.station: Process

    @contextlib.contextmanager
    def running(self) -> Iterator[Remote]:
        """All three, in step, and the line between the lower two, unplugged."""
        with contextlib.ExitStack() as stack:
            self.city = found_city(self._folder)
            stack.callback(self.city.stop)
            self.district = self._hub()
            stack.callback(self.district.stop)
            line = stack.enter_context(shaped(self._port, self.district.port, self._weather))
            self.station = self._station()
            stack.callback(self.station.stop)
            until(lambda: self.station.status()["catalogue_version"] == 1, "the catalogue arrives", 300)
            line.become(State.UNPLUGGED)
            yield line

    def _hub(self) -> Process:
        folder = self._folder / "district"
        district = _process(folder, "tongban-hub", "district", DISTRICT_AREA)
        run("tongban-hub", "init", str(folder), "--tier", "district", "--area", DISTRICT_AREA, "--name", "广安区",
            "--port", str(district.port))  # fmt: skip
        run("tongban-hub", "join", str(folder), self._invite(self.city, DISTRICT_AREA))
        district.start()
        until(lambda: district.status()["catalogue_version"] == 1, "the catalogue is in the district")
        return district

    def _station(self) -> Process:
        folder = self._folder / "station"
        station = _process(folder, "tongban-station", "station", STATION_AREA)
        run("tongban-station", "init", str(folder), "--port", str(station.port))
        address = f"http://127.0.0.1:{self._port}"
        run("tongban-station", "join", str(folder), self._invite(self.district, STATION_AREA, "--address", address))
        run("tongban-station", "account", "add", str(folder), "--login", CLERK.login, "--name", CLERK.name,
            "--role", CLERK.role, "--password-stdin", typed=f"{PASSWORD}\n")  # fmt: skip
        station.start()
        return station

    def _invite(self, hub: Process, area: str, *options: str) -> str:
        return run("tongban-hub", "invite", str(hub.folder), "--area", area, "--name", area, *options).strip()

    def photos(self, hub: Process) -> tuple[int, int]:
        """How many photos are whole at a hub, and their bytes."""
        database = sqlite3.connect(hub.folder / "tongban.db")
        try:
            count, size = database.execute(
                "SELECT count(*), coalesce(sum(size), 0) FROM attachment WHERE held = size"
            ).fetchone()
        finally:
            database.close()
        return int(count), int(size)


def _process(folder: Path, program: str, tier: str, area: str) -> Process:
    port = free_port()
    place = Place(folder.name, program, tier, area, area, port, "", (CLERK, ADMIN))
    return Process(place, folder, port, litestream=False)


Tell = Callable[[str, dict[str, Any]], None]


def quiet(what: str, values: dict[str, Any]) -> None:
    """Tells nobody."""


class Day:
    """One run. `dark` = when (seconds after the line came up) it goes black, and for how long; `frozen` = when its
    connections become half open."""

    def __init__(
        self, tiers: Tiers, line: Remote, work: Work, *,
        dark: tuple[tuple[float, float], ...] = (), frozen: tuple[float, ...] = (), tell: Tell = quiet,
    ) -> None:  # fmt: skip
        self._tiers, self._line, self._work, self._tell = tiers, line, work, tell
        self._to_come: list[tuple[float, Callable[[], None]]] = [(at, line.freeze) for at in frozen]
        for at, lasting in dark:
            self._to_come += [(at, self._darken), (at + lasting, self._lighten)]
        self._to_come.sort(key=lambda each: each[0])
        self._clerk = Clerk(tiers.station)
        self._dark_since: float | None = None
        self._late_since: float | None = None
        self._acknowledged = 0
        self._began = 0.0
        self.seen = Seen()

    def work(self) -> None:
        """The day at the counter, while the line is unplugged."""
        shuffled = random.Random(1)
        for number in range(self._work.cases):
            photo = jpeg(self._work.photo_bytes, shuffled.randbytes(self._work.photo_bytes))
            files = [self._clerk.first_file(photo)] if number < self._work.photos else []
            self._clerk.accept(files)
        self.seen.photo_bytes = self._work.photos * self._work.photo_bytes

    def close(self) -> None:
        self._clerk.close()

    def arrive(self) -> Seen:
        """Plugs the line in, and looks on until everything is at the district and the city."""
        self._acknowledged = self._tiers.station.status()["acknowledged"]
        before = self._line.figures
        self._began = time.monotonic()
        self._line.become(State.OPEN)
        while not self._look():
            if self._now() > MAXIMUM_SECONDS:
                raise AssertionError(f"not everything arrived: {self.seen}")
            while self._to_come and self._now() >= self._to_come[0][0]:
                self._to_come.pop(0)[1]()
            time.sleep(LOOK_SECONDS)
        self.seen.figures = {name: value - before[name] for name, value in self._line.figures.items()}
        return self.seen

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _look(self) -> bool:
        """Notes what is new; gives whether everything has arrived."""
        seen, status = self.seen, self._tiers.station.status()
        photos, _ = self._tiers.photos(self._tiers.district)
        acknowledged, journal = status["acknowledged"], status["journal"]
        if not seen.first_record and acknowledged > self._acknowledged:
            seen.first_record = self._now()
        if not seen.all_records and acknowledged == journal:
            seen.all_records, seen.records = self._now(), journal - self._acknowledged
            seen.figures_with_records = self._line.figures
            self._tell("records are at the district", {"seconds": round(seen.all_records, 1), "records": seen.records})
        if photos and not seen.first_photo:
            seen.first_photo = self._now()
            if self._work.late:
                self._clerk.accept()
                self._late_since = self._now()
                return False
        if self._late_since is not None and not seen.late_record and acknowledged == journal:
            seen.late_record = self._now() - self._late_since
            self._tell("a case of now is at the district", {"seconds": round(seen.late_record, 1), "photos": photos})
        if self._dark_since is not None and not seen.told_down and not status["line"]["online"]:
            seen.told_down = self._now() - self._dark_since
        if photos == self._work.photos and not seen.all_photos:
            seen.all_photos = self._now()
        return bool(seen.all_photos and acknowledged == journal and status["upstream"] == journal)

    def _darken(self) -> None:
        self._tell("the line goes black", {"seconds": round(self._now(), 1)})
        self._dark_since = self._now()
        self._line.become(State.DARK)

    def _lighten(self) -> None:
        self._tell("the line is back", {"seconds": round(self._now(), 1), "told_down": round(self.seen.told_down, 1)})
        self._dark_since = None
        self._line.become(State.OPEN)

"""The worklist of a hub: what this tier has to conclude, by due day, each with its light.

Cases rest sealed, so a filter on what is inside opens them one by one: those that are due first, up to SCAN_MAX.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import NamedTuple

from central.showing import day_of
from shared_models import deadlines
from shared_models.cases import Application
from shared_models.deadlines import Calendar, Deadline
from sync_protocol.store import case_files
from sync_protocol.store.case_files import CaseRow, Filter
from sync_protocol.store.database import Connection
from sync_protocol.store.vault import Vault

OPEN = ("accepted",)
LIGHTS = ("red", "yellow", "green")
SCAN_MAX = 5_000
CHUNK = 200


class Lights(NamedTuple):
    """What the clock says today. `warn_days` working days before the end the light turns yellow."""

    calendar: Calendar
    today: date
    warn_days: int

    def of(self, due: str, *, provisional: bool = False) -> tuple[str, int]:
        """(light, working days left) for a due day (ISO date); overdue days are negative. A day that is none, which
        only a faulty station can have written, counts as today: somebody should look at it."""
        day = day_of(due) or self.today
        light = deadlines.light(self.calendar, self.today, Deadline(day, provisional), self.warn_days)
        return light, self.calendar.working_days_between(self.today, day)


class Line(NamedTuple):
    """A case in the list: its light and the working days that are left."""

    row: CaseRow
    application: Application
    light: str
    days: int


class Wanted(NamedTuple):
    """What a list is to show; empty fields do not restrict. `text` is part of a number or of the applicant's name;
    `conflict` shows the cases that wait for a ruling instead, whatever their status."""

    item: str = ""
    department: str = ""
    station: str = ""
    light: str = ""
    text: str = ""
    conflict: bool = False

    @property
    def plain(self) -> bool:
        """Whether the database can count by itself."""
        return not any((self.item, self.department, self.station, self.light, self.text))

    def fits(self, line: Line) -> bool:
        """Whether a line is to be shown."""
        application, item = line.application, line.application.item
        return (
            _within(self.item, item.name, item.code)
            and _within(self.department, item.department_name, item.department)
            and _within(self.station, application.station_name, line.row.area)
            and _within(self.text, line.row.number, application.resident.name)
            and self.light in ("", line.light)
        )


class Found(NamedTuple):
    """A page of the list; `total` lines in all, or more where `cut` says that not every case was looked at."""

    lines: list[Line]
    total: int
    cut: bool


class Load(NamedTuple):
    """How much there is to do: all open cases, how many of them are red and yellow, and conflicts."""

    open: int
    red: int
    yellow: int
    conflicts: int


class Worklist(NamedTuple):
    """The worklist of one tier, as a connection sees it. A district concludes what was accepted in its `area`; it may
    hold cases of another one, which a station of its own continues."""

    db: Connection
    vault: Vault
    tier: str
    lights: Lights
    area: str = ""

    def lines(self, wanted: Wanted) -> Iterator[Line]:
        """All lines that are wanted, by due day."""
        return (line for line in self._all(wanted.conflict) if wanted.fits(line))

    def page(self, wanted: Wanted, number: int, size: int) -> Found:
        """Page `number`, from 1."""
        start = (number - 1) * size
        if wanted.plain:
            rows = case_files.rows(
                self.db, self.vault, self._filter(wanted.conflict), by_due=True, limit=size, offset=start
            )
            return Found(list(self._lines(rows)), case_files.count(self.db, self._filter(wanted.conflict)), cut=False)
        lines = list(self.lines(wanted))
        cut = case_files.count(self.db, self._filter(wanted.conflict)) > SCAN_MAX
        return Found(lines[start : start + size], len(lines), cut)

    def load(self) -> Load:
        """Counts; what is due first comes first, so that looking ends at the first green light."""
        tally = {"red": 0, "yellow": 0}
        for line in self._all(conflict=False):
            if line.light not in tally:
                break
            tally[line.light] += 1
        conflicts = case_files.count(self.db, self._filter(conflict=True))
        return Load(case_files.count(self.db, self._filter(conflict=False)), tally["red"], tally["yellow"], conflicts)

    def first(self, most: int) -> list[Line]:
        """What is due first."""
        return list(islice(self._all(conflict=False), most))

    def _filter(self, conflict: bool) -> Filter:
        return (
            Filter((), self.tier, "", self.area, conflict=True) if conflict else Filter(OPEN, self.tier, "", self.area)
        )

    def _all(self, conflict: bool) -> Iterator[Line]:
        for offset in range(0, SCAN_MAX, CHUNK):
            rows = case_files.rows(self.db, self.vault, self._filter(conflict), by_due=True, limit=CHUNK, offset=offset)
            yield from self._lines(rows)
            if len(rows) < CHUNK:
                return

    def _lines(self, rows: list[CaseRow]) -> Iterator[Line]:
        for row in rows:
            application = row.case.application
            if application is not None:
                yield Line(row, application, *self.lights.of(row.due, provisional=row.provisional))


def _within(wanted: str, *texts: str) -> bool:
    return not wanted or any(wanted.casefold() in text.casefold() for text in texts)

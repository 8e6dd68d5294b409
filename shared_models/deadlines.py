"""When something is due, in working days of China's official calendar.

The State Council names each year's holidays the autumn before, so a calendar is data with a date until which it is
known; a deadline beyond that date is provisional. The day on which something starts does not count, the last day does
(Civil Code art. 201); a special procedure stops the clock (Administrative Licensing Law art. 45). Days are those of
China's one zone, UTC+8 without summer time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import msgspec

from shared_models.refusals import Refusal

DAYS_MAX = 10_000
"""Longest limit, in working days, and most days in either list of a calendar."""

DAY_FIRST = date(1970, 1, 1)
DAY_LAST = date(2999, 12, 31)

_ZONE_MS = 8 * 3600 * 1000
_DAY_MS = 24 * 3600 * 1000

Days = Annotated[frozenset[date], msgspec.Meta(max_length=DAYS_MAX)]


@dataclass(frozen=True)
class Deadline:
    """The last day of a limit."""

    day: date
    provisional: bool
    """Whether `day` may still move: its year's holidays are not published, or the clock stands still."""
    stopped_on: date | None = None
    """Since when the clock stands still, if it does. `day` is then the day it would be if it ran on at once."""


class Calendar(msgspec.Struct, frozen=True):
    """Which days are worked. Its lists hold only days that differ from the week, else ValueError (`calendar_of`)."""

    known_until: date
    holidays: Days
    """Mondays to Fridays that are off."""
    workdays: Days
    """Saturdays and Sundays that are worked, to make up."""

    def __post_init__(self) -> None:
        if not all(map(_in_week, self.holidays)) or any(map(_in_week, self.workdays)):
            raise ValueError("a holiday falls on a weekend, or a made-up working day on a weekday")

    def to_value(self) -> dict[str, Any]:
        """`{"known_until": day, "holidays": [day …], "workdays": [day …]}` with days as `YYYY-MM-DD`, in order."""
        return {
            "known_until": self.known_until.isoformat(),
            "holidays": [day.isoformat() for day in sorted(self.holidays)],
            "workdays": [day.isoformat() for day in sorted(self.workdays)],
        }

    def is_working(self, day: date) -> bool:
        """Whether `day` is worked; beyond `known_until` only the week decides."""
        return day in self.workdays or (_in_week(day) and day not in self.holidays)

    def add_working_days(self, start: date, n: int) -> Deadline:
        """The n-th working day after `start` (n from 0 to DAYS_MAX, else ValueError); for 0, `start` itself."""
        if not 0 <= n <= DAYS_MAX:
            raise ValueError(f"a limit runs from 0 to {DAYS_MAX} working days")
        day, left = start, n
        while left:
            day += timedelta(days=1)
            left -= self.is_working(day)
        return Deadline(day, provisional=day > self.known_until)

    def working_days_between(self, a: date, b: date) -> int:
        """Working days after `a` up to and with `b`; negative where `b` lies before `a`."""
        if b < a:
            return -self.working_days_between(b, a)
        off = sum(a < day <= b for day in self.holidays)
        made_up = sum(a < day <= b for day in self.workdays)
        return _week_days(a, b) - off + made_up


class _Given(msgspec.Struct):
    known_until: date
    holidays: Days
    workdays: Days


def _in_week(day: date) -> bool:
    return day.weekday() < 5


def _week_days(a: date, b: date) -> int:
    """Mondays to Fridays after `a` up to and with `b`, in constant time: a wrong clock may put them far apart."""
    weeks, rest = divmod((b - a).days, 7)
    return weeks * 5 + sum(_in_week(a + timedelta(days=i)) for i in range(1, rest + 1))


def calendar_of(value: Any) -> Calendar:
    """The calendar of a JSON value (see `Calendar.to_value`). Weekend days among the holidays, as official notices
    list them, and weekdays among the working days are left out: they say what the week says already.
    Raises Refusal: malformed, or a day in both lists.
    """
    try:
        given = msgspec.convert(value, _Given)
    except msgspec.ValidationError as error:
        raise Refusal("deadlines.calendar_malformed") from error
    if both := given.holidays & given.workdays:
        raise Refusal("deadlines.calendar_contradiction", day=min(both).isoformat())
    holidays = frozenset(day for day in given.holidays if _in_week(day))
    workdays = frozenset(day for day in given.workdays if not _in_week(day))
    return Calendar(given.known_until, holidays, workdays)


def due(
    calendar: Calendar, accepted: date, limit_days: int, pauses: Sequence[tuple[date, date | None]] = ()
) -> Deadline:
    """When `limit_days` working days after `accepted` are used up.

    A pause (start, end) takes out the days after `start` up to and with `end`, as every period is counted; an end of
    None stops the clock from `start` on. Pauses may overlap; one that ends before it starts, or starts when the limit
    is already used up, changes nothing.
    """
    cursor, left = accepted, limit_days
    for start, end in sorted(pauses, key=lambda pause: pause[0]):
        start = max(start, cursor)
        used = calendar.working_days_between(cursor, start)
        if used >= left:
            break
        if end is None:
            day = calendar.add_working_days(start, left - used).day
            return Deadline(day, provisional=True, stopped_on=start)
        if end > start:
            cursor, left = end, left - used
    return calendar.add_working_days(cursor, left)


Light = Literal["green", "yellow", "red"]


def light(calendar: Calendar, today: date, deadline: Deadline, warn_days: int) -> Light:
    """Red after the deadline's day, yellow when at most `warn_days` working days are left, else green.

    A clock that stands still shows the light of the day it stopped on.
    """
    day = min(today, deadline.stopped_on) if deadline.stopped_on else today
    if day > deadline.day:
        return "red"
    return "yellow" if calendar.working_days_between(day, deadline.day) <= warn_days else "green"


def local_day(ms: int) -> date:
    """The day in UTC+8 of a Unix time in milliseconds. A clock beyond DAY_FIRST or DAY_LAST gives that day:
    a wrong clock is flagged elsewhere, and must not break what is shown.
    """
    days = (ms + _ZONE_MS) // _DAY_MS
    ordinal = DAY_FIRST.toordinal() + min(max(days, 0), (DAY_LAST - DAY_FIRST).days)
    return date.fromordinal(ordinal)

"""The working calendar's value, from the `chinesecalendar` package (which follows the State Council's notices)."""

from __future__ import annotations

from datetime import date
from typing import Any

import chinese_calendar

from shared_models.deadlines import calendar_of
from shared_models.refusals import Refusal


def calendar_from_package(first_year: int, last_year: int) -> dict[str, Any]:
    """The value of a calendar from 1 January of `first_year`, known until 31 December of `last_year`.

    Shape: see `shared_models.deadlines.Calendar.to_value`. Raises Refusal where the package lacks one of the years.
    """
    known = {day.year for day in chinese_calendar.holidays}
    if first_year > last_year or not known.issuperset(range(first_year, last_year + 1)):
        raise Refusal("deadlines.years_unknown", first=min(known), last=max(known))

    def chosen(days: dict[date, str]) -> list[str]:
        return [day.isoformat() for day in days if first_year <= day.year <= last_year]

    known_until = date(last_year, 12, 31).isoformat()
    given = {
        "known_until": known_until,
        "holidays": chosen(chinese_calendar.holidays),
        "workdays": chosen(chinese_calendar.workdays),
    }
    return calendar_of(given).to_value()

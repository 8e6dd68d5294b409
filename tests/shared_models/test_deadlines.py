from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.calendar_data import calendar_from_package
from shared_models import texts
from shared_models.deadlines import (
    DAY_FIRST,
    DAY_LAST,
    DAYS_MAX,
    Calendar,
    Deadline,
    calendar_of,
    due,
    light,
    local_day,
)
from shared_models.refusals import Refusal

FIRST, LAST = date(2018, 1, 1), date(2026, 12, 31)
DAY = timedelta(days=1)
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
CALENDAR = calendar_of(calendar_from_package(2018, 2026))

days = st.dates(FIRST, LAST)
ends = st.dates(FIRST, LAST)
pauses = st.lists(st.tuples(days, ends), max_size=4)


def every_day() -> Iterator[date]:
    for ordinal in range(FIRST.toordinal(), LAST.toordinal() + 1):
        yield date.fromordinal(ordinal)


# The calendar


def test_every_day_of_nine_years_agrees_with_chinesecalendar() -> None:
    for day in every_day():
        assert CALENDAR.is_working(day) == chinese_calendar.is_workday(day), day


def test_every_day_of_nine_years_agrees_with_a_second_source() -> None:
    file = SHARED / "cn_holidays_2018_2026.json"
    if not file.exists():
        pytest.skip("the shared table of holidays is not here")
    published = json.loads(file.read_text(encoding="utf-8"))["days"]
    for day in every_day():
        entry = published.get(day.isoformat())
        assert CALENDAR.is_working(day) == (not entry["off"] if entry else day.weekday() < 5), day


def test_a_calendar_survives_being_written_as_json() -> None:
    assert calendar_of(json.loads(json.dumps(CALENDAR.to_value()))) == CALENDAR


def test_a_notice_that_lists_whole_holidays_means_the_same_calendar() -> None:
    value = {
        "known_until": "2026-12-31",
        "holidays": [f"2026-10-{day:02}" for day in range(1, 8)],
        "workdays": ["2026-10-10", "2026-10-12"],
    }
    read = calendar_of(value)
    assert read.to_value()["holidays"] == ["2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"]
    assert read.to_value()["workdays"] == ["2026-10-10"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"known_until": "2026", "holidays": [], "workdays": []},
        {"known_until": "2026-12-31", "holidays": ["2026-02-30"], "workdays": []},
        {"known_until": "2026-12-31", "holidays": "2026-10-01", "workdays": []},
        {"known_until": "2026-12-31", "holidays": [], "workdays": [20261010]},
        {
            "known_until": "2026-12-31",
            "holidays": [date.fromordinal(700_000 + i).isoformat() for i in range(DAYS_MAX + 1)],
            "workdays": [],
        },
    ],
)
def test_a_malformed_calendar_is_refused(value: Any) -> None:
    with pytest.raises(Refusal) as caught:
        calendar_of(value)
    assert caught.value.code == "deadlines.calendar_malformed"


def test_a_calendar_that_contradicts_itself_is_refused_and_names_the_day() -> None:
    with pytest.raises(Refusal) as caught:
        calendar_of({"known_until": "2026-12-31", "holidays": ["2026-10-10"], "workdays": ["2026-10-10"]})
    assert caught.value == Refusal("deadlines.calendar_contradiction", day="2026-10-10")
    assert "2026-10-10" in str(caught.value)


def test_a_calendar_made_by_hand_is_held_to_its_lists() -> None:
    with pytest.raises(ValueError, match="weekend"):
        Calendar(LAST, holidays=frozenset({date(2026, 10, 3)}), workdays=frozenset())


@pytest.mark.parametrize(("first_year", "last_year"), [(1999, 2026), (2018, 2200), (2026, 2018)])
def test_years_that_are_not_published_are_refused(first_year: int, last_year: int) -> None:
    with pytest.raises(Refusal) as caught:
        calendar_from_package(first_year, last_year)
    assert caught.value.code == "deadlines.years_unknown"


def test_every_sentence_stands_in_both_languages() -> None:
    for code, pair in texts.sentences().items():
        if code.startswith("deadlines."):
            assert all(text.endswith((".", "。")) for text in pair), code


# Counting


def test_a_limit_over_the_national_holiday_counts_the_made_up_saturday() -> None:
    # 30 September, then 8, 9, 10 (a Saturday that is worked) and 12 October
    assert CALENDAR.add_working_days(date(2026, 9, 29), 5) == Deadline(date(2026, 10, 12), provisional=False)


@given(days, st.integers(0, 60))
def test_the_day_of_the_start_does_not_count_and_the_last_day_does(start: date, n: int) -> None:
    end = CALENDAR.add_working_days(start, n).day
    counted = map(date.fromordinal, range(start.toordinal() + 1, end.toordinal() + 1))
    assert sum(CALENDAR.is_working(day) for day in counted) == n
    assert n == 0 or CALENDAR.is_working(end)


@given(days, st.integers(0, 400))
def test_days_between_is_the_inverse_of_adding(start: date, n: int) -> None:
    assert CALENDAR.working_days_between(start, CALENDAR.add_working_days(start, n).day) == n


@given(days, days, days)
def test_days_between_add_up_and_turn_round(a: date, b: date, c: date) -> None:
    between = CALENDAR.working_days_between
    assert between(a, b) + between(b, c) == between(a, c)
    assert between(a, b) == -between(b, a)
    assert between(a, a + DAY) == CALENDAR.is_working(a + DAY)


@given(days, st.integers(0, 400))
def test_a_deadline_is_provisional_exactly_when_it_lies_beyond_what_is_known(start: date, n: int) -> None:
    deadline = CALENDAR.add_working_days(start, n)
    assert deadline.provisional == (deadline.day > date(2026, 12, 31))


def test_publishing_the_next_year_settles_a_provisional_deadline() -> None:
    old, new = calendar_of(calendar_from_package(2018, 2025)), CALENDAR
    # what was taken for a working day, 1 and 2 January, is off, and Sunday 4 January is worked
    assert old.add_working_days(date(2025, 12, 30), 3) == Deadline(date(2026, 1, 2), provisional=True)
    assert new.add_working_days(date(2025, 12, 30), 3) == Deadline(date(2026, 1, 5), provisional=False)


@pytest.mark.parametrize("n", [-1, DAYS_MAX + 1])
def test_a_limit_out_of_range_is_an_error(n: int) -> None:
    with pytest.raises(ValueError, match="working days"):
        CALENDAR.add_working_days(FIRST, n)


# Pauses


def naive_due(accepted: date, limit_days: int, gaps: list[tuple[date, date]]) -> date:
    """Walks day by day, and leaves out every day of a pause."""
    day, left = accepted, limit_days
    while left:
        day += DAY
        left -= CALENDAR.is_working(day) and not any(start < day <= end for start, end in gaps)
    return day


@given(days, st.integers(1, 60), pauses)
def test_days_in_a_pause_do_not_count_however_pauses_overlap(
    accepted: date, limit_days: int, gaps: list[tuple[date, date]]
) -> None:
    assert due(CALENDAR, accepted, limit_days, gaps).day == naive_due(accepted, limit_days, gaps)


@given(days, st.integers(0, 60), pauses)
def test_a_pause_never_brings_a_deadline_forward(
    accepted: date, limit_days: int, gaps: list[tuple[date, date]]
) -> None:
    dues = [due(CALENDAR, accepted, limit_days, gaps[:n]).day for n in range(len(gaps) + 1)]
    assert all(earlier <= later for earlier, later in pairwise(dues))


def test_a_hearing_of_two_weeks_moves_the_deadline_by_its_working_days() -> None:
    monday, end = date(2026, 3, 2), date(2026, 3, 18)
    assert due(CALENDAR, monday, 5).day == date(2026, 3, 9)
    # Tuesday and Wednesday count, the hearing takes out 5 to 18 March, then three more days count
    assert due(CALENDAR, monday, 5, [(date(2026, 3, 4), end)]) == Deadline(date(2026, 3, 23), provisional=False)


def test_an_open_pause_stops_the_clock() -> None:
    deadline = due(CALENDAR, date(2026, 3, 2), 5, [(date(2026, 3, 4), None)])
    assert deadline == Deadline(date(2026, 3, 9), provisional=True, stopped_on=date(2026, 3, 4))
    assert light(CALENDAR, date(2026, 6, 1), deadline, 2) == "green"
    assert light(CALENDAR, date(2026, 6, 1), deadline, 3) == "yellow"


def test_a_pause_after_the_limit_is_used_up_saves_nothing() -> None:
    deadline = due(CALENDAR, date(2026, 3, 2), 5, [(date(2026, 3, 9), None)])
    assert deadline == Deadline(date(2026, 3, 9), provisional=False)
    assert light(CALENDAR, date(2026, 3, 10), deadline, 2) == "red"


def test_a_pause_that_began_before_the_case_stops_it_from_its_first_day() -> None:
    deadline = due(CALENDAR, date(2026, 3, 2), 5, [(date(2026, 1, 5), None)])
    assert deadline.stopped_on == date(2026, 3, 2)


def test_a_pause_of_a_century_by_a_wrong_clock_is_computed_at_once() -> None:
    deadline = due(CALENDAR, date(2026, 3, 2), 20, [(DAY_FIRST, date(2099, 1, 1))])
    assert deadline == Deadline(date(2099, 1, 29), provisional=True)


# Lights


@given(days, days, st.integers(0, 30))
def test_lights_turn_from_green_over_yellow_to_red(today: date, last: date, warn_days: int) -> None:
    shown = light(CALENDAR, today, Deadline(last, provisional=False), warn_days)
    order = ("green", "yellow", "red")
    tomorrow = light(CALENDAR, today + DAY, Deadline(last, provisional=False), warn_days)
    assert order.index(shown) <= order.index(tomorrow)
    assert (shown == "red") == (today > last)


def test_the_light_is_yellow_from_the_day_on_that_leaves_the_warning() -> None:
    deadline = Deadline(date(2026, 10, 12), provisional=False)
    shown = [light(CALENDAR, date(2026, 10, day), deadline, 2) for day in range(7, 14)]
    assert shown == ["green", "green", "yellow", "yellow", "yellow", "yellow", "red"]


# Days


def test_the_day_turns_at_midnight_in_china() -> None:
    midnight = 1_790_870_400_000  # 2026-10-02 00:00:00 +08:00
    assert local_day(midnight) == date(2026, 10, 2)
    assert local_day(midnight - 1) == date(2026, 10, 1)
    assert local_day(0) == date(1970, 1, 1)


@given(st.integers(-(2**53), 2**53))
def test_no_clock_however_wrong_breaks_the_day(ms: int) -> None:
    assert DAY_FIRST <= local_day(ms) <= DAY_LAST
    assert local_day(ms) <= local_day(ms + 1)

"""The worklist: this tier's open cases by due day, each with its light, filtered and cut into pages."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.hub import NO_CALENDAR
from central.showing import day_of, masked_name
from central.web.worklist import worklist_in
from central.worklist import Lights, Wanted, Worklist
from shared_models import cases
from shared_models.deadlines import calendar_of
from shared_models.roster import CITY
from tests.central.places import CALENDAR, Places, Site

LIGHTS = Lights(calendar_of(CALENDAR), date(2026, 3, 4), 3)


def shown(site: Site, wanted: Wanted) -> list[str]:
    """The numbers on all pages, two a page."""
    with site.runtime.node.read() as db:
        worklist: Worklist = worklist_in(site.hub, db)
        total = worklist.page(wanted, 1, 2).total
        pages = [worklist.page(wanted, number, 2) for number in range(1, -(-total // 2) + 1)]
        lines = [line.row.number for page in pages for line in page.lines]
        assert lines == [line.row.number for line in worklist.lines(wanted)]
    return lines


def test_open_cases_of_this_tier_stand_in_the_order_of_their_due_days(places: Places) -> None:
    later, sooner = places.station.accept(due_in=9), places.station.accept(due_in=2)
    of_the_city = places.hall.accept(home=CITY)
    concluded = places.station.accept(due_in=1)
    places.sync()
    places.district.write(concluded, cases.Decide("granted", ""))
    assert shown(places.district, Wanted()) == [sooner, later]
    assert shown(places.city, Wanted()) == [of_the_city]


def test_each_filter_narrows_the_list(places: Places) -> None:
    overdue = places.station.accept(due_in=-9, name="陈桂芳", item="食品小作坊备案")
    soon = places.hall.accept(due_in=2, name="王德顺")
    relaxed = places.station.accept(due_in=15, name="刘洋")
    places.sync()
    for wanted, numbers in (
        (Wanted(light="red"), [overdue]),
        (Wanted(light="yellow"), [soon]),
        (Wanted(light="green"), [relaxed]),
        (Wanted(item="小作坊"), [overdue]),
        (Wanted(station="官盛"), [soon]),
        (Wanted(station="511602001"), [overdue, relaxed]),
        (Wanted(department="民政"), [overdue, soon, relaxed]),
        (Wanted(department="MZ"), [overdue, soon, relaxed]),
        (Wanted(text="桂芳"), [overdue]),
        (Wanted(text=relaxed.lower()), [relaxed]),
        (Wanted(text="没有"), []),
        (Wanted(light="red", text="刘洋"), []),
    ):
        assert shown(places.district, wanted) == numbers, wanted


def test_the_load_counts_lights_and_conflicts(places: Places) -> None:
    for due_in in (-9, -9, 1, 2, 3, 10, 12):
        places.station.accept(due_in=due_in)
    disputed = places.station.accept(due_in=1)
    places.sync()
    places.station.write(disputed, cases.Withdraw("不办了"))
    places.district.write(disputed, cases.Decide("granted", ""))
    places.sync()
    with places.district.runtime.node.read() as db:
        assert worklist_in(places.district.hub, db).load() == (7, 2, 3, 1)
    assert shown(places.district, Wanted(conflict=True)) == [disputed]


def test_a_due_day_that_is_none_turns_up_for_today_and_hides_nothing(places: Places) -> None:
    odd, plain = places.station.accept(due="bald"), places.station.accept(due_in=5)
    places.sync()
    assert set(shown(places.district, Wanted())) == {odd, plain}
    assert shown(places.district, Wanted(light="yellow")) == [odd]


@pytest.mark.parametrize(
    ("due", "light", "days"),
    [
        ("2026-03-03", "red", -1),
        ("2026-03-04", "yellow", 0),
        ("2026-03-09", "yellow", 3),
        ("2026-03-10", "green", 4),
    ],
)
def test_the_light_follows_the_working_days_that_are_left(due: str, light: str, days: int) -> None:
    assert LIGHTS.of(due) == (light, days)


def test_without_a_calendar_the_week_decides() -> None:
    assert Lights(NO_CALENDAR, date(2026, 10, 1), 3).of("2026-10-06") == ("yellow", 3)


@given(st.integers(-400, 400), st.integers(-400, 400))
def test_what_is_due_earlier_is_never_shown_as_less_urgent(one: int, other: int) -> None:
    order = ("red", "yellow", "green")
    first, second = sorted((one, other))
    lights = [LIGHTS.of((LIGHTS.today + timedelta(days=days)).isoformat())[0] for days in (first, second)]
    assert order.index(lights[0]) <= order.index(lights[1])


@given(st.text(min_size=1, max_size=12))
def test_a_masked_name_keeps_its_length_and_never_more_than_two_characters(name: str) -> None:
    masked = masked_name(name)
    assert len(masked) == len(name)
    assert len(name) == 1 or "*" in masked
    assert sum(a == b and b != "*" for a, b in zip(name, masked, strict=True)) <= 2


@given(st.text(max_size=12))
def test_a_text_that_is_no_day_gives_none(text: str) -> None:
    found = day_of(text)
    assert found is None or isinstance(found, date)

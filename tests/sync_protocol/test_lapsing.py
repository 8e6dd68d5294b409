"""A hub lets a node lapse that it did not hear for too long: by a record, by no clock, and never by its own fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from central import enrolment
from shared_models.refusals import Refusal
from shared_models.roster import DISTRICT, STATION
from shared_models.trust import EXPIRED, SILENT
from sync_protocol import lapsing
from sync_protocol.lapsing import DAY_MS, HOUR_MS, Listener
from sync_protocol.store import holding, listening
from tests.sync_protocol import sticks
from tests.sync_protocol.restoring import copied, restore
from tests.sync_protocol.world import Place, World

DAYS = 2
"""For so long the station may be silent here, so that a test counts hours and not months."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    terms(made, made.station, offline_days_max=DAYS)
    made.sync_all()
    yield made
    made.close()


def terms(world: World, place: Place, **changed: int) -> None:
    """The district admits a place anew, on other terms."""
    assert place.parent is not None
    member = msgspec.structs.replace(place.parent.node.roster.members[place.node.name], **changed)
    place.parent.node.write(enrolment.Admit(member))


class Ear:
    """A process of a hub that listens: hours go by in which its own parent is heard, and the places that are named."""

    def __init__(self, hub: Place, *, parent_heard: bool = True) -> None:
        self.hub = hub
        self.parent_heard = parent_heard
        self.listener = Listener(hub.node, hub.parent.node.name if hub.parent else "")
        self.contact_ms = 0

    def hours(self, count: int, *heard: Place) -> list[str]:
        """The nodes that lapsed meanwhile."""
        lapsed = []
        for _ in range(count):
            for place in heard:
                place.node.now()
                place.world.ms += HOUR_MS
                place.sync()
            self.contact_ms += 1
            lapsed += self.listener.tick(HOUR_MS, self.contact_ms if self.parent_heard else 0)
        return lapsed


def is_lapsed(hub: Place, place: Place) -> bool:
    return hub.node.roster.members[place.node.name].lapsed


def held(place: Place) -> int:
    with place.node.read() as db:
        return holding.waiting(db)


# ---------------------------------------------------------------- it lapses


def test_a_node_lapses_that_was_not_heard_for_longer_than_it_may(world: World) -> None:
    ear = Ear(world.district)
    ear.hours(1, world.station)
    assert ear.hours(DAYS * 24) == []
    assert ear.hours(1) == [world.station.node.name]
    assert is_lapsed(world.district, world.station)
    assert ear.hours(30) == [], "once is enough"


def test_a_node_that_is_heard_by_the_line_or_by_a_stick_does_not_lapse(world: World, tmp_path: Path) -> None:
    ear = Ear(world.district)
    for number in range(3):
        ear.hours(DAYS * 24 - 1)
        world.ms += HOUR_MS
        if number % 2:
            world.station.sync()
        else:
            sticks.round_trip(world.station, tmp_path / str(number))
        assert ear.hours(1) == []
    assert not is_lapsed(world.district, world.station)


def test_what_it_wrote_meanwhile_is_held_and_counts_again_once_it_is_renewed_and_ratified(world: World) -> None:
    ear = Ear(world.district)
    before = world.station.accept(name="甲")
    ear.hours(1, world.station)
    ear.hours(DAYS * 24 + 1)
    number = world.station.accept(name="乙")
    world.sync_all()
    assert [world.district.case(each) is not None for each in (before, number)] == [True, False]
    assert is_lapsed(world.station, world.station), "it was told"
    assert held(world.district) == held(world.city) == 1
    lapsing.renew(world.district.node, world.station.node.name, "已核实", "boss")
    after = world.station.accept(name="丙")
    world.sync_all()
    assert world.city.case(after) is not None
    assert world.city.case(number) is None, "a renewal rules on nothing"
    assert held(world.district) == 1
    assert not any(is_lapsed(each, world.station) for each in world.places)


def test_a_node_whose_hub_has_it_renewed_in_time_does_not_lapse(world: World) -> None:
    ear = Ear(world.district)
    ear.hours(DAYS * 24)
    lapsing.renew(world.district.node, world.station.node.name, "修路，下月恢复", "boss")
    assert ear.hours(DAYS * 24) == []
    assert ear.hours(1) == [world.station.node.name]


def test_a_renewal_by_the_city_begins_the_time_anew_at_the_district(world: World) -> None:
    ear = Ear(world.district)
    ear.hours(DAYS * 24 + 2)
    world.district.sync()
    lapsing.renew(world.city.node, world.station.node.name, "市里核实", "boss")
    world.district.sync()
    assert not is_lapsed(world.district, world.station)
    assert ear.hours(DAYS * 24) == []
    assert ear.hours(2) == [world.station.node.name]


# ---------------------------------------------------------------- no clock, and no fault of the hub's own


def test_a_clock_that_jumps_makes_nobody_silent(world: World) -> None:
    ear = Ear(world.district)
    ear.hours(1, world.station)
    world.ms += 80 * 365 * DAY_MS
    assert ear.hours(DAYS * 24) == []
    world.ms -= 160 * 365 * DAY_MS
    assert ear.hours(1, world.station) == []
    assert ear.hours(DAYS * 24) == [], "a clock that was set back hides no contact"


def test_contact_is_noted_though_the_clock_was_set_back_by_years(world: World) -> None:
    world.ms += 70 * 365 * DAY_MS
    world.station.sync()
    world.ms -= 70 * 365 * DAY_MS
    ear = Ear(world.district)
    ear.hours(DAYS * 24 - 1)
    assert ear.hours(3, world.station) == []


def test_time_in_which_the_hub_was_off_or_slept_does_not_count(world: World) -> None:
    Ear(world.district).hours(DAYS * 24 - 2)
    ear = Ear(world.district)
    assert ear.listener.tick(365 * DAY_MS, 1000) == [], "more than an hour is not believed"
    assert ear.hours(1) == []
    with world.district.node.read() as db:
        assert listening.listened(db) == DAYS * DAY_MS


def test_a_hub_that_just_started_lets_nobody_lapse(world: World) -> None:
    Ear(world.district, parent_heard=False).hours(DAYS * 24 + 5)
    ear = Ear(world.district)
    assert ear.listener.tick(HOUR_MS - 1, 1) == []
    assert not is_lapsed(world.district, world.station)


def test_a_hub_that_does_not_hear_its_own_hub_lets_nobody_lapse(world: World) -> None:
    ear = Ear(world.district, parent_heard=False)
    assert ear.hours(DAYS * 24 + 24, world.hall) == []
    ear.parent_heard = True
    assert ear.hours(1) == [world.station.node.name]


def test_a_hub_that_hears_nobody_at_all_counts_no_time(world: World) -> None:
    ear = Ear(world.city)
    terms(world, world.district, offline_days_max=DAYS)
    other = world.join("other", "511603", DISTRICT, world.city)
    ear.hours(1, world.district, other)
    assert ear.hours(DAYS * 24 * 2) == []
    assert ear.hours(DAYS * 24 + 1, other) == [world.district.node.name]


def test_where_too_many_are_due_at_once_a_person_decides(world: World) -> None:
    terms(world, world.hall, offline_days_max=DAYS)
    ear = Ear(world.district)
    assert ear.hours(DAYS * 24 + 24) == []
    with world.district.node.read() as db:
        due, most = lapsing.due_in(world.district.node.roster, world.district.node.name, db)
    assert (len(due), most) == (2, 1)
    assert lapsing.lapse(world.district.node, world.hall.node.name, "boss") == SILENT
    assert ear.hours(1) == [world.station.node.name]


def test_not_more_than_a_few_lapse_in_a_day(world: World) -> None:
    terms(world, world.hall, offline_days_max=DAYS + 1)
    ear = Ear(world.district)
    ear.hours(DAYS * 24)
    assert ear.hours(2) == [world.station.node.name]
    assert ear.hours(23) == []
    assert ear.hours(2) == [world.hall.node.name]


def test_after_a_restore_from_a_copy_everybody_has_his_whole_time_again(world: World) -> None:
    ear = Ear(world.district)
    ear.hours(DAYS * 24 - 1)
    copy = copied(world.district)
    terms(world, world.hall, offline_days_max=100)
    ear.hours(1, world.station)
    world.sync_all()
    restore(world.district, copy)
    world.district.sync()  # gets its own last records back from the city
    again = Ear(world.district)
    assert again.hours(DAYS * 24) == []
    assert again.hours(6) == [world.station.node.name]


def test_a_lapsed_district_lets_none_of_its_stations_lapse(world: World) -> None:
    world.city.node.write(lapsing.Lapse(world.district.node.name, SILENT))
    world.district.sync()
    assert Ear(world.district).hours(DAYS * 24 + 24) == []


# ---------------------------------------------------------------- another key, and a key past its end


def test_a_node_takes_another_key_while_it_lapsed_and_is_renewed_with_it(world: World) -> None:
    """It could not know: it was away. Were its rekeying held, nothing behind that could ever be proven."""
    world.district.node.write(lapsing.Lapse(world.station.node.name, SILENT))
    world.station.accept(name="甲")
    world.station.rotate()
    world.station.accept(name="乙")
    world.sync_all()
    for each in world.places:
        assert each.node.roster.members[world.station.node.name].public == world.station.node.keys.public
    assert held(world.district) == held(world.city) == 3, "two cases, and the opening of the new key's chain"
    lapsing.renew(world.district.node, world.station.node.name, "已核实", "boss")
    number = world.station.accept(name="丙")
    world.sync_all()
    assert world.city.case(number) is not None


def test_a_node_that_is_heard_with_a_key_past_its_end_lapses_after_a_week_and_not_before(world: World) -> None:
    terms(world, world.station, offline_days_max=400, key_days=1)
    ear = Ear(world.district)
    ear.hours(25, world.station)
    assert ear.hours(7 * 24, world.station) == []
    assert ear.hours(2, world.station) == [world.station.node.name]
    with world.district.node.read() as db:
        place = world.district.node.roster.members[world.station.node.name].spells[-1].lapsed
        (row,) = world.district.node.log.chain_rows(db, (place.node, place.incarnation), place.seq - 1, 1)
    assert row.record.value()["reason"] == EXPIRED


def test_a_node_that_is_away_when_its_key_ends_has_the_time_to_change_it_when_it_comes(world: World) -> None:
    terms(world, world.station, offline_days_max=400, key_days=1)
    ear = Ear(world.district)
    assert ear.hours(9 * 24) == []
    assert ear.hours(24, world.station) == []
    world.station.rotate()
    assert ear.hours(24, world.station) == []
    assert not is_lapsed(world.district, world.station)


# ---------------------------------------------------------------- who may say so


def test_only_what_is_due_lapses_by_a_persons_word(world: World) -> None:
    with pytest.raises(Refusal) as refused:
        lapsing.lapse(world.district.node, world.station.node.name, "boss")
    assert refused.value.code == "keys.not_due"


@pytest.mark.parametrize(
    ("who", "reason", "code"),
    [
        ("station", " ", "central.reason_missing"),
        ("station", "长" * 501, "central.text_too_long"),
        ("city", "已核实", "roster.unknown_node"),
        ("district", "已核实", "roster.unknown_node"),
    ],
)
def test_a_renewal_that_cannot_be_says_why(world: World, who: str, reason: str, code: str) -> None:
    name = getattr(world, who).node.name
    with pytest.raises(Refusal) as refused:
        lapsing.renew(world.district.node, name, reason, "boss")
    assert refused.value.code == code


def test_a_node_of_another_hub_is_renewed_only_while_it_lapsed(world: World) -> None:
    with pytest.raises(Refusal) as refused:
        lapsing.renew(world.city.node, world.station.node.name, "已核实", "boss")
    assert refused.value.code == "keys.not_lapsed"


def test_a_late_station_is_admitted_without_counting_from_the_beginning(world: World) -> None:
    ear = Ear(world.district)
    ear.hours(DAYS * 24)
    late = world.join("late", "511602001002", STATION, world.district)
    terms(world, late, offline_days_max=DAYS)
    ear.hours(1)
    assert not is_lapsed(world.district, late)

"""The desk on real nodes: what an entry becomes, what is refused, and what can never happen to a case number."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_node.desk import Desk
from edge_node.entry import Entry
from shared_models import cases, deadlines, identifiers
from shared_models.catalogue import content_hash, to_value
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from shared_models.roster import STATION
from sync_protocol.commands import CaseCommand
from tests.edge_node.station import (
    ALLOWANCE,
    CALENDAR,
    CATALOGUE,
    HOUSING_FUND,
    JPEG,
    LOW_INCOME,
    RESIDENT_ID,
    RESIDENT_NAME,
    SENIOR_CARD,
    City,
    Write,
    items_are_complete,
    publish,
    publish_calendar,
)
from tests.sync_protocol.world import World

ACTOR = "clerk-1"
FULL = Entry(
    RESIDENT_NAME,
    RESIDENT_ID,
    "13800001234",
    "浓洄街道东街 1 号",
    {"members": "2", "reason": "疾病"},
    {"M1": "received", "M2": "received", "M3": "received"},
)


def accept(desk: Desk, entry: Entry = FULL, item: str = ALLOWANCE.code, entry_id: str = "") -> str:
    return desk.accept(desk.check(item, "S1", entry, entry_id), ACTOR)


def case_of(city: City, number: str) -> cases.CaseFile:
    case = city.place.case(number)
    assert case is not None
    return case


def codes(desk: Desk, entry: Entry, item: str = ALLOWANCE.code) -> dict[str, str]:
    """Form field -> code of what is wrong with it."""
    return {name: refusal.code for name, refusal in desk.check(item, "S1", entry).faults}


# ---------------------------------------------------------------- finding


@pytest.mark.parametrize("text", ["最低生活", "低保", "zdshbz", "zuidishenghuo", ALLOWANCE.code, "吃低保"])
def test_an_item_is_found_by_name_pinyin_everyday_word_and_code(shared: City, text: str) -> None:
    assert shared.desk().find(text)[0] == ALLOWANCE


def test_a_new_version_takes_the_place_of_the_old_one_as_soon_as_it_has_arrived(city: City) -> None:
    desk = city.desk()
    assert desk.shelf() is desk.shelf()
    renamed = msgspec.structs.replace(SENIOR_CARD, name="老年人优待卡办理")
    publish(city.world.city, 2, [renamed], removed=[HOUSING_FUND.code])
    assert desk.shelf().number == 1
    city.world.sync_all()
    assert desk.shelf().number == 2
    assert desk.find("老年")[0].name == "老年人优待卡办理"
    assert set(desk.shelf().items) == {ALLOWANCE.code, SENIOR_CARD.code}


def test_a_version_waits_for_its_day_unless_the_clock_would_leave_none_at_all(city: City) -> None:
    desk, world = city.desk(), city.world
    publish(world.city, 2, [], removed=[HOUSING_FUND.code], effective_ms=world.ms + 3_600_000)
    world.sync_all()
    assert desk.shelf().number == 1
    assert desk.shelf().next_ms > world.ms
    world.ms += 3_700_000
    assert desk.shelf().number == 2
    world.ms = 0
    assert city.desk().shelf().number == 2


def test_an_item_that_this_program_cannot_read_does_not_take_the_others_off_the_shelf(city: City) -> None:
    odd = {**to_value(SENIOR_CARD), "code": "X1", "level": "six"}
    body = {"number": 2, "effective_ms": city.world.ms, "removed": [], "set": {"X1": content_hash(odd)}}
    city.world.city.node.write(
        Write((
            Draft("catalogue.item", "item/X1", {"item": odd}, PUBLIC, "5116"),
            Draft("catalogue.published", "catalogue", body, PUBLIC, "5116"),
        ))
    )  # fmt: skip
    city.world.sync_all()
    shelf = city.desk().shelf()
    assert (shelf.number, set(shelf.items)) == (2, {item.code for item in CATALOGUE})


def test_before_a_catalogue_has_come_the_desk_says_so(tmp_path: Path) -> None:
    world = World(tmp_path)
    desk = Desk(
        world.station.node, world.station.attachments, world.resident_key, now=world.now, entropy=world.entropy
    )  # fmt: skip
    assert desk.find("低保") == []
    with pytest.raises(Refusal) as caught:
        desk.intake(ALLOWANCE.code, "S1")
    assert caught.value.code == "desk.no_catalogue"
    world.close()


def test_unknown_items_and_situations_are_refused(shared: City) -> None:
    desk = shared.desk()
    with pytest.raises(Refusal, match="没有编码"):
        desk.intake("nothing", "S1")
    with pytest.raises(Refusal) as caught:
        desk.intake(ALLOWANCE.code, "S9")
    assert caught.value.code == "catalogue.unknown_situation"


def test_a_situation_asks_for_its_own_materials_only(shared: City) -> None:
    desk = shared.desk()
    assert [m.code for m in desk.intake(ALLOWANCE.code, "S1").materials] == ["M1", "M2", "M3", "M4"]
    assert [m.code for m in desk.intake(ALLOWANCE.code, "S2").materials] == ["M1", "M2"]


# ---------------------------------------------------------------- accepting


def test_what_was_entered_is_what_is_kept(city: City) -> None:
    desk = city.desk()
    number = accept(
        desk, replace(FULL, name="李 秀英", fields={"members": "２", "reason": "疾病", "since": "2026年3月5日"})
    )
    case = case_of(city, number)
    application = case.application
    assert application is not None
    assert (case.status, application.number) == ("accepted", number)
    who = application.resident
    assert (who.name, who.id_number, who.birth, who.sex) == ("李 秀英", RESIDENT_ID, "1968-03-15", "female")
    assert who.pseudonym == desk.pseudonym(desk.check_resident(RESIDENT_ID))
    assert application.fields == {"members": "2", "reason": "疾病", "since": "2026-03-05"}
    assert [m.state for m in application.materials] == ["received", "received", "received", "missing"]
    assert (application.item.code, application.item.version, application.item.home) == (ALLOWANCE.code, 1, "district")
    assert application.item.hash == desk.shelf().hashes[ALLOWANCE.code]
    assert identifiers.normal_query_code(application.query_code) == application.query_code


def test_the_number_names_the_station_the_day_and_the_place_of_the_record(city: City) -> None:
    number = identifiers.parse_case_number(accept(city.desk()))
    node = city.place.node
    assert (number.area, number.day) == (city.place.area, city.desk().today)
    assert number.incarnation == node.incarnation[:8].upper()
    with node.read() as db:
        assert number.counter == node.log.known(db).head_of((node.name, node.incarnation)).seq


def test_a_hundred_acceptances_at_once_have_a_hundred_numbers(city: City) -> None:
    desk = city.desk()
    checked = [desk.check(SENIOR_CARD.code, "S1", FULL) for _ in range(100)]
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda each: desk.accept(each, ACTOR), checked))
    assert len(set(numbers)) == 100
    assert all(case_of(city, number).status == "accepted" for number in numbers)


def test_no_number_is_given_twice_after_the_database_was_put_back(city: City) -> None:
    place = city.place
    first = accept(city.desk())
    place.stop()
    shutil.copy(place.path, place.folder / "copy.db")
    place.start()
    place.node.open()
    lost = [accept(city.desk()) for _ in range(5)]
    place.stop()
    shutil.copy(place.folder / "copy.db", place.path)
    place.start()
    place.node.open()
    again = [accept(city.desk()) for _ in range(5)]
    assert len({first, *lost, *again}) == 11


def test_a_form_sent_twice_is_one_case(city: City) -> None:
    desk = city.desk()
    first = accept(desk, entry_id="one-form")
    assert accept(desk, entry_id="one-form") == first
    assert accept(desk, entry_id="another-form") != first
    assert accept(desk) not in ("", first)


def test_a_form_that_is_sent_again_with_something_else_in_it_is_another_case(city: City) -> None:
    desk = city.desk()
    first = accept(desk, entry_id="one-form")
    assert accept(desk, replace(FULL, phone="13900001234"), entry_id="one-form") != first
    missing = replace(FULL, materials={**FULL.materials, "M1": "missing"})
    notice = desk.give_notice(desk.check(ALLOWANCE.code, "S1", missing, "one-form"), ACTOR)
    assert notice != first
    assert case_of(city, notice).status == "notified"


def test_a_required_material_that_is_missing_is_named_and_a_notice_can_be_given(city: City) -> None:
    desk = city.desk()
    checked = desk.check(ALLOWANCE.code, "S1", replace(FULL, materials={"M1": "missing", "M2": "received"}))
    assert [m.code for m in checked.missing] == ["M1", "M3"]
    with pytest.raises(Refusal) as caught:
        desk.accept(checked, ACTOR)
    assert caught.value.code == "cases.material_missing"
    number = desk.give_notice(checked, ACTOR)
    application = case_of(city, number).application
    assert application is not None
    assert [m.code for m in application.missing()] == ["M1", "M3"]


def test_a_notice_needs_something_that_is_missing(city: City) -> None:
    desk = city.desk()
    with pytest.raises(Refusal) as caught:
        desk.give_notice(desk.check(ALLOWANCE.code, "S1", FULL), ACTOR)
    assert caught.value.code == "cases.nothing_missing"


def test_the_promised_day_is_counted_in_working_days_of_the_calendar(city: City) -> None:
    application = case_of(city, accept(city.desk())).application
    assert application is not None
    calendar = deadlines.calendar_of(CALENDAR)
    due = calendar.add_working_days(date.fromisoformat(application.day), 20)
    assert application.deadline == cases.Deadline(due.day.isoformat(), False)


def test_beyond_the_known_calendar_a_promised_day_is_provisional(city: City) -> None:
    publish_calendar(city.world.city, {**CALENDAR, "known_until": "2026-11-30"})
    city.world.sync_all()
    assert city.desk().intake(ALLOWANCE.code, "S1").due.provisional
    assert not city.desk().intake(SENIOR_CARD.code, "S1").due.provisional


def test_a_clock_far_from_the_truth_does_not_close_the_counter(city: City) -> None:
    for ms in (0, 4_102_444_800_000):
        city.world.ms = ms
        entry = FULL if ms else replace(FULL, id_number="511602196803152328")
        if ms == 0:
            # In 1970 a birth in 1968 has happened; everything else goes on as well.
            assert city.desk().check(ALLOWANCE.code, "S1", entry).faults == []
        assert case_of(city, accept(city.desk(), entry)).status == "accepted"


def test_nothing_is_kept_where_an_acceptance_is_refused(city: City) -> None:
    desk, node = city.desk(), city.place.node
    with node.read() as db:
        before = node.log.last_position(db)
    for entry in (Entry(), replace(FULL, id_number="1"), replace(FULL, materials={})):
        with pytest.raises(Refusal):
            accept(desk, entry)
    with node.read() as db:
        assert node.log.last_position(db) == before


# ---------------------------------------------------------------- faults


def test_every_fault_is_told_at_once_under_the_name_of_its_field(shared: City) -> None:
    entry = Entry("张3", "511602196803152327", "123", "", {"members": "二", "reason": "没有", "since": "2026-13-01"})
    assert codes(shared.desk(), entry) == {
        "id_number": "identifiers.resident_id_check",
        "name": "desk.name_malformed",
        "phone": "forms.phone",
        "address": "desk.address_missing",
        "field.members": "forms.number",
        "field.reason": "forms.choice",
        "field.since": "forms.date",
    }


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "desk.id_number_missing"),
        ("511602196803152329", "identifiers.resident_id_check"),
        ("511602196802302328", "identifiers.resident_id_date"),
        ("511602299903152328", "identifiers.resident_id_future"),
        ("51160219680315", "identifiers.resident_id_length"),
        ("511602680315232", "identifiers.resident_id_old"),
    ],
)
def test_a_wrong_id_number_is_told_and_none_of_it_is_repeated(shared: City, number: str, code: str) -> None:
    found = [r for name, r in shared.desk().check(ALLOWANCE.code, "S1", replace(FULL, id_number=number)).faults
             if name == "id_number"]  # fmt: skip
    assert [each.code for each in found] == [code]
    assert not number or number not in str(found[0])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"reason": "疾病"}, "forms.missing"),
        ({"members": "123", "reason": "疾病"}, "forms.too_long"),
        ({"members": "2", "reason": "疾病", "helper": "511602199001011237"}, "identifiers.resident_id_check"),
        ({"members": "2", "reason": "疾病", "contact": "12"}, "forms.phone"),
    ],
)
def test_the_items_own_fields_are_read_by_their_type(shared: City, fields: dict[str, str], code: str) -> None:
    assert list(codes(shared.desk(), replace(FULL, fields=fields)).values()) == [code]


def test_a_material_is_received_or_missing_and_a_file_speaks_for_itself(shared: City) -> None:
    desk = shared.desk()
    photo = cases.Attachment("a" * 43, 10, "image/jpeg", "证.jpg")
    state = {
        said: desk.check(ALLOWANCE.code, "S1", replace(FULL, materials={"M1": said}, files={"M1": (photo,)}))
        for said in ("", "received", "missing", "perhaps")
    }
    assert state[""].materials[0].state == state["received"].materials[0].state == cases.RECEIVED
    assert dict(state["missing"].faults)["material.M1"].code == "desk.material_contradiction"
    assert dict(state["perhaps"].faults)["material.M1"].code == "desk.material_state"


@given(
    st.builds(
        Entry, st.text(max_size=80), st.text(max_size=30), st.text(max_size=30), st.text(max_size=300),
        st.dictionaries(st.sampled_from(["members", "reason", "since", "helper", "contact"]), st.text(max_size=30)),
        st.dictionaries(st.sampled_from(["M1", "M2", "M3", "M4"]), st.sampled_from(["", "received", "missing", "x"])),
    )
)  # fmt: skip
def test_whatever_is_typed_is_either_faulty_or_an_application_that_says_it(shared: City, entry: Entry) -> None:
    checked = shared.desk().check(ALLOWANCE.code, "S1", entry)
    assert (checked.application is None) == bool(checked.faults)
    for name, refusal in checked.faults:
        field = name.split(".")[0]
        assert field in ("name", "id_number", "phone", "address", "field", "material")
        assert "{" not in str(refusal)


# ---------------------------------------------------------------- the resident


def test_an_open_case_of_the_same_item_is_hinted_and_nothing_is_merged(city: City) -> None:
    desk = city.desk()
    first = accept(desk)
    checked = desk.check(ALLOWANCE.code, "S1", FULL)
    assert [row.number for row in checked.twins] == [first]
    assert desk.check(SENIOR_CARD.code, "S1", FULL).twins == ()
    assert desk.accept(checked, ACTOR) != first
    desk.withdraw(first, "不办了", ACTOR)
    assert first not in [row.number for row in desk.check(ALLOWANCE.code, "S1", FULL).twins]


# ---------------------------------------------------------------- files


def test_a_file_is_on_disk_before_its_record_and_noted_with_it(city: City) -> None:
    desk, place = city.desk(), city.place
    photo = desk.keep_file(JPEG, "image/jpeg", "证.jpg")
    assert desk.file_is_whole(photo)
    with place.node.read() as db:
        assert place.attachments.row(db, photo.hash) is None
    number = accept(desk, replace(FULL, files={"M2": (photo,)}))
    with place.node.read() as db:
        row = place.attachments.row(db, photo.hash)
    assert row is not None
    assert row.whole
    application = case_of(city, number).application
    assert application is not None
    assert application.materials[1].attachments == (photo,)


def test_a_file_goes_up_after_its_record(city: City) -> None:
    desk, world = city.desk(), city.world
    photo = desk.keep_file(JPEG, "image/jpeg", "证.jpg")
    accept(desk, replace(FULL, files={"M2": (photo,)}))
    world.sync_all()
    with world.district.node.read() as db:
        row = world.district.attachments.row(db, photo.hash)
    assert row is not None
    assert b"".join(world.district.attachments.read(row)) == JPEG


def test_a_file_that_was_changed_on_disk_is_noticed(city: City) -> None:
    desk = city.desk()
    photo = desk.keep_file(JPEG, "image/jpeg", "证.jpg")
    path = city.place.folder / "attachments" / photo.hash
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert not desk.file_is_whole(photo)
    path.unlink()
    assert not desk.file_is_whole(photo)


# ---------------------------------------------------------------- later steps


def test_what_was_missing_completes_the_case_and_starts_its_clock_that_day(city: City) -> None:
    desk = city.desk()
    missing = replace(FULL, materials={"M1": "received", "M2": "missing", "M3": "missing"})
    number = desk.give_notice(desk.check(ALLOWANCE.code, "S1", missing), ACTOR)
    city.world.ms += 3 * 24 * 3_600_000
    photo = desk.keep_file(JPEG, "image/jpeg", "证.jpg")
    desk.supplement(number, {"M2": (photo,)}, ACTOR)
    assert case_of(city, number).status == "notified"
    desk.supplement(number, {"M3": ()}, ACTOR)
    case = case_of(city, number)
    assert case.application is not None
    assert (case.status, case.application.day) == ("accepted", desk.today.isoformat())
    assert case.application.materials[1].attachments == (photo,)
    with pytest.raises(Refusal) as caught:
        desk.supplement(number, {"M9": ()}, ACTOR)
    assert caught.value.code == "desk.material_unknown"


def test_a_station_item_is_concluded_handed_over_and_rated_here_without_a_line(city: City) -> None:
    desk = city.desk()
    number = accept(desk, item=SENIOR_CARD.code)
    assert case_of(city, number).home == STATION
    desk.decide(number, "granted", "", "老年人优待证", ACTOR)
    desk.deliver(number, RESIDENT_NAME, ACTOR)
    desk.rate(number, 1, "很方便", ACTOR)
    case = case_of(city, number)
    assert (case.status, case.receiver) == ("rated", RESIDENT_NAME)
    assert case.rating == cases.Rate(1, "很方便")


def test_a_district_item_is_not_concluded_at_a_station(city: City) -> None:
    desk = city.desk()
    number = accept(desk)
    with pytest.raises(Refusal) as caught:
        desk.decide(number, "granted", "", "", ACTOR)
    assert caught.value.code == "cases.not_your_level"


def test_a_decision_from_the_district_can_be_handed_over_here(city: City) -> None:
    desk = city.desk()
    number = accept(desk)
    city.world.sync_all()
    city.world.district.node.write(CaseCommand(number, cases.Decide("granted", "", "低保证"), "officer-1"))
    city.world.sync_all()
    assert desk.case(number).status == "decided"
    desk.deliver(number, "本人", ACTOR)
    assert desk.case(number).status == "delivered"


def test_an_unknown_case_is_refused(shared: City) -> None:
    desk = shared.desk()
    acts: tuple[Callable[[], object], ...] = (
        lambda: desk.case("x"),
        lambda: desk.withdraw("x", "y", ACTOR),
        lambda: desk.supplement("x", {"M1": ()}, ACTOR),
    )
    for act in acts:
        with pytest.raises(Refusal) as caught:
            act()
        assert caught.value.code == "cases.unknown"


def test_the_catalogue_of_the_tests_may_be_published() -> None:
    assert items_are_complete() == []
    assert LOW_INCOME in {m.waived_by for m in ALLOWANCE.materials}

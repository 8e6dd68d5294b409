"""What earlier cases of a resident offer: fields, relatives, and the materials that are still good; on real nodes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from edge_node.desk import Desk
from edge_node.entry import REUSED, Entry
from edge_node.known import Known, Paper
from shared_models import cases
from shared_models.cases import Agent
from shared_models.catalogue import FormField, Item, Material, Situation
from sync_protocol.commands import CaseCommand
from sync_protocol.store import leads, state
from tests.edge_node.station import (
    JPEG,
    OTHER_ID,
    OTHER_NAME,
    RESIDENT_ID,
    RESIDENT_NAME,
    SENIOR_CARD,
    City,
    publish,
)
from tests.erasure.orders import order

ACTOR = "actor-chuangkou"
DAY_MS = 86_400_000
BOOK, BOOK_DAYS = "居民户口簿", 180
SON = Agent("李小军", "511602199203041214", "13900001111", "child")

PENSION = msgspec.structs.replace(
    SENIOR_CARD,
    code=SENIOR_CARD.code[:-1] + "7",
    name="高龄津贴给付",
    situations=(Situation("S1", "首次申领", "", ("M1", "M2", "M3")),),
    materials=(
        Material("M1", BOOK, False, True, "copy", 1, "C", "公安机关", valid_days=BOOK_DAYS),
        Material("M2", "居民身份证", True, True, "original", 0, "B", "公安机关", valid_days=30),
        Material("M3", "生存承诺书", False, True, "original", 1, "D", "申请人填写"),
    ),
    fields=(
        FormField("account", "银行账号", "text", True, (), 40),
        FormField("relief", "致困原因", "choice", False, ("疾病", "残疾")),
        FormField("paid", "发放方式", "choice", False, ("银行", "现金")),
    ),
)
MEAL = msgspec.structs.replace(
    PENSION,
    code=SENIOR_CARD.code[:-1] + "8",
    name="老年助餐补贴",
    materials=(
        Material("A", f" {BOOK}", False, True, "copy", 1, "C", "公安机关", valid_days=BOOK_DAYS),
        Material("B", "居民身份证", True, True, "original", 0, "B", "公安机关", valid_days=30),
        Material("C", "生存承诺书", False, True, "original", 1, "D", "申请人填写"),
    ),
    situations=(Situation("S1", "申领", "", ("A", "B", "C")),),
    fields=(
        FormField("account", "银行账号", "text", True, (), 40),
        FormField("relief", "补助原因", "choice", False, ("疾病", "残疾")),
        FormField("paid", "发放方式", "choice", False, ("银行",)),
    ),
)


@pytest.fixture
def place(city: City) -> City:
    publish(city.world.city, 2, [PENSION, MEAL])
    city.world.sync_all()
    return city


def entry(desk: Desk, **more: object) -> Entry:
    photo = desk.keep_file(JPEG, "image/jpeg", "户口簿.jpg")
    whole = Entry(
        RESIDENT_NAME, RESIDENT_ID, "13800001234", "东街 1 号",
        {"account": "6222021234567890", "relief": "疾病", "paid": "现金"},
        {"M1": "received", "M2": "received", "M3": "received"}, {"M1": (photo,)},
    )  # fmt: skip
    return replace(whole, **more)  # type: ignore[arg-type]  # names of fields of an entry


def accept(desk: Desk, item: Item = PENSION, **more: object) -> str:
    return desk.accept(desk.check(item.code, "S1", entry(desk, **more)), ACTOR)


def known(desk: Desk, item: Item = MEAL, id_number: str = RESIDENT_ID) -> Known:
    return desk.check(item.code, "S1", Entry(id_number=id_number)).known


def reusing(desk: Desk, papers: dict[str, Paper], **more: object) -> Entry:
    said = {code: REUSED + paper.reused.number for code, paper in papers.items()}
    return entry(desk, materials={"C": "received", **said}, files={}, fields={"account": "1"}, **more)


# ---------------------------------------------------------------- fields


def test_what_an_earlier_case_says_is_offered_with_case_item_and_day_and_to_nobody_else(place: City) -> None:
    desk = place.desk()
    assert known(desk) == Known()
    number = accept(desk)
    offers = known(desk, PENSION).fields
    assert {name: offer.value for name, offer in offers.items()} == {
        "name": RESIDENT_NAME, "phone": "13800001234", "address": "东街 1 号", "field.account": "6222021234567890",
        "field.relief": "疾病", "field.paid": "现金",
    }  # fmt: skip
    assert {offer.source for offer in offers.values()} == {(number, PENSION.name, desk.today.isoformat())}
    assert known(desk, PENSION, OTHER_ID) == Known()


def test_another_item_takes_only_fields_that_mean_the_same_and_answers_that_fit(place: City) -> None:
    desk = place.desk()
    accept(desk)
    assert {name for name in known(desk).fields if name.startswith("field.")} == {"field.account"}


def test_the_newest_case_is_offered_and_one_that_was_withdrawn_or_refused_never(place: City) -> None:
    desk = place.desk()
    accept(desk)
    newer = accept(desk, phone="13711112222")
    assert known(desk).fields["phone"].value == "13711112222"
    desk.withdraw(newer, "不办了", ACTOR)
    assert known(desk).fields["phone"].value == "13800001234"
    refused = accept(desk, phone="13611112222")
    place.place.node.write(CaseCommand(refused, cases.Decide("refused", "材料不实"), ACTOR))
    assert refused not in known(desk).sources
    assert known(desk).fields["phone"].value == "13800001234"


# ---------------------------------------------------------------- materials


def test_a_material_that_is_still_good_is_offered_by_name_and_grade_and_taken_over_without_its_file_again(
    place: City,
) -> None:
    desk, world = place.desk(), place.world
    first = accept(desk)
    day = desk.today
    world.ms += 20 * DAY_MS
    papers = dict(known(desk).papers)
    assert set(papers) == {"A", "B"}, "what names no days is needed anew each time"
    until = (day + timedelta(days=BOOK_DAYS)).isoformat()
    assert papers["A"].reused == cases.Reused(first, day.isoformat(), ACTOR, until)
    checked = desk.check(MEAL.code, "S1", reusing(desk, papers))
    second = desk.accept(checked, ACTOR)
    world.sync_all()
    for holder in (world.station, world.district, world.city):
        case = holder.case(second)
        assert case is not None
        assert case.application is not None
        kept = {each.code: each for each in case.application.materials}
        assert (kept["A"].state, kept["A"].reused) == (cases.RECEIVED, papers["A"].reused)
        assert [each.name for each in kept["A"].attachments] == ["户口簿.jpg"]
        assert kept["C"].reused is msgspec.UNSET
    assert len(list(place.place.attachments.folder.iterdir())) == 1
    assert world.district.photo(papers["A"].files[0].hash) == JPEG


def test_a_material_is_good_to_its_last_day_and_what_was_taken_over_makes_it_no_younger(place: City) -> None:
    desk, world = place.desk(), place.world
    first = accept(desk)
    world.ms += 30 * DAY_MS
    assert set(known(desk).papers) == {"A", "B"}
    desk.accept(desk.check(MEAL.code, "S1", reusing(desk, dict(known(desk).papers))), ACTOR)
    world.ms += DAY_MS
    assert {code: paper.reused.number for code, paper in known(desk).papers.items()} == {"A": first}
    world.ms += (BOOK_DAYS - 30) * DAY_MS
    assert known(desk).papers == {}


def test_nothing_is_taken_over_from_what_was_withdrawn_erased_or_lost(place: City) -> None:
    desk, world = place.desk(), place.world
    withdrawn = accept(desk)
    papers = dict(known(desk).papers)
    desk.withdraw(withdrawn, "不办了", ACTOR)
    assert known(desk).papers == {}
    faults = desk.check(MEAL.code, "S1", reusing(desk, papers)).faults
    assert [(name, refusal.code) for name, refusal in faults] == [
        ("material.A", "desk.reuse_gone"), ("material.B", "desk.reuse_gone"),
    ]  # fmt: skip
    erased = accept(desk)
    assert {paper.reused.number for paper in known(desk).papers.values()} == {erased}
    world.sync_all()
    order(world.district, f"case/{erased}")
    world.sync_all()
    assert known(desk) == Known()


def test_a_material_without_a_file_is_taken_over_only_where_a_clerk_looked_at_the_original(place: City) -> None:
    desk = place.desk()
    accept(desk, files={})
    assert set(known(desk).papers) == {"B"}


def test_the_material_of_one_resident_is_nothing_to_another(place: City) -> None:
    desk = place.desk()
    accept(desk)
    theirs = reusing(desk, dict(known(desk).papers), id_number=OTHER_ID, name=OTHER_NAME)
    checked = desk.check(MEAL.code, "S1", theirs)
    assert checked.application is None
    assert {refusal.code for _, refusal in checked.faults} == {"desk.reuse_gone"}
    assert not any(each.attachments for each in checked.materials)


# ---------------------------------------------------------------- who acts for the applicant


def test_who_acted_is_offered_again_and_the_family_to_whichever_of_the_two_applies(place: City) -> None:
    desk = place.desk()
    number = accept(desk, agent=SON)
    place.world.sync_all()
    case = place.world.city.case(number)
    assert case is not None
    assert case.application is not None
    assert case.application.agent == SON
    assert [each.agent for each in known(desk).relatives] == [SON]
    (mother,) = known(desk, id_number=SON.id_number).relatives
    assert mother.agent == Agent(RESIDENT_NAME, RESIDENT_ID, "13800001234", "parent")
    assert mother.source.number == number
    assert known(desk, id_number=SON.id_number).fields == {}
    assert known(desk, id_number=OTHER_ID).relatives == ()


def test_one_who_is_no_relative_is_offered_to_the_applicant_alone(place: City) -> None:
    desk = place.desk()
    accept(desk, agent=msgspec.structs.replace(SON, relation="staff"))
    assert len(known(desk).relatives) == 1
    assert known(desk, id_number=SON.id_number).relatives == ()


def test_an_agent_is_whole_or_none_and_never_the_applicant(place: City) -> None:
    desk = place.desk()

    def faults(agent: Agent) -> dict[str, str]:
        found = desk.check(PENSION.code, "S1", entry(desk, agent=agent)).faults
        return {name: refusal.code for name, refusal in found}

    assert faults(SON) == {}
    assert faults(Agent(" ", "", "", "")) == {}
    missing = "desk.agent_missing"
    assert faults(Agent("李小军", "", "", "")) == {
        "agent_id_number": missing, "agent_phone": missing, "agent_relation": missing,
    }  # fmt: skip
    same = msgspec.structs.replace(SON, id_number=RESIDENT_ID)
    assert faults(same) == {"agent_id_number": "desk.agent_is_applicant"}
    odd = Agent("李3", "511602199203041217", "12", "boss")
    assert faults(odd) == {
        "agent_name": "desk.name_malformed", "agent_id_number": "identifiers.resident_id_check",
        "agent_phone": "forms.phone", "agent_relation": "desk.agent_relation",
    }  # fmt: skip


def test_leads_are_keyed_follow_a_rebuild_and_are_made_up_for_cases_of_an_earlier_program(place: City) -> None:
    desk, node = place.desk(), place.place.node
    number = accept(desk, agent=SON)

    def rows() -> list[tuple[str, str]]:
        with node.read() as db:
            return [tuple(row) for row in db.execute("SELECT lead, number FROM case_lead ORDER BY lead")]

    before = rows()
    assert [row[1] for row in before] == [number, number]
    assert all(SON.id_number not in lead for lead, _ in before)
    node.rebuild()
    assert rows() == before
    node.database.write(lambda db: db.execute("DELETE FROM case_lead"))
    node.database.write(lambda db: state.put(db, leads.SORTED, False))
    node.open()
    assert rows() == before
    code = desk.case(number).case.application
    assert code is not None
    with node.read() as db:
        assert [row.number for row in leads.with_query_code(db, node.vault, code.query_code, 5)] == [number]
        assert leads.with_query_code(db, node.vault, "0000-0000", 5) == []


def test_old_cases_read_and_hash_as_before(place: City) -> None:
    number = accept(place.desk())
    application = place.desk().case(number).case.application
    assert application is not None
    value = msgspec.to_builtins(application)
    assert "agent" not in value
    assert all("reused" not in each for each in value["materials"])

"""Not ours: reasons, whom to ask, a number and a paper, and a case that ends where it begins."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from shared_models import canonical, cases
from shared_models.refusals import Refusal
from sync_protocol.commands import CaseCommand
from tests.edge_node.station import ALLOWANCE, RESIDENT_ID, RESIDENT_NAME, Browser, City, Counter

ASK, WHERE = "东街派出所户籍窗口", "东街 12 号，0826-2345678"
SAID: dict[str, Any] = {
    "name": RESIDENT_NAME, "asked": "补办户口簿", "reason": ["department", "window"], "ask": ASK, "where": WHERE,
}  # fmt: skip


def answered(clerk: Browser, data: dict[str, Any], page: str = "/decline") -> str:
    """The number under which an inquiry is answered."""
    answer = clerk.fill(clerk.get(page).text, "/decline", data)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).split("/")[2]


def test_the_paper_says_why_it_is_not_ours_and_whom_to_ask(clerk: Browser) -> None:
    number = answered(clerk, {**SAID, "id_number": RESIDENT_ID})
    paper = clerk.get(f"/cases/{number}/declined").text
    for part in (
        "不予受理告知单",
        number.split("-")[-1],
        "补办户口簿",
        *SAID["reason"],
        ASK,
        WHERE,
        "（盖章）",
    ):
        assert cases.DECLINE_REASONS.get(part, (part,))[0] in paper, part
    assert "六十日内申请行政复议" in paper
    assert RESIDENT_ID not in paper
    assert clerk.get(f"/cases/{number}/receipt").headers["location"] == f"/cases/{number}/declined"


def test_an_item_of_the_catalogue_brings_its_department_and_its_code(clerk: Browser, shared: City) -> None:
    page = clerk.get(f"/decline?item={ALLOWANCE.code}").text
    assert re.search(rf'name="ask"[^>]*value="{ALLOWANCE.department.name}"', page)
    number = answered(clerk, {**SAID, "ask": "其他窗口"}, f"/decline?item={ALLOWANCE.code}")
    application = shared.desk().case(number).case.application
    assert application is not None
    assert (application.item.code, application.item.name) == (ALLOWANCE.code, ALLOWANCE.name)


def test_nobody_has_to_be_identified_to_be_answered_and_every_page_shows_the_case(clerk: Browser) -> None:
    number = answered(clerk, SAID)
    shown = clerk.get(f"/cases/{number}")
    assert shown.status_code == 200
    assert WHERE in shown.text
    assert "不予受理" in clerk.get("/cases?status=declined").text
    assert number.split("-")[-1] in clerk.get("/").text


def test_the_address_that_was_given_before_is_offered_again(clerk: Browser) -> None:
    answered(clerk, SAID)
    assert f'<option value="{WHERE}">' in clerk.get("/decline").text


def test_the_same_press_twice_is_one_answer(city: City) -> None:
    clerk = Counter(city).browser()
    page = clerk.get("/decline").text
    places = {clerk.fill(page, "/decline", SAID).headers["location"] for _ in range(2)}
    assert len(places) == 1


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"reason": []}, "reason", "declining.reason_missing"),
        ({"reason": "other"}, "note", "declining.note_missing"),
        ({"ask": " "}, "ask", "declining.ask_missing"),
        ({"asked": ""}, "asked", "declining.asked_missing"),
        ({"name": ""}, "name", "desk.name_missing"),
        ({"id_number": "511602196803152320"}, "id_number", "identifiers.resident_id_check"),
        ({"where": "东" * 201}, "where", "declining.too_long"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_is_kept(
    clerk: Browser, change: dict[str, Any], field: str, code: str
) -> None:
    answer = clerk.fill(clerk.get("/decline").text, "/decline", {**SAID, **change})
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert ASK in answer.text or field == "ask"


def test_it_goes_up_is_folded_alike_and_nothing_follows_it(city: City) -> None:
    number = answered(Counter(city).browser(), {**SAID, "id_number": RESIDENT_ID})
    city.world.sync_all()
    for place in (city.world.station, city.world.district, city.world.city):
        case = city.desk(place).case(number).case
        assert case.status == "declined"
        assert case.application is not None
        assert isinstance(case.application.declined, cases.Declined)
        assert case.application.declined.ask == ASK
    for command in (cases.Withdraw("不办了"), cases.Decide("granted", "", "")):
        with pytest.raises(Refusal) as refused:
            city.world.station.node.write(CaseCommand(number, command, "actor-1"))
        assert refused.value.code in ("cases.illegal_move", "cases.not_your_level")


def test_an_application_that_was_accepted_says_nothing_of_it() -> None:
    """The bodies of former versions stay what they are, byte for byte."""
    resident = cases.Resident("甲", RESIDENT_ID, "1968-03-15", "female", "", "")
    terms = cases.ItemTerms("1", "事项", 1, "h", "station", "", "", 0)
    plain = cases.Application(
        "n", "q", terms, "", "", resident, {}, (), "2026-01-05", cases.Deadline("2026-01-05"), "站"
    )
    body = canonical.encode({**msgspec.to_builtins(plain), "salt": ""})
    assert b"declined" not in body
    assert cases.application_in(body) == plain

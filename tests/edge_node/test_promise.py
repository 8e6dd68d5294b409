"""容缺受理: accepted on a promise, what comes of it, and what it is not for."""

from __future__ import annotations

from dataclasses import replace as changed
from datetime import date

import pytest
from msgspec.structs import replace

from edge_node.evidence import DISHONEST
from shared_models import cases
from shared_models.refusals import Refusal
from sync_protocol.commands import CaseCommand
from tests.edge_node.station import ALLOWANCE, RESIDENT_ID, City, Counter, publish
from tests.edge_node.test_desk import FULL

APPLY = f"/items/{ALLOWANCE.code}/apply?situation=S1"
MATERIALS = {"M1": "received", "M2": "received", "M3": "promised"}
TYPED = {
    "name": FULL.name, "id_number": FULL.id_number, "phone": FULL.phone, "address": FULL.address,
    **{f"field.{code}": text for code, text in FULL.fields.items()},
    **{f"material.{code}": said for code, said in MATERIALS.items()},
}  # fmt: skip


@pytest.fixture
def tolerant(city: City) -> City:
    publish(city.world.city, 2, [replace(ALLOWANCE, tolerant=True, promised_days=10)])
    city.world.sync_all()
    return city


def codes(city: City, materials: dict[str, str], promise_days: str = "") -> dict[str, str]:
    entry = changed(FULL, materials=materials, promise_days=promise_days)
    return {name: refusal.code for name, refusal in city.desk().check(ALLOWANCE.code, "S1", entry).faults}


def test_a_case_is_accepted_on_a_promise_and_its_papers_say_so(tolerant: City) -> None:
    clerk = Counter(tolerant).browser()
    page = clerk.get(APPLY).text
    assert "容缺" in page
    answer = clerk.fill(page, "/apply", {**TYPED, "promise_days": "3", "action": "accept"})
    number = answer.headers["location"].split("/")[2]
    receipt = clerk.get(answer.headers["location"]).text
    assert "承诺补交" in receipt
    assert "低保家庭证明" in receipt
    promise = clerk.get(f"/cases/{number}/promise").text
    for part in ("容缺受理告知承诺书", "低保家庭证明", "3 个工作日内", "逾期不补", "一式两份", "签字"):
        assert part in promise, part
    application = tolerant.desk().case(number).case.application
    assert application is not None
    assert isinstance(application.promise, cases.Promise)
    assert application.day < application.promise.day <= application.deadline.day


def test_what_was_promised_is_brought_before_anything_is_granted(tolerant: City) -> None:
    clerk = Counter(tolerant).browser()
    answer = clerk.fill(clerk.get(APPLY).text, "/apply", {**TYPED, "action": "accept"})
    number = answer.headers["location"].split("/")[2]
    tolerant.world.sync_all()
    district = tolerant.world.district.node
    with pytest.raises(Refusal) as refused:
        district.write(CaseCommand(number, cases.Decide("granted", "属实", ""), "officer-1"))
    assert refused.value.code == "cases.promise_open"
    clerk.fill(clerk.get(f"/cases/{number}").text, "/supplement", {"material.M3": "received"})
    assert clerk.get(f"/cases/{number}/promise").headers["location"].endswith("/receipt")
    tolerant.world.sync_all()
    district.write(CaseCommand(number, cases.Decide("granted", "属实", ""), "officer-1"))
    assert tolerant.desk().case(number).case.status == "accepted"


def test_a_case_whose_promise_was_not_kept_may_be_refused(tolerant: City) -> None:
    clerk = Counter(tolerant).browser()
    answer = clerk.fill(clerk.get(APPLY).text, "/apply", {**TYPED, "action": "accept"})
    number = answer.headers["location"].split("/")[2]
    tolerant.world.sync_all()
    tolerant.world.district.node.write(CaseCommand(number, cases.Decide("refused", "逾期未补", ""), "officer-1"))


def test_only_what_is_required_and_not_main_comes_later_and_only_where_the_item_allows_it(city: City) -> None:
    assert codes(city, materials=MATERIALS) == {"material.M3": "desk.material_not_tolerable"}
    publish(city.world.city, 2, [replace(ALLOWANCE, tolerant=True)])
    city.world.sync_all()
    assert codes(city, materials=MATERIALS) == {}
    for code in ("M1", "M4"):  # main; optional
        wrong = {**MATERIALS, code: "promised"}
        assert codes(city, materials=wrong) == {f"material.{code}": "desk.material_not_tolerable"}


@pytest.mark.parametrize("days", ["0", "11", "x", "-1", "1.5", "99999"])
def test_a_promise_runs_no_longer_than_the_items_own(tolerant: City, days: str) -> None:
    assert codes(tolerant, materials=MATERIALS, promise_days=days) == {"promise_days": "desk.promise_days"}
    assert codes(tolerant, materials=MATERIALS, promise_days="10") == {}


def test_who_broke_faith_promises_nothing(tolerant: City) -> None:
    tolerant.bureau.admit([DISHONEST])
    tolerant.bureau.attest(RESIDENT_ID, "511602001001", date(2026, 1, 1), date(2026, 12, 31), DISHONEST)
    tolerant.world.sync_all()
    assert codes(tolerant, materials=MATERIALS) == {"material.M3": "desk.promise_barred"}
    assert codes(tolerant, materials={**MATERIALS, "M3": "received"}) == {}


def test_a_notice_names_what_was_promised_as_missing(tolerant: City) -> None:
    clerk = Counter(tolerant).browser()
    answer = clerk.fill(clerk.get(APPLY).text, "/apply", {**TYPED, "material.M2": "missing", "action": "notice"})
    notice = clerk.get(answer.headers["location"]).text
    assert notice.index("居民身份证") < notice.index("已收材料")
    assert notice.index("低保家庭证明") < notice.index("已收材料")
    assert "还缺下列 2 份材料" in notice


def test_one_press_says_that_all_required_ones_are_there(tolerant: City) -> None:
    clerk = Counter(tolerant).browser()
    typed = {key: value for key, value in TYPED.items() if not key.startswith("material.")}
    page = clerk.fill(clerk.get(APPLY).text, "/apply", {**typed, "material.M3": "promised", "action": "all"}).text
    said = {code: f'name="material.{code}" value="received" checked' in page for code in ("M1", "M2", "M3", "M4")}
    assert said == {"M1": True, "M2": True, "M3": False, "M4": False}
    assert "主要材料已齐，容缺的由居民承诺后补，可以受理。" in page

"""A clerk at the counter, page by page: find, check, accept, hand over; every form as a browser without scripts."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import Any

import pytest

from edge_node.people import add_account
from shared_models import cases, identifiers
from sync_protocol.commands import CaseCommand
from sync_protocol.store import accounts
from tests.edge_node.station import (
    ALLOWANCE,
    JPEG,
    PASSWORD,
    PDF,
    RESIDENT_ID,
    RESIDENT_NAME,
    SENIOR_CARD,
    Browser,
    City,
    Counter,
    form_on,
    hidden_of,
)
from tests.edge_node.test_desk import FULL, accept

APPLY = f"/items/{ALLOWANCE.code}/apply?situation=S1"
TYPED: dict[str, Any] = {
    "name": RESIDENT_NAME, "id_number": RESIDENT_ID, "phone": "13800001234", "address": "浓洄街道东街 1 号",
    "field.members": "2", "field.reason": "疾病",
}  # fmt: skip
ALL_RECEIVED = {f"material.M{n}": "received" for n in (1, 2, 3, 4)}


def text_of(source: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", source)).split())


def accepted(clerk: Browser, **more: Any) -> str:
    """Accepts one case through the form; gives its number."""
    page = clerk.get(APPLY).text
    answer = clerk.fill(page, "/apply", {**TYPED, **ALL_RECEIVED, "action": "accept", **more})
    assert answer.status_code == 303, text_of(answer.text)
    return str(answer.headers["location"].split("/")[2])


def noticed(clerk: Browser) -> str:
    materials = {**ALL_RECEIVED, "material.M1": "missing"}
    answer = clerk.fill(clerk.get(APPLY).text, "/apply", {**TYPED, **materials, "action": "notice"})
    assert answer.status_code == 303, text_of(answer.text)
    return str(answer.headers["location"].split("/")[2])


def accesses(counter: Counter, subject: str) -> list[str]:
    counter.runtime.database.write(lambda _: None)  # whatever was to be noted before is noted now
    with counter.runtime.database.read() as db:
        return [each.purpose for each in accounts.accesses_to(db, subject)]


# ---------------------------------------------------------------- finding


@pytest.mark.parametrize("text", ["低保", "zdsh", ALLOWANCE.code[19:]])
def test_the_field_finds_items_by_word_initials_and_part_of_a_code(clerk: Browser, text: str) -> None:
    answer = clerk.fill(clerk.get("/").text, "/search", {"q": text}, follow=True)
    assert f'href="/items/{ALLOWANCE.code}"' in answer.text


def test_an_id_number_in_the_field_lists_the_residents_cases_and_never_stands_in_an_address(
    clerk: Browser, counter: Counter
) -> None:
    number = accepted(clerk)
    answer = clerk.fill(clerk.get("/").text, "/search", {"q": RESIDENT_ID})
    assert answer.status_code == 200
    assert f"/cases/{number}" in answer.text
    assert RESIDENT_ID not in answer.text
    hashed = counter.place.node.vault.lookup("resident", RESIDENT_ID)
    assert accesses(counter, f"resident/{hashed}") == ["cases.of_resident"]


def test_a_case_number_or_the_code_of_a_receipt_opens_the_case(clerk: Browser) -> None:
    number = accepted(clerk)
    qr = identifiers.qr_payload(number, "ACDE-FGHJ")
    for text in (number, number.replace("-", "").lower(), qr):
        answer = clerk.fill(clerk.get("/cases").text, "/search", {"scan": text})
        assert answer.headers["location"] == f"/cases/{number}"
        assert clerk.get("/search", params={"q": text}).headers["location"] == f"/cases/{number}"


def test_a_number_that_is_wrong_is_said_to_be_wrong(clerk: Browser) -> None:
    number = accepted(clerk)
    unknown = identifiers.case_number("511602001001", identifiers.parse_case_number(number).day, "a" * 16, 7)
    assert "没有这件办件" in clerk.get("/search", params={"q": unknown}).text
    assert clerk.get("/search", params={"q": unknown}).status_code == 404
    wrong = clerk.get("/search", params={"q": RESIDENT_ID[:-1] + "1"})
    assert wrong.status_code == 422
    assert "校验位不对" in wrong.text


def test_while_one_types_items_are_suggested_but_never_for_a_number(clerk: Browser) -> None:
    token = hidden_of(form_on(clerk.get("/").text, "/search"))
    assert ALLOWANCE.name in clerk.post("/suggest", data={**token, "q": "dibao 低保"[6:]}).text
    for text in ("", "511602", RESIDENT_ID):
        assert clerk.post("/suggest", data={**token, "q": text}).text.strip() == ""


def test_an_item_shows_its_situations_with_their_reasons_and_materials(clerk: Browser) -> None:
    text = text_of(clerk.get(f"/items/{ALLOWANCE.code}").text)
    for word in (
        "首次申请",
        "是否第一次申请？",
        "收入变化",
        "社会救助申请书",
        "有核验信息可免",
        "20 个工作日",
        "《社会救助暂行办法》",
    ):
        assert word in text
    assert clerk.get(f"/items/{ALLOWANCE.code}/apply").headers["location"] == f"/items/{ALLOWANCE.code}"


# ---------------------------------------------------------------- checking


def test_a_check_tells_birth_date_and_sex_and_asks_for_nothing_else_yet(clerk: Browser) -> None:
    answer = clerk.fill(clerk.get(APPLY).text, "/apply", {"id_number": RESIDENT_ID, "action": "check"})
    assert answer.status_code == 200
    text = text_of(answer.text)
    assert "1968年3月15日" in text
    assert "女" in text
    assert "error-summary" not in answer.text


def test_a_waived_material_is_shown_with_issuer_dates_and_last_contact_and_cannot_be_ticked(city: City) -> None:
    clerk = Counter(city).browser()
    city.bureau.attest(RESIDENT_ID, "511602001001")
    city.world.sync_all()
    answer = clerk.fill(clerk.get(APPLY).text, "/apply", {"id_number": RESIDENT_ID, "action": "check"})
    text = text_of(answer.text)
    for word in (
        "核验有效",
        "免提交",
        "广安市民政局",
        "最低生活保障家庭",
        "2026年1月1日",
        "2026年12月31日",
        "最后一次与上级联系",
    ):
        assert word in text
    assert 'name="material.M3"' not in answer.text
    assert 'name="file.M3"' not in answer.text
    materials = {"material.M1": "received", "material.M2": "received"}
    done = clerk.fill(answer.text, "/apply", {**TYPED, **materials, "action": "accept"}, follow=True)
    assert "低保家庭证明（免提交，部门已核验）" in text_of(done.text)


def test_a_resident_known_from_an_earlier_case_is_offered_and_adopted(city: City) -> None:
    counter = Counter(city)
    clerk = counter.browser()
    number = accepted(clerk)
    answer = clerk.fill(
        clerk.get(APPLY).text, "/apply", {"id_number": RESIDENT_ID, "action": "check", "phone": "13900000000"}
    )
    assert "浓洄街道东街 1 号" in answer.text
    answer = clerk.fill(answer.text, "/apply", {"id_number": RESIDENT_ID, "phone": "13900000000", "action": "adopt"})
    assert answer.status_code == 200
    assert 'name="phone" type="text" value="13900000000"' in answer.text
    assert f'name="name" type="text" value="{RESIDENT_NAME}"' in answer.text
    assert number in answer.text
    assert "case.prefill" in accesses(counter, f"case/{number}")


def test_what_was_typed_ticked_and_chosen_survives_a_check(clerk: Browser) -> None:
    answer = clerk.fill(
        clerk.get(APPLY).text, "/apply", {**TYPED, "material.M1": "missing", "action": "check"},
        files=[("file.M2", ("证.jpg", JPEG, "image/jpeg")), ("file.M2", ("证.pdf", PDF, "application/pdf"))],
    )  # fmt: skip
    assert answer.status_code == 200
    assert "证.jpg" in answer.text
    assert 'value="missing" checked' in answer.text
    again = clerk.fill(answer.text, "/apply", {**TYPED, **ALL_RECEIVED, "action": "accept"}, follow=True)
    assert "居民身份证，附件 2 个" in text_of(again.text)


def test_a_kept_file_can_be_left_out_and_its_ticket_is_good_for_nobody_else(clerk: Browser, counter: Counter) -> None:
    answer = clerk.fill(clerk.get(APPLY).text, "/apply", {**TYPED, "action": "check"},
                        files={"file.M2": ("证.jpg", JPEG, "image/jpeg")})  # fmt: skip
    hidden = hidden_of(form_on(answer.text, "/apply"))
    wanted = re.search(r'name="drop.M2" value="([^"]+)"', answer.text)
    assert wanted is not None
    without = clerk.fill(answer.text, "/apply", {**TYPED, "drop.M2": wanted[1], "action": "check"})
    assert "证.jpg" not in without.text
    add_account(counter.runtime.database, "second", "李明", ["clerk"], PASSWORD, now_ms=counter.station.now(),
                entropy=counter.station.entropy)  # fmt: skip
    other = counter.browser("second")
    stolen = other.fill(other.get(APPLY).text, "/apply", {**TYPED, "kept.M2": hidden["kept.M2"], "action": "check"})
    assert stolen.status_code == 422
    assert "请重新选择" in stolen.text


# ---------------------------------------------------------------- taking in


def test_an_acceptance_ends_at_a_receipt_with_number_code_qr_promise_and_state(
    clerk: Browser, counter: Counter
) -> None:
    number = accepted(clerk)
    answer = clerk.get(f"/cases/{number}/receipt")
    text = text_of(answer.text)
    application = counter.station.desk.case(number).case.application
    assert application is not None
    assert text.count(application.query_code) >= 1
    assert f"TB1:{number}:{application.query_code}" in answer.text
    assert "<svg" in answer.text
    for word in (ALLOWANCE.name, "受理后 20 个工作日内", "已存本机", "社会救助申请书", "http://127.0.0.1:1/progress"):
        assert word in text
    assert RESIDENT_ID not in answer.text
    assert accesses(counter, f"case/{number}") == ["case.receipt"]


def test_a_required_material_that_is_missing_is_named_and_the_notice_offered(clerk: Browser) -> None:
    materials = {**ALL_RECEIVED, "material.M1": "missing"}
    answer = clerk.fill(clerk.get(APPLY).text, "/apply", {**TYPED, **materials, "action": "accept"})
    text = text_of(answer.text)
    assert answer.status_code == 422
    assert "缺少必交材料“社会救助申请书”" in text
    assert "一次性告知单" in text
    assert f'value="{TYPED["address"]}"' in answer.text
    notice = clerk.fill(answer.text, "/apply", {**TYPED, **materials, "action": "notice"}, follow=True)
    assert notice.url.path.endswith("/notice")
    assert "还缺下列 1 份材料" in text_of(notice.text)
    assert re.search(r"请在 2026年1\d月\d+日 前带齐以上材料和本告知单，到station接着办", text_of(notice.text))


def test_an_optional_material_may_be_missing(clerk: Browser) -> None:
    assert accepted(clerk, **{"material.M4": "missing"})


def test_receipt_and_notice_lead_to_the_paper_that_the_case_has(clerk: Browser) -> None:
    taken, told = accepted(clerk), noticed(clerk)
    assert clerk.get(f"/cases/{taken}/notice").headers["location"] == f"/cases/{taken}/receipt"
    assert clerk.get(f"/cases/{told}/receipt").headers["location"] == f"/cases/{told}/notice"


def test_the_button_pressed_twice_makes_one_case(clerk: Browser) -> None:
    page = clerk.get(APPLY).text
    sent = [clerk.fill(page, "/apply", {**TYPED, **ALL_RECEIVED, "action": "accept"}) for _ in range(2)]
    assert sent[0].headers["location"] == sent[1].headers["location"]
    assert accepted(clerk) not in sent[0].headers["location"]


# ---------------------------------------------------------------- a case


def test_what_comes_later_completes_a_notice(clerk: Browser) -> None:
    number = noticed(clerk)
    page = clerk.get(f"/cases/{number}").text
    assert "待补正" in page
    done = clerk.fill(page, "/supplement", {"material.M1": "received"},
                      files={"file.M1": ("申请书.pdf", PDF, "application/pdf")}, follow=True)  # fmt: skip
    text = text_of(done.text)
    assert "材料已经补齐，办件已受理" in text
    assert "申请书.pdf" in text
    assert "办理中" in text


def test_the_photo_of_a_material_is_shown_to_clerks_and_nothing_else_is(clerk: Browser, counter: Counter) -> None:
    page = clerk.get(APPLY).text
    answer = clerk.fill(page, "/apply", {**TYPED, **ALL_RECEIVED, "action": "accept"},
                        files={"file.M2": ("../../证 件.jpg", JPEG, "image/jpeg")})  # fmt: skip
    number = answer.headers["location"].split("/")[2]
    path = re.search(rf"/cases/{number}/attachments/[\w-]+", clerk.get(f"/cases/{number}").text)
    assert path is not None
    photo = clerk.get(path[0])
    assert (photo.status_code, photo.content, photo.headers["content-type"]) == (200, JPEG, "image/jpeg")
    assert "sandbox" in photo.headers["content-security-policy"]
    assert ".." not in photo.headers["content-disposition"]
    assert accesses(counter, f"case/{number}")[:1] == ["case.attachment"]
    other = accepted(clerk)
    assert clerk.get(path[0].replace(number, other)).status_code == 404
    assert clerk.get(f"/cases/{number}/attachments/..%2f..%2fnode.key").status_code == 404


def test_a_station_item_is_decided_handed_over_and_rated_on_the_spot(clerk: Browser) -> None:
    path = f"/items/{SENIOR_CARD.code}/apply?situation=S1"
    answer = clerk.fill(clerk.get(path).text, "/apply", {**TYPED, "material.M1": "received", "action": "accept"})
    number = answer.headers["location"].split("/")[2]
    page = clerk.get(f"/cases/{number}").text
    page = clerk.fill(page, "/decide", {"outcome": "granted", "result": "老年人优待证"}, follow=True).text
    page = clerk.fill(page, "/deliver", {"receiver": RESIDENT_NAME}, follow=True).text
    page = clerk.fill(page, "/rate", {"grade": "1", "comment": "很方便"}, follow=True).text
    text = text_of(page)
    for word in ("准予", "老年人优待证", "非常满意", "很方便", "已评价"):
        assert word in text
    assert "<form action=" not in page.split("<main")[1]


def test_a_refusal_states_reasons(clerk: Browser) -> None:
    path = f"/items/{SENIOR_CARD.code}/apply?situation=S1"
    answer = clerk.fill(clerk.get(path).text, "/apply", {**TYPED, "material.M1": "received", "action": "accept"})
    number = answer.headers["location"].split("/")[2]
    page = clerk.get(f"/cases/{number}").text
    refused = clerk.fill(page, "/decide", {"outcome": "refused", "reasons": " ", "result": ""})
    assert refused.status_code == 422
    assert "不予办理必须写明理由" in refused.text
    done = clerk.fill(
        refused.text, "/decide", {"outcome": "refused", "reasons": "未满 60 周岁", "result": ""}, follow=True
    )
    assert "未满 60 周岁" in done.text


def test_a_district_item_is_not_offered_for_decision_and_not_decided(clerk: Browser) -> None:
    number = accepted(clerk)
    page = clerk.get(f"/cases/{number}").text
    assert "/decide" not in page
    token = hidden_of(form_on(page, "/withdraw"))
    answer = clerk.post(f"/cases/{number}/decide", data={**token, "outcome": "granted"})
    assert answer.status_code == 403
    assert "不由本级办结" in answer.text


def test_a_withdrawal_needs_its_reason_and_ends_the_case(clerk: Browser) -> None:
    number = accepted(clerk)
    page = clerk.get(f"/cases/{number}").text
    assert clerk.fill(page, "/withdraw", {"reason": ""}).status_code == 422
    done = clerk.fill(page, "/withdraw", {"reason": "不想办了"}, follow=True)
    assert "已撤回" in done.text
    late = clerk.fill(page, "/withdraw", {"reason": "再撤一次"})
    assert late.status_code == 409
    assert "当前状态不允许" in late.text


def test_a_decision_of_the_district_is_handed_over_here(clerk: Browser, shared: City) -> None:
    number = accepted(clerk)
    shared.world.sync_all()
    shared.world.district.node.write(CaseCommand(number, cases.Decide("granted", "属实", "低保证"), "officer-1"))
    shared.world.sync_all()
    page = clerk.get(f"/cases/{number}").text
    assert "低保证" in page
    assert "district" in page
    assert clerk.fill(page, "/deliver", {"receiver": ""}).status_code == 422
    assert "已送达" in clerk.fill(page, "/deliver", {"receiver": RESIDENT_NAME}, follow=True).text
    assert clerk.fill(clerk.get(f"/cases/{number}").text, "/rate", {"comment": "?"}).status_code == 422


def test_a_conflict_is_shown_with_both_sides_and_no_step_is_offered(clerk: Browser, shared: City) -> None:
    number = accepted(clerk)
    shared.world.sync_all()
    shared.world.district.node.write(CaseCommand(number, cases.Decide("granted", "", ""), "officer-1"))
    page = clerk.get(f"/cases/{number}").text
    clerk.fill(page, "/withdraw", {"reason": "不想办了"})
    shared.world.sync_all()
    text = text_of(clerk.get(f"/cases/{number}").text)
    assert "互相矛盾" in text
    assert "请领取结果" not in text
    assert "待处理" in text
    assert clerk.get(f"/cases/{number}/state").json()["kept"] == "pending"
    assert 'action="/cases/' not in clerk.get(f"/cases/{number}").text


def test_a_contradicted_case_does_not_count_as_one_to_hand_over(clerk: Browser, shared: City) -> None:
    def counted() -> int:
        found = re.search(r"/cases\?status=to_hand_over.*?(\d+)", clerk.get("/").text, re.DOTALL)
        assert found is not None
        return int(found[1])

    before = counted()
    numbers = [accepted(clerk), accepted(clerk)]
    shared.world.sync_all()
    for number in numbers:
        shared.world.district.node.write(CaseCommand(number, cases.Decide("granted", "", ""), "officer-1"))
    clerk.fill(clerk.get(f"/cases/{numbers[0]}").text, "/withdraw", {"reason": "不想办了"})
    shared.world.sync_all()
    assert counted() == before + 1
    page = clerk.get("/cases?status=to_hand_over").text
    assert [f'href="/cases/{number}"' in page for number in numbers] == [False, True]


# ---------------------------------------------------------------- lists


def test_the_list_filters_by_status_and_text_and_turns_pages(city: City) -> None:
    counter = Counter(city)
    clerk = counter.browser()
    for _ in range(22):
        accept(counter.city.desk(), FULL, SENIOR_CARD.code)
    number = noticed(clerk)
    page = clerk.get("/cases").text
    assert "共 23 件" in page
    assert 'href="/cases?page=2"' in page
    assert page.count('class="number-cell"') == 20
    assert clerk.get("/cases?page=2").text.count('class="number-cell"') == 3
    assert clerk.get("/cases?page=-1").status_code == clerk.get("/cases?page=999999999999").status_code == 200
    assert number in clerk.get("/cases?status=notified").text
    assert number not in clerk.get("/cases?status=accepted").text
    found = clerk.get("/cases", params={"text": "生活保障"}).text
    assert number in found
    assert found.count('class="number-cell"') == 1
    assert clerk.get("/cases", params={"text": RESIDENT_NAME}).text.count('class="number-cell"') == 20
    assert clerk.get("/cases", params={"text": number}).headers["location"] == f"/cases/{number}"


def test_the_table_holds_no_whole_id_number_and_no_formula(clerk: Browser, counter: Counter) -> None:
    number = accepted(clerk, name="=李秀英")
    answer = clerk.get("/cases.csv?status=accepted")
    assert answer.headers["content-type"].startswith("text/csv")
    assert RESIDENT_ID not in answer.text
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[1][0] == number
    assert rows[1][3] == "'=李秀英"
    assert rows[1][4] == "5116**********2328"
    assert accesses(counter, "cases")[:1] == ["cases.export"]


# ---------------------------------------------------------------- accounts


def test_an_administrator_makes_an_account_and_stops_it(counter: Counter) -> None:
    admin = counter.browser("admin")
    page = admin.get("/accounts").text
    made = admin.fill(
        page, "/accounts", {"name": "李明", "login": "liming", "password": PASSWORD, "role": "clerk"}, follow=True
    )
    assert "账号已建立" in made.text
    clerk = counter.browser("liming")
    assert clerk.get("/cases").status_code == 200
    stopped = admin.fill(made.text, "/accounts/liming", {"do": "disable"}, follow=True)
    assert "已停用" in stopped.text
    assert clerk.get("/cases").status_code == 303
    assert "账号已恢复" in admin.fill(stopped.text, "/accounts/liming", {"do": "enable"}, follow=True).text
    assert "/accounts/admin" not in page
    token = hidden_of(form_on(page, "/accounts"))
    assert "不能停用自己" in admin.post("/accounts/admin", data={**token, "do": "disable"}).text


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"login": "Ä"}, "不符合要求"),
        ({"login": "admin"}, "已被使用"),
        ({"name": " "}, "缺少姓名"),
        ({"password": "short"}, "密码长度"),
        ({"role": "root"}, "角色"),
    ],
)
def test_a_faulty_account_is_not_made_and_says_why(counter: Counter, changed: dict[str, str], word: str) -> None:
    admin = counter.browser("admin")
    good = {"name": "李明", "login": "liming", "password": PASSWORD, "role": "clerk"}
    answer = admin.fill(admin.get("/accounts").text, "/accounts", {**good, **changed})
    assert answer.status_code == 422
    assert word in answer.text
    assert PASSWORD not in answer.text


def test_a_clerk_does_not_see_accounts(clerk: Browser) -> None:
    assert clerk.get("/accounts").status_code == 403
    assert 'href="/accounts"' not in clerk.get("/").text

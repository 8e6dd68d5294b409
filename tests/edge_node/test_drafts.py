"""Begun applications: kept as they grow, found again after anything, handed over by consent only."""

from __future__ import annotations

import re
from html import unescape

import pytest
from msgspec.structs import replace

from edge_node.upkeep import drop_unnamed_files
from shared_models.catalogue import FormField
from shared_models.catalogue.items import Rule
from shared_models.refusals import Refusal
from sync_protocol.store import accounts, intakes
from tests.edge_node.station import (
    ALLOWANCE,
    JPEG,
    RESIDENT_ID,
    RESIDENT_NAME,
    SENIOR_CARD,
    Browser,
    City,
    Counter,
    form_on,
    hidden,
    hidden_of,
    publish,
)

APPLY = f"/items/{ALLOWANCE.code}/apply?situation=S1"
FOLLOW = f"/items/{ALLOWANCE.code}/follow?situation=S1"
TYPED = {"id_number": RESIDENT_ID, "name": RESIDENT_NAME, "field.members": "3", "material.M1": "received"}
DAY_MS = intakes.DAY_MS


def begin(clerk: Browser, typed: dict[str, str] = TYPED, path: str = APPLY) -> tuple[str, str]:
    """Types into a fresh form, as the page sends it in the background; the entry's id and the answer."""
    hidden_fields = hidden_of(form_on(clerk.get(path).text, "/apply"))
    answer = clerk.post(path.replace("/apply", "/follow"), data={**hidden_fields, **typed})
    assert answer.status_code == 200
    return str(hidden_fields["entry"]), answer.text


def do(clerk: Browser, entry: str, action: str) -> int:
    token = hidden(clerk.get("/").text, "_form")
    return clerk.post(f"/drafts/{entry}", data={"_form": token, "_from": "/", "action": action}).status_code


def begun(counter: Counter) -> list[str]:
    return [each.id for each in counter.station.drafts.listed()]


@pytest.fixture
def desk_of(city: City) -> Counter:
    return Counter(city)


def test_what_is_typed_is_kept_sealed_and_found_again_after_logging_out(desk_of: Counter) -> None:
    entry, answer = begin(desk_of.browser())
    assert "已保存到本机" in answer
    again = desk_of.browser()
    home = again.get("/").text
    assert f"/drafts/{entry}" in home
    assert RESIDENT_NAME in home
    page = again.get(f"/drafts/{entry}", follow_redirects=True).text
    assert f'value="{RESIDENT_ID}"' in page
    assert re.search(r'name="field.members"[^>]* value="3"', page)
    assert hidden(page, "entry") == entry
    path = desk_of.place.node.database.path
    resting = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
    assert RESIDENT_NAME.encode() not in resting
    assert RESIDENT_ID.encode() not in resting


def test_an_empty_form_is_not_kept(desk_of: Counter) -> None:
    _, answer = begin(desk_of.browser(), {"name": "  "})
    assert "已保存" not in answer
    assert begun(desk_of) == []


def test_a_case_that_comes_of_it_ends_it_and_a_late_message_does_not_bring_it_back(desk_of: Counter) -> None:
    clerk = desk_of.browser()
    whole = {**TYPED, "phone": "13800001234", "address": "东街 1 号", "field.reason": "疾病", "material.M2": "received",
             "material.M3": "received"}  # fmt: skip
    entry, _ = begin(clerk, whole)
    page = clerk.get(f"/drafts/{entry}", follow_redirects=True).text
    fields = {**hidden_of(form_on(page, "/apply")), **whole}
    assert clerk.post(APPLY, data={**fields, "action": "accept"}).headers["location"].endswith("/receipt")
    assert begun(desk_of) == []
    late = clerk.post(FOLLOW, data=fields)
    assert late.status_code == 200
    assert "已保存" not in late.text
    assert begun(desk_of) == []
    assert clerk.get(f"/drafts/{entry}").status_code == 404


def test_a_button_without_scripts_keeps_it_too_with_its_files(desk_of: Counter) -> None:
    clerk = desk_of.browser()
    page = clerk.get(APPLY).text
    clerk.fill(page, "/apply", {**TYPED, "action": "check"}, files={"file.M2": ("证.jpg", JPEG, "image/jpeg")})
    (entry,) = begun(desk_of)
    assert "证.jpg" in desk_of.browser().get(f"/drafts/{entry}", follow_redirects=True).text


def test_files_of_a_begun_application_outlive_the_upkeep_and_go_with_it(desk_of: Counter) -> None:
    clerk, place = desk_of.browser(), desk_of.place
    page = clerk.get(APPLY).text
    clerk.fill(page, "/apply", {**TYPED, "action": "check"}, files={"file.M2": ("证.jpg", JPEG, "image/jpeg")})
    (entry,) = begun(desk_of)
    folder = place.folder / "attachments"
    real_ms = max(each.stat().st_mtime_ns for each in folder.iterdir()) // 1_000_000
    drop_unnamed_files(place.node, place.attachments, folder, real_ms + DAY_MS)
    assert len(list(folder.iterdir())) == 1
    assert do(clerk, entry, "delete") == 303
    drop_unnamed_files(place.node, place.attachments, folder, real_ms + DAY_MS)
    assert list(folder.iterdir()) == []


def test_what_nobody_touches_for_thirty_days_goes_away(desk_of: Counter) -> None:
    entry, _ = begin(desk_of.browser())
    database, now_ms = desk_of.place.node.database, desk_of.station.now()
    for days, left in ((29, [entry]), (31, [])):
        database.write(lambda db, days=days: intakes.sweep(db, now_ms + days * DAY_MS))  # type: ignore[misc]  # bound at once
        assert begun(desk_of) == left


def test_beside_each_field_stands_its_fault_but_not_where_one_types(desk_of: Counter) -> None:
    typed = {**TYPED, "phone": "12", "field.contact": "34", "_at": "field.contact"}
    _, answer = begin(desk_of.browser(), typed)
    slots = dict(re.findall(r'<hx-partial id="n-([^"]+)"[^>]*>(.*?)</hx-partial>', answer, re.S))
    assert "电话号码的位数不对" in slots["phone"]
    assert "电话号码" not in slots["field.contact"]
    assert slots["address"] == slots["field.reason"] == ""  # empty is no fault yet


def test_a_field_that_is_not_asked_for_hides_and_comes_with_the_answer(city: City, desk_of: Counter) -> None:
    ruled = FormField("illness", "病名", "text", True, rule=Rule(when="reason", among=("疾病",)))
    publish(city.world.city, 2, [replace(ALLOWANCE, fields=(*ALLOWANCE.fields, ruled))])
    city.world.sync_all()
    clerk = desk_of.browser()
    shown = '<hx-partial id="n-field.illness" hx-swap="innerHTML"><span class="not-asked"></span>'
    assert shown in begin(clerk, {**TYPED, "field.reason": "其他"})[1]
    assert shown not in begin(clerk, {**TYPED, "field.reason": "疾病"})[1]


def test_a_new_catalogue_in_the_middle_is_told_before_anything_is_accepted(city: City, desk_of: Counter) -> None:
    clerk = desk_of.browser()
    whole = {**TYPED, "phone": "13800001234", "address": "东街 1 号", "field.reason": "疾病", "material.M2": "received",
             "material.M3": "received", "action": "accept"}  # fmt: skip
    entry, _ = begin(clerk, whole)
    page = clerk.get(f"/drafts/{entry}", follow_redirects=True).text
    publish(city.world.city, 2, [replace(ALLOWANCE, promised_days=15)])
    city.world.sync_all()
    answer = clerk.fill(page, "/apply", whole)
    assert answer.status_code == 422
    assert "事项目录更新到了第 2 版" in answer.text
    reopened = clerk.get(f"/drafts/{entry}", follow_redirects=True).text
    assert "这份登记开始时目录是第 1 版" in reopened
    assert clerk.fill(answer.text, "/apply", whole).headers["location"].endswith("/receipt")


def test_an_item_that_is_withdrawn_in_the_middle_takes_nothing_with_it(city: City, desk_of: Counter) -> None:
    clerk = desk_of.browser()
    page = clerk.get(APPLY).text
    publish(city.world.city, 2, [], removed=[ALLOWANCE.code])
    city.world.sync_all()
    assert clerk.fill(page, "/apply", {**TYPED, "action": "check"}).status_code == 404
    (entry,) = begun(desk_of)
    gone = clerk.get(f"/drafts/{entry}", follow_redirects=True)
    assert "现行目录里已经没有这个事项" in gone.text
    found = clerk.get(f"/search?q=老年证&draft={entry}").text
    item = unescape(re.findall(rf'href="(/items/{SENIOR_CARD.code}[^"]*)"', found)[0])
    way = unescape(re.findall(r'href="([^"]*/apply[^"]*)"', clerk.get(item).text)[0])
    assert f'value="{RESIDENT_NAME}"' in clerk.get(way).text


def test_a_situation_that_is_gone_leads_to_those_there_are(city: City, desk_of: Counter) -> None:
    clerk = desk_of.browser()
    entry, _ = begin(clerk)
    publish(city.world.city, 2, [replace(ALLOWANCE, situations=ALLOWANCE.situations[1:])])
    city.world.sync_all()
    page = clerk.get(f"/drafts/{entry}", follow_redirects=True).text
    assert "请重新选择情形" in page
    assert f"situation=S2&amp;draft={entry}" in page


def test_a_colleague_gets_it_by_consent_with_its_files_and_sees_nothing_before(desk_of: Counter) -> None:
    owner, colleague = desk_of.browser(), desk_of.browser("tongshi")
    page = owner.get(APPLY).text
    owner.fill(page, "/apply", {**TYPED, "action": "check"}, files={"file.M2": ("证.jpg", JPEG, "image/jpeg")})
    (entry,) = begun(desk_of)
    home = colleague.get("/").text
    assert "张晓红 正在办理" in home
    assert RESIDENT_NAME not in home
    assert colleague.get(f"/drafts/{entry}").status_code == 409
    assert do(colleague, entry, "give") == 409  # nobody gives what is not theirs
    assert do(colleague, entry, "ask") == 303
    assert colleague.get(f"/drafts/{entry}").status_code == 409
    assert "李同事 请求接手这份登记" in owner.get("/").text
    assert do(owner, entry, "give") == 303
    assert "证.jpg" in colleague.get(f"/drafts/{entry}", follow_redirects=True).text
    assert owner.get(f"/drafts/{entry}").status_code == 409
    late = owner.post(FOLLOW, data={**hidden_of(form_on(page, "/apply")), **TYPED, "name": "改了"})
    assert "由另一位工作人员办理" in late.text
    assert RESIDENT_NAME in colleague.get("/").text


def test_a_request_may_be_declined(desk_of: Counter) -> None:
    owner, colleague = desk_of.browser(), desk_of.browser("tongshi")
    entry, _ = begin(owner)
    do(colleague, entry, "ask")
    assert do(owner, entry, "keep") == 303
    assert "请求接手这份登记" not in owner.get("/").text
    assert colleague.get(f"/drafts/{entry}").status_code == 409


def test_of_an_account_that_is_disabled_a_colleague_takes_over_at_once(desk_of: Counter) -> None:
    entry, _ = begin(desk_of.browser())
    desk_of.runtime.database.write(lambda db: accounts.set_disabled(db, "chuangkou", True))
    colleague = desk_of.browser("tongshi")
    assert "接手办理" in colleague.get("/").text
    assert do(colleague, entry, "ask") == 303
    assert f'value="{RESIDENT_NAME}"' in colleague.get(f"/drafts/{entry}", follow_redirects=True).text


def test_an_account_keeps_so_many_and_no_more(desk_of: Counter) -> None:
    drafts = desk_of.station.drafts
    for number in range(intakes.BEGUN_MAX):
        drafts.keep(f"e{number}", "actor-chuangkou", ALLOWANCE.code, "S1", 1, (("name", "某"),), frozenset())
    _, answer = begin(desk_of.browser())
    assert f"已有 {intakes.BEGUN_MAX} 份没办完的登记" in answer
    assert drafts.keep("e1", "actor-chuangkou", ALLOWANCE.code, "S1", 1, (("name", "改"),), frozenset())


def test_rows_that_were_exchanged_in_the_database_do_not_open(desk_of: Counter) -> None:
    drafts, database = desk_of.station.drafts, desk_of.place.node.database
    for name in ("a", "b"):
        drafts.keep(name, "actor-chuangkou", ALLOWANCE.code, "S1", 1, (("name", name),), frozenset())
    database.write(lambda db: db.execute("UPDATE intakes SET sealed = (SELECT sealed FROM intakes WHERE id = 'b')"))
    assert drafts.open("b", "actor-chuangkou").text("name") == "b"
    with pytest.raises(Refusal) as refused:
        drafts.open("a", "actor-chuangkou")
    assert refused.value.code == "drafts.damaged"
    assert do(desk_of.browser(), "a", "delete") == 303

"""Officers' pages: the list, a case, its files, the decision and the ruling."""

from __future__ import annotations

import re

import msgspec

from central import issuing, publishing
from central.issuing import Attesting
from shared_models import cases
from shared_models.catalogue import Answered, FormField, Situation
from shared_models.catalogue.items import Rule
from shared_models.roster import CITY
from sync_protocol.store import accounts
from tests.central.places import JPEG, PEOPLE, RESIDENT_ID, STATION_AREA, Places, Site, hash_of, put_drafts
from tests.host.small_app import hidden
from tests.shared_models.catalogue_items import asking_item, complete_item
from tests.sync_protocol.test_critical_kinds import SEALED, Says


def access(site: Site, number: str) -> list[tuple[str, str]]:
    with site.runtime.node.read() as db:
        return [(each.actor, each.purpose) for each in accounts.accesses_to(db, f"case/{number}")]


def decide(site: Site, number: str, login: str = "shenpi", **fields: str) -> tuple[int, str]:
    browser = site.browser(login)
    token = hidden(browser.get(f"/cases/{number}").text, "_form")
    answer = browser.post(f"/cases/{number}/decide", data={"_form": token, "_from": f"/cases/{number}", **fields})
    return answer.status_code, answer.text


def test_the_list_shows_number_item_station_and_a_masked_name(places: Places) -> None:
    number = places.station.accept(name="王德顺")
    city_number = places.hall.accept(home=CITY)
    places.sync()
    text = places.district.browser("shenpi").get("/worklist").text
    assert f'href="/cases/{number}"' in text
    assert city_number not in text
    assert "王*顺" in text
    assert "王德顺" not in text
    assert RESIDENT_ID not in text
    assert city_number in places.city.browser("shenpi").get("/worklist").text


def test_an_answer_that_something_is_not_ours_shows_its_reasons_and_whom_to_ask(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    application = places.station.case(number).application
    assert application is not None
    nobody = cases.Resident("李秀英", "", "", "", "", "")
    said = cases.Declined(("department", "other"), "东街派出所", "东街 12 号", "归公安管")
    number = f"{number}X"
    asked = msgspec.structs.replace(application, number=number, resident=nobody, materials=(), declined=said)
    places.station.write(number, cases.Decline(asked))
    places.sync()
    browser = places.district.browser("shenpi")
    text = browser.get(f"/cases/{number}").text
    for part in ("不予受理", "不属于本部门（单位）的职权范围", "归公安管", "东街派出所", "东街 12 号"):
        assert part in text, part
    assert number not in browser.get("/worklist").text


def test_the_csv_holds_the_filtered_list_without_names(places: Places) -> None:
    number, other = places.station.accept(due_in=1), places.hall.accept(due_in=9, item="=cmd()")
    places.sync()
    browser = places.district.browser("shenpi")
    answer = browser.get("/worklist.csv?light=yellow")
    assert answer.headers["content-type"].startswith("text/csv")
    text = answer.content.decode("utf-8-sig")
    assert number in text
    assert other not in text
    assert "李秀英" not in text
    assert "'=cmd()" in browser.get("/worklist.csv").content.decode("utf-8-sig")


def test_the_case_page_shows_everything_and_notes_who_looked(places: Places) -> None:
    issuing.admit_issuer(places.city.hub, "mz", "广安市民政局", {"mz.low-income": "最低生活保障家庭"})
    today = places.city.hub.today()
    wanted = Attesting("mz.low-income", "李秀英", RESIDENT_ID, STATION_AREA, today, today.replace(year=2027), {})
    identity = issuing.issue_attestation(places.city.hub, PEOPLE[3], wanted)
    places.sync()
    number = places.station.accept(photo=JPEG, attestation=f"urn:uuid:{identity}", due_in=2)
    places.sync()
    text = places.district.browser("shenpi").get(f"/cases/{number}").text
    for part in (
        "李秀英", "5116", "1968年3月15日", "13800001234", "居民身份证", "B 原件核对", "广安市民政局",
        "最低生活保障家庭", "签名已在本机核验", "浓洄街道东街社区服务站", "剩 2 个工作日", "首次申请", "作出决定",
    ):  # fmt: skip
        assert part in text, part
    assert "A 系统核验" not in text  # nobody handed in the material that is waived
    assert re.search(rf'<img src="/cases/{number}/attachments/[\w-]+"', text)
    assert access(places.district, number) == [("actor-officer", "case.viewed")]


def test_an_attestation_that_is_not_held_here_is_said_to_be_so(places: Places) -> None:
    number = places.station.accept(attestation="urn:uuid:00000000-0000-4000-8000-000000000000")
    places.sync()
    assert "本机没有这份电子证明" in places.district.browser("shenpi").get(f"/cases/{number}").text


def test_a_form_that_does_not_meet_its_item_is_kept_and_told(places: Places) -> None:
    rule = Rule(least="1", most="2")
    asked = (FormField("household", "家庭人数", "number", True, rule=rule), FormField("account", "账号", required=True))
    item = msgspec.structs.replace(complete_item(), fields=asked)
    put_drafts(places.city, [item])
    publishing.publish(places.city.runtime.node, "actor-admin")
    places.sync()
    odd, plain = places.station.accept(item_hash=hash_of(item)), places.station.accept()
    places.sync()
    browser = places.district.browser("shenpi")
    text = browser.get(f"/cases/{odd}").text
    for part in ("“家庭人数”不能大于 2，请核对。", "请填写“账号”。", "作出决定"):
        assert part in text, part
    assert "的要求不符" not in browser.get(f"/cases/{plain}").text  # its item is not known here: nothing can be said


def test_answers_are_shown_and_judged_again_where_a_hub_looks_at_a_case(places: Places) -> None:
    asked = asking_item()
    codes = ("id", "income", "M3")
    item = msgspec.structs.replace(
        asked, fields=(), questions=asked.questions[:2],
        situations=(Situation("s1", "首次申请", "", ("id", "M3"), asked.situations[0].given[:1]),
                    Situation("s2", "再次申请", "", ("id",), ((Answered("poor", ("no",)),),))),
        materials=tuple(msgspec.structs.replace(each, code=code, given=())
                        for code, each in zip(codes, asked.materials, strict=True)),
    )  # fmt: skip
    put_drafts(places.city, [item])
    publishing.publish(places.city.runtime.node, "actor-admin")
    home, poor = cases.Said("home", "one", "家里有几口人？", "一口人"), "是否正在享受低保？"
    yes, no = (home, cases.Said("poor", "yes", poor, "是")), (home, cases.Said("poor", "no", poor, "否"))
    right, wrong = (places.station.accept(item_hash=hash_of(item), answers=each) for each in (yes, no))
    listed = places.station.accept(item_hash=hash_of(item))
    places.sync()
    browser = places.district.browser("shenpi")
    shown, odd, plain = (browser.get(f"/cases/{number}").text for number in (right, wrong, listed))
    assert poor in shown
    assert "这些回答说明不是" not in shown
    assert "应当收“收入说明”" in shown
    assert "这些回答说明不是“首次申请”" in odd
    assert poor not in plain
    assert "应当收" not in plain


def test_a_photo_is_served_as_such_and_nothing_else_of_the_store_is(places: Places) -> None:
    number, other = places.station.accept(photo=JPEG), places.station.accept()
    places.sync()
    browser = places.district.browser("shenpi")
    found = re.search(rf"/cases/{number}/attachments/[\w-]+", browser.get(f"/cases/{number}").text)
    assert found is not None
    answer = browser.get(found[0])
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert browser.get(found[0].replace(number, other)).status_code == 404
    assert browser.get(f"/cases/{number}/attachments/{'A' * 43}").status_code == 404
    assert ("actor-officer", "attachment.viewed") in access(places.district, number)


def test_a_photo_that_has_not_arrived_is_on_its_way(places: Places) -> None:
    number = places.station.accept(photo=JPEG)
    row = places.station.case(number).application
    assert row is not None
    name = row.materials[0].attachments[0].hash
    (places.folder / "station" / "attachments" / name).rename(places.folder / "elsewhere")
    places.station.sync()
    browser = places.district.browser("shenpi")
    assert "传输中，已到 0%" in browser.get(f"/cases/{number}").text
    assert browser.get(f"/cases/{number}/attachments/{name}").status_code == 404


def test_the_page_of_a_case_is_marked_in_the_head(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    for path in ("/worklist", f"/cases/{number}"):
        text = places.district.browser("shenpi").get(path).text
        assert '<a href="/worklist" aria-current="page">' in text
        assert text.count('aria-current="page"') == 1


def test_a_decision_is_made_once_and_shows(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    assert decide(places.district, number, outcome="granted", reasons="", result="低保证")[0] == 303
    text = places.district.browser("shenpi").get(f"/cases/{number}").text
    assert "准予" in text
    assert 'id="decide"' not in text
    status, text = decide(places.district, number, outcome="refused", reasons="我打了很多字")
    assert status == 409
    assert "我打了很多字" in text, "what was typed is not lost"
    assert places.district.case(number).decision == cases.Decide("granted", "", "低保证")


def test_a_refusal_without_reasons_is_answered_422_with_the_input_kept(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    status, text = decide(places.district, number, outcome="refused", reasons=" ", result="自己写的结果")
    assert status == 422
    assert 'href="#f-reasons"' in text
    assert 'value="refused" checked' in text
    assert 'value="自己写的结果"' in text
    assert places.district.case(number).status == "accepted"
    assert decide(places.district, number, reasons="", result="")[0] == 422


def test_the_citys_case_cannot_be_decided_at_the_district(places: Places) -> None:
    number = places.hall.accept(home=CITY)
    places.sync()
    text = places.district.browser("shenpi").get(f"/cases/{number}").text
    assert 'id="decide"' not in text
    status, _ = decide(places.district, number, outcome="granted")
    assert status == 403
    assert places.city.case(number).status == "accepted"


def test_a_contradiction_shows_both_versions_and_is_settled(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    places.station.write(number, cases.Withdraw("家里已经解决"))
    places.district.write(number, cases.Decide("granted", "符合条件", "批准书"), "actor-officer")
    places.sync()
    browser = places.district.browser("jiandu")
    page = browser.get(f"/cases/{number}").text
    for part in ("现行记录", "与之矛盾的记录", "符合条件", "家里已经解决", "王审批", "浓洄街道东街社区服务站"):
        assert part in page, part
    assert "待处理" in page
    assert "市已存" not in page
    assert number in browser.get("/worklist?conflict=1").text
    contradicting = hidden(page, "contradicting")
    fields = {"_form": hidden(page, "_form"), "_from": f"/cases/{number}", "contradicting": contradicting}
    refused = browser.post(f"/cases/{number}/settle", data={**fields, "ruling": "yields", "reason": ""})
    assert refused.status_code == 422
    assert 'value="yields" checked' in refused.text
    settled = browser.post(f"/cases/{number}/settle", data={**fields, "ruling": "yields", "reason": "撤回在先"})
    assert settled.status_code == 303
    assert places.district.case(number).status == "withdrawn"
    assert "目前没有待裁定的矛盾记录" in browser.get("/worklist?conflict=1").text
    again = browser.post(f"/cases/{number}/settle", data={**fields, "ruling": "stands", "reason": "再裁"})
    assert again.status_code == 409


def test_one_field_finds_a_case_a_resident_or_a_text(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    browser = places.district.browser("shenpi")
    token = browser.token_at("/worklist")

    def find(text: str) -> tuple[int, str, str]:
        answer = browser.post("/find", data={"_form": token, "scan": text})
        return answer.status_code, answer.headers.get("location", ""), answer.text

    assert find(number.lower())[:2] == (303, f"/cases/{number}")
    assert find(f"TB1:{number}:{places.station.case(number).application.query_code}")[:2] == (303, f"/cases/{number}")  # type: ignore[union-attr]  # accepted above
    status, _, text = find(RESIDENT_ID)
    assert status == 200
    assert number in text
    assert RESIDENT_ID not in text
    assert find("李 秀英")[1].startswith("/worklist?text=")
    assert find("511602196803152329")[0] == 422


def test_an_unknown_case_is_404_and_leaves_no_trace(places: Places) -> None:
    browser = places.district.browser("shenpi")
    assert browser.get("/cases/511602001001-20261122-AAAAAAAA-0001-0").status_code == 404
    assert access(places.district, "511602001001-20261122-AAAAAAAA-0001-0") == []


def test_every_page_opens_in_english_and_in_large_text(places: Places) -> None:
    number = places.station.accept(photo=JPEG)
    places.sync()
    browser = places.district.browser("shenpi")
    for query in ("lang=en", "big=1"):
        browser.get(f"/look?{query}&back=/")
    for path in ("/", "/worklist", f"/cases/{number}"):
        text = browser.get(path).text
        assert 'lang="en" class="big"' in text, path


def test_a_case_with_an_important_record_of_an_unknown_kind_says_so_and_offers_no_decision(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    officer = places.district.browser("shenpi")
    assert f'action="/cases/{number}/decide"' in officer.get(f"/cases/{number}").text
    places.city.runtime.node.write(Says(number, SEALED))
    places.sync()
    text = officer.get(f"/cases/{number}").text
    assert SEALED in text
    assert "只能查看" in text
    assert f'action="/cases/{number}/decide"' not in text
    assert number in officer.get("/worklist").text

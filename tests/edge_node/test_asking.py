"""The questions at the counter: from the first one to a case that holds the answers, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from edge_node.web.asking import asking_address
from shared_models import cases
from shared_models.catalogue.samples import KIND, sample
from shared_models.records import PUBLIC, Draft
from tests.edge_node.station import (
    JPEG,
    PASSWORD,
    RESIDENT_ID,
    RESIDENT_NAME,
    Browser,
    City,
    Counter,
    Write,
    publish,
)
from tests.host.small_app import served
from tests.shared_models.catalogue_items import asking_item
from tests.sync_protocol.world import CITY_AREA

ASKING = asking_item()
ITEM = replace(ASKING, materials=(replace(ASKING.materials[0], where="户籍所在地派出所"), *ASKING.materials[1:]))
ASK, APPLY = f"/items/{ITEM.code}/questions", f"/items/{ITEM.code}/apply"
POOR = {"answer.home": "one", "answer.poor": "yes"}
WHO = {"id_number": RESIDENT_ID, "name": RESIDENT_NAME, "phone": "13800001234", "address": "浓洄街道东街 1 号"}
TYPED = {**WHO, "field.kind": "视力", "material.M1": "received"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    made = City(tmp_path_factory.mktemp("city"))
    publish(made.world.city, 2, [ITEM])
    made.world.sync_all()
    yield made
    made.close()


@pytest.fixture(scope="module")
def counter(city: City) -> Counter:
    return Counter(city)


@pytest.fixture(scope="module")
def clerk(counter: Counter) -> Browser:
    return counter.browser()


def asked_on(page: str) -> list[str]:
    return re.findall(r'<fieldset class="card question[^"]*" id="f-answer\.(\w+)"', page)


def left_on(page: str) -> list[str]:
    return re.findall(r"<li>([^<]+)", page[page.index('class="left"') :].split("</ul>")[0])


def begun(page: str) -> dict[str, str]:
    """The answers that a form carries along."""
    return dict(re.findall(r'name="(answer\.\w+)" value="(\w+)"', page))


def case_of(city: City, address: str) -> cases.Application:
    application = city.desk().case(address.split("/")[2]).case.application
    assert application is not None
    return application


def test_an_item_with_questions_asks_them_and_the_list_stays_within_reach(clerk: Browser) -> None:
    assert clerk.get(f"/items/{ITEM.code}").headers["location"] == ASK
    page = clerk.get(ASK).text
    assert asked_on(page) == ["home", "poor"]
    assert "低保家庭不用交收入材料。" in page
    listed = clerk.get(f"/items/{ITEM.code}?list=1").text
    assert "低保家庭" in listed
    assert f'href="{ASK}"' in listed


def test_answers_shorten_the_list_and_lead_to_the_form(clerk: Browser) -> None:
    assert left_on(clerk.get(ASK).text) == ["居民身份证", "最低生活保障证", "收入说明"]
    further = clerk.get(ASK, params={"answer.home": "one", "answer.poor": "no"}).text
    assert asked_on(further) == ["debts"]
    assert "<del>最低生活保障证</del>" not in further
    assert left_on(clerk.get(f"/items/{ITEM.code}/left", params=POOR).text) == ["居民身份证"]
    there = clerk.get(ASK, params=POOR).headers["location"]
    assert there == f"{APPLY}?situation=S1&answer.home=one&answer.poor=yes"
    form = clerk.get(there).text
    assert begun(form) == POOR
    assert "居民身份证" in form
    assert "最低生活保障证" not in form
    assert 'name="field.account"' in form


def test_a_question_that_was_left_out_is_told_at_its_place(clerk: Browser) -> None:
    answer = clerk.get(ASK, params={"answer.home": "one", "asked": "home poor"})
    assert answer.status_code == 422
    assert asked_on(answer.text) == ["poor"]
    assert 'href="#f-answer.poor"' in answer.text


def test_going_back_shows_what_was_answered(clerk: Browser) -> None:
    page = clerk.get(ASK, params={"answer.home": "more", "answer.poor": "no"}).text
    back = re.search(r'href="([^"]*was[^"]*)"[^>]*>上一步', page)
    assert back is not None
    first = clerk.get(back[1].replace("&amp;", "&")).text
    assert asked_on(first) == ["home", "poor"]
    assert re.findall(r'name="answer\.(\w+)" value="(\w+)" checked', first) == [("home", "more"), ("poor", "no")]


def test_the_case_keeps_the_answers_in_words_and_both_pages_show_them(clerk: Browser, city: City) -> None:
    page = clerk.get(clerk.get(ASK, params=POOR).headers["location"]).text
    answer = clerk.fill(page, "/apply", {**TYPED, "action": "accept"})
    assert answer.status_code == 303, answer.text
    application = case_of(city, answer.headers["location"])
    assert application.said() == (
        cases.Said("home", "one", "家里有几口人？", "一口人"),
        cases.Said("poor", "yes", "是否正在享受低保？", "是"),
    )
    assert [each.code for each in application.materials] == ["M1"]
    assert "是否正在享受低保？" in clerk.get(f"/cases/{application.number}").text


def test_a_situation_from_the_list_asks_for_all_and_leaves_no_answers_in_the_case(clerk: Browser, city: City) -> None:
    page = clerk.get(f"{APPLY}?situation=S1").text
    assert begun(page) == {}
    answer = clerk.fill(page, "/apply", {**TYPED, "material.M2": "received", "action": "accept"})
    application = case_of(city, answer.headers["location"])
    assert [each.code for each in application.materials] == ["M1", "M2"]
    assert application.said() == ()


@pytest.mark.parametrize(
    ("situation", "answers"), [("S2", POOR), ("S1", {"answer.home": "one"}), ("S1", {**POOR, "answer.debts": "no"})]
)
def test_nothing_is_taken_in_by_answers_that_lead_elsewhere(
    clerk: Browser, situation: str, answers: dict[str, str]
) -> None:
    page = clerk.get(APPLY, params={"situation": situation, **answers}).text
    typed = {**TYPED, "material.M2": "received", "material.M3": "received"}
    answer = clerk.fill(page, "/apply", {**typed, "action": "accept"})
    assert answer.status_code == 422
    assert 'href="#f-answers"' in answer.text


def test_changing_the_answers_keeps_the_form_and_comes_back_to_it(clerk: Browser) -> None:
    page = clerk.get(APPLY, params={"situation": "S1", **POOR}).text
    away = clerk.fill(page, "/apply", {**TYPED, "action": "answers"}).headers["location"]
    overview = clerk.get(away).text
    assert "按这些回答办理" in overview
    draft = re.search(r"draft=([\w-]+)", away)
    assert draft is not None
    answers = {"answer.home": "one", "answer.poor": "no", "answer.debts": "no"}
    there = clerk.get(ASK, params={**answers, "draft": draft[1]}).headers["location"]
    again = clerk.get(there).text
    assert begun(again) == answers
    assert RESIDENT_NAME in again
    assert "收入说明" in again


def test_a_begun_application_keeps_the_answers_and_answers_alone_begin_none(clerk: Browser, counter: Counter) -> None:
    page = clerk.get(APPLY, params={"situation": "S1", **POOR}).text
    before = {each.id for each in counter.station.drafts.listed()}
    clerk.fill(page, "/apply", {"action": "check"})
    assert {each.id for each in counter.station.drafts.listed()} == before
    clerk.fill(page, "/apply", {"name": "王五", "action": "check"})
    (fresh,) = [each for each in counter.station.drafts.listed() if each.id not in before]
    shown = clerk.get(clerk.get(f"/drafts/{fresh.id}").headers["location"]).text
    assert begun(shown) == POOR
    assert "王五" in shown


def test_a_material_says_what_it_is_and_for_which_answer_it_is_asked(clerk: Browser) -> None:
    page = clerk.get(APPLY, params={"situation": "S1", "answer.home": "more", "answer.poor": "yes"}).text
    assert "家里有几口人？ 两口人以上" in page
    assert page.count("证据 B 级") == 2
    assert "原件</span>" in page


def test_a_notice_says_where_what_is_missing_can_be_had(clerk: Browser) -> None:
    page = clerk.get(f"{APPLY}?situation=S2").text
    missing = {"material.M1": "missing", "material.M3": "missing"}
    answer = clerk.fill(page, "/apply", {**TYPED, **missing, "action": "notice"})
    notice = clerk.get(answer.headers["location"]).text
    assert "到哪里取得：户籍所在地派出所" in notice
    assert notice.count("到哪里取得：") == notice.count("到哪里取得：户籍所在地派出所")


def test_a_material_shows_its_sample_once_the_picture_has_come(clerk: Browser, city: City) -> None:
    picture, awaited = sample(JPEG, "a.jpg"), sample(JPEG + b"x", "b.jpg")
    code = ITEM.code[:-4] + "8000"
    first, second, *others = ITEM.materials
    shown = (replace(first, sample=picture.name), replace(second, sample=awaited.name), *others)
    draft = Draft(KIND, "sample/a", picture.to_value(), PUBLIC, CITY_AREA)
    city.world.city.node.write(Write((draft,)))
    publish(city.world.city, 3, [replace(ITEM, code=code, materials=shown)])
    city.world.sync_all()
    page = clerk.get(f"/items/{code}/apply?situation=S1").text
    assert f'src="/samples/{picture.name}"' in page
    assert awaited.name not in page
    answer = clerk.get(f"/samples/{picture.name}")
    assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")
    assert clerk.get(f"/samples/{awaited.name}").status_code == 404


def test_answers_that_lead_to_no_one_situation_lead_to_the_list(clerk: Browser, city: City) -> None:
    code = ITEM.code[:-4] + "9000"
    publish(city.world.city, 4, [replace(ITEM, code=code, situations=ITEM.situations[:1])])
    city.world.sync_all()
    page = clerk.get(asking_address(code, {"home": "one", "poor": "no", "debts": "no"})).text
    assert "这些回答对不上唯一的一种情形" in page
    assert f'href="/items/{code}?list=1"' in page


def test_digits_choose_and_enter_goes_on_until_the_form_is_there(page: Page, counter: Counter) -> None:
    with served(counter.app) as address:
        page.goto(f"{address}/login")
        page.fill("[name=login]", "chuangkou")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/")
        page.goto(f"{address}{asking_address(ITEM.code, {})}")
        expect(page.locator("#left li")).to_have_count(3)
        page.keyboard.press("1")
        expect(page.locator("#left li")).to_have_count(3)
        page.keyboard.press("2")
        expect(page.get_by_role("button", name="下一步")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_text("债务可以扣减收入。")).to_be_visible()
        page.get_by_role("link", name="上一步").click()
        expect(page.locator("[name='answer.poor'][value=no]")).to_be_checked()
        page.keyboard.press("1")
        page.keyboard.press("1")
        expect(page.locator("#left li")).to_have_text(["居民身份证"])
        expect(page.locator("#left del")).to_have_text(["最低生活保障证", "收入说明"])
        page.keyboard.press("Enter")
        expect(page.locator("[name=id_number]")).to_be_focused()
        page.keyboard.type(RESIDENT_ID)
        page.keyboard.press("Enter")
        expect(page.get_by_text("1968年3月15日")).to_be_visible()
        expect(page.get_by_text("最低生活保障证")).to_have_count(0)
        page.get_by_role("button", name="改回答").click()
        expect(page.get_by_role("link", name="按这些回答办理")).to_be_visible()

"""A clerk's keyboard and screen in a real browser: what pages do by themselves, and that everything fits."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from shared_models import cases
from sync_protocol.commands import CaseCommand
from tests.edge_node.station import (
    ALLOWANCE,
    JPEG,
    OTHER_ID,
    OTHER_NAME,
    PASSWORD,
    RESIDENT_ID,
    RESIDENT_NAME,
    City,
    Counter,
)
from tests.edge_node.test_desk import accept
from tests.host.small_app import served

APPLY = f"/items/{ALLOWANCE.code}/apply?situation=S1"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    made = City(tmp_path_factory.mktemp("city"))
    made.bureau.attest(RESIDENT_ID, "511602001001")
    made.world.sync_all()
    yield made
    made.close()


@pytest.fixture(scope="module")
def address(city: City) -> Iterator[str]:
    with served(Counter(city).app) as found:
        yield found


@pytest.fixture
def clerk(page: Page, address: str) -> Page:
    """A page of somebody who is logged in."""
    page.goto(f"{address}/login")
    page.fill("[name=login]", "chuangkou")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    return page


def test_items_appear_while_one_types_and_keys_go_to_the_field_by_themselves(clerk: Page) -> None:
    clerk.locator("h1").click()
    clerk.keyboard.type("zdshbz")
    expect(clerk.locator("[name=q]")).to_have_value("zdshbz")
    expect(clerk.locator("#found").get_by_role("link")).to_contain_text(ALLOWANCE.name)
    clerk.fill("[name=q]", "511602")
    expect(clerk.locator("#found").get_by_role("link")).to_have_count(0)


def test_enter_in_the_id_number_checks_and_never_accepts(clerk: Page, address: str) -> None:
    clerk.goto(address + APPLY)
    expect(clerk.locator("[name=id_number]")).to_be_focused()
    clerk.keyboard.type(RESIDENT_ID)
    clerk.keyboard.press("Enter")
    expect(clerk.get_by_text("1968年3月15日")).to_be_visible()
    expect(clerk.get_by_text("核验有效")).to_be_visible()
    assert clerk.url.endswith("situation=S1")


def test_the_form_says_to_a_screen_reader_what_each_control_is_for(clerk: Page, address: str) -> None:
    clerk.goto(address + APPLY)
    expect(clerk.locator("main form")).to_match_aria_snapshot("""
      - heading "一、申请人" [level=2]
      - textbox "身份证号 必填"
      - button "核对"
      - textbox "姓名 必填"
      - textbox "联系电话 必填"
      - textbox "现住址 必填"
      - heading "二、办理信息" [level=2]
      - textbox "家庭人数 必填"
      - combobox "致困原因 必填"
      - heading "三、材料" [level=2]
      - list:
        - listitem:
          - group "社会救助申请书":
            - radio "未查" [checked]
            - radio "已收"
            - radio "缺少"
            - button "照片或 PDF"
      - complementary:
        - heading "办理" [level=2]
        - button "受理，出回执"
        - button "出一次性告知单"
    """)


def test_where_the_hand_goes_next_has_the_focus(clerk: Page, address: str) -> None:
    clerk.goto(address + APPLY)
    clerk.keyboard.type(OTHER_ID)
    clerk.keyboard.press("Enter")
    expect(clerk.locator("[name=name]")).to_be_focused()
    for text in (OTHER_NAME, "13800001234", "东街 1 号"):
        clerk.keyboard.type(text)
        clerk.keyboard.press("Tab")
    clerk.keyboard.press("Enter")
    expect(clerk.locator("[name='field.members']")).to_be_focused()
    clerk.keyboard.type("2")
    clerk.select_option("[name='field.reason']", "疾病")
    clerk.check("[name='material.M1'][value=missing]")
    clerk.press("[name='field.members']", "Enter")
    expect(clerk.locator("[name=action][value=all]")).to_be_focused()
    clerk.keyboard.press("Enter")
    expect(clerk.locator("[name=action][value=notice]")).to_be_focused()


def test_the_summary_has_the_focus_and_leads_to_the_field(clerk: Page, address: str) -> None:
    clerk.goto(address + APPLY)
    clerk.locator("[name=action][value=accept]").click()
    summary = clerk.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="请填写申请人姓名").click()
    expect(clerk.locator("[name=name]")).to_be_focused()
    summary.get_by_role("link", name=re.compile("社会救助申请书")).click()
    expect(clerk.locator("[name='material.M1']").first).to_be_focused()


def test_what_is_still_missing_follows_the_clerks_hand(clerk: Page, address: str) -> None:
    clerk.goto(address + APPLY)
    panel = clerk.locator(".still-missing")
    expect(panel).to_have_count(0)
    clerk.fill("[name=id_number]", RESIDENT_ID)
    clerk.click("[name=action][value=check]")
    expect(panel.locator("li:visible")).to_have_text(["社会救助申请书", "居民身份证"])
    clerk.check("[name='material.M1'][value=received]")
    expect(panel.locator("li:visible")).to_have_text(["居民身份证"])
    clerk.set_input_files("[name='file.M2']", {"name": "证.jpg", "mimeType": "image/jpeg", "buffer": JPEG})
    expect(panel).to_be_hidden()
    clerk.check("[name='material.M1'][value=missing]")
    expect(panel.locator("li:visible")).to_have_text(["社会救助申请书"])


def test_everything_is_ready_only_as_long_as_it_is(clerk: Page, address: str) -> None:
    clerk.goto(address + APPLY)
    for name, text in (("id_number", RESIDENT_ID), ("name", RESIDENT_NAME), ("phone", "13800001234"),
                       ("address", "东街 1 号"), ("field.members", "2")):  # fmt: skip
        clerk.fill(f"[name='{name}']", text)
    clerk.select_option("[name='field.reason']", "疾病")
    for code in ("M1", "M2"):
        clerk.check(f"[name='material.{code}'][value=received]")
    clerk.check("[name='material.M4'][value=missing]")
    clerk.click("[name=action][value=check]")
    ready = clerk.get_by_text("信息和材料齐全，可以受理。")
    expect(ready).to_be_visible()
    clerk.check("[name='material.M2'][value=missing]")
    expect(ready).to_be_hidden()


def test_everything_is_done_without_scripts(clerk: Page, address: str, city: City) -> None:
    assert clerk.context.browser is not None
    with clerk.context.browser.new_context(java_script_enabled=False, locale="zh-CN") as context:
        context.add_cookies(clerk.context.cookies())  # type: ignore[arg-type]  # what it gives is what it takes
        page = context.new_page()
        page.goto(address)
        page.keyboard.type(ALLOWANCE.name)
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name=ALLOWANCE.name)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="按“首次申请”办理")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("[name=id_number]")).to_be_focused()
        for name, text in (("id_number", RESIDENT_ID), ("name", RESIDENT_NAME), ("phone", "13800001234"),
                           ("address", "东街 1 号"), ("field.members", "2")):  # fmt: skip
            page.fill(f"[name='{name}']", text)
        page.select_option("[name='field.reason']", "疾病")
        page.locator("[name=id_number]").press("Enter")
        expect(page.locator("[name=action][value=all]")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("[name=action][value=accept]")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="受理回执")).to_be_visible()
        number = page.url.split("/")[-2]
        city.world.sync_all()
        city.world.district.node.write(CaseCommand(number, cases.Decide("granted", "属实", ""), "officer-1"))
        city.world.sync_all()
        page.goto(f"{address}/cases/{number}")
        page.click("form[action$='/deliver'] button")
        page.check("[name=grade][value='1']")
        page.click("form[action$='/rate'] button")
        expect(page.locator("main")).to_contain_text("非常满意")


def test_a_receipt_shows_by_itself_that_the_district_has_it(clerk: Page, address: str, city: City) -> None:
    number = accept(city.desk())
    clerk.goto(f"{address}/cases/{number}/receipt")
    expect(clerk.get_by_text("已存本机", exact=True)).to_be_visible()
    city.world.station.sync()
    expect(clerk.get_by_text("区已收", exact=True)).to_be_visible(timeout=5_000)
    city.world.district.sync()
    city.world.station.sync()
    expect(clerk.get_by_text("市已存", exact=True)).to_be_visible(timeout=5_000)


@pytest.mark.parametrize("big", ["0", "1"])
@pytest.mark.parametrize("width", [1366, 420])
def test_no_page_is_wider_than_its_screen(clerk: Page, address: str, city: City, big: str, width: int) -> None:
    number = accept(city.desk())
    clerk.set_viewport_size({"width": width, "height": 768})
    clerk.goto(f"{address}/look?big={big}")
    case, item = f"/cases/{number}", f"/items/{ALLOWANCE.code}"
    for path in ("/", item, APPLY, f"{case}/receipt", case, "/cases", "/status"):
        clerk.goto(address + path)
        assert clerk.evaluate("document.documentElement.scrollWidth") <= width, path


def test_what_is_typed_is_kept_and_judged_while_one_types(clerk: Page, address: str) -> None:
    clerk.goto(address + APPLY)
    clerk.locator("[name=id_number]").press_sequentially(RESIDENT_ID)
    expect(clerk.locator("#kept-mark")).to_contain_text("已保存到本机")
    contact = clerk.locator("[name='field.contact']")
    contact.press_sequentially("34")
    with clerk.expect_response(re.compile("/follow")):
        contact.press_sequentially("5")
    slot = clerk.locator("[id='n-field.contact']")
    expect(slot).to_be_empty()  # still typing
    clerk.locator("[name=name]").focus()
    expect(slot).to_contain_text("电话号码的位数不对")
    contact.fill("13800001234")
    clerk.locator("[name=name]").focus()
    expect(slot).to_be_empty()
    clerk.goto(f"{address}/")  # nothing asks before leaving: it is kept
    clerk.get_by_role("link", name="继续填写").first.click()
    expect(clerk.locator("[name=id_number]")).to_have_value(RESIDENT_ID)
    expect(contact).to_have_value("13800001234")


def test_files_do_not_travel_with_every_key(clerk: Page, address: str) -> None:
    clerk.goto(address + APPLY)
    clerk.set_input_files("[name='file.M2']", {"name": "证.jpg", "mimeType": "image/jpeg", "buffer": JPEG})
    expect(clerk.locator("#k-M2 li")).to_have_count(1)  # it went up by itself, once
    named = RESIDENT_NAME.encode()
    with clerk.expect_request(
        lambda request: "/follow" in request.url and named in (request.post_data_buffer or b"")
    ) as sent:
        clerk.fill("[name=name]", RESIDENT_NAME)
    assert JPEG not in (sent.value.post_data_buffer or b"")


@pytest.mark.parametrize("big", [False, True])
def test_a_receipt_prints_as_two_sheets_of_a5(clerk: Page, address: str, city: City, big: bool) -> None:
    number = accept(city.desk())
    clerk.goto(f"{address}/cases/{number}/receipt")
    if big:
        clerk.get_by_role("button", name="大字版").or_(clerk.get_by_role("link", name="大字版")).click()
    printed = clerk.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert [(round(float(w) / 72 * 25.4), round(float(h) / 72 * 25.4)) for w, h in boxes] == [(148, 210)] * 2


def test_a_station_that_does_not_answer_is_said_to_have_kept_nothing(clerk: Page, address: str) -> None:
    clerk.goto(address + APPLY)
    clerk.route(re.compile("/follow"), lambda route: route.abort())
    clerk.fill("[name=name]", RESIDENT_NAME)
    expect(clerk.locator("#kept-mark")).to_contain_text("还没有保存")
    clerk.unroute(re.compile("/follow"))
    clerk.fill("[name=name]", RESIDENT_NAME + "一")
    expect(clerk.locator("#kept-mark")).to_contain_text("已保存到本机")

"""The browser journeys: a clerk, an officer and a resident in a real browser, against four real processes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, expect

from deploy.cast import PHOTO, RESIDENT_ID, RESIDENT_NAME, Accepted
from deploy.setup import Demo, free_shift
from deploy.story import Story
from tests.journeys import accessible
from tests.journeys.desks import Desk, fill_in, tick
from tests.journeys.firefox import ENTER, FIREFOX, FIREFOX_NAMES, TAB, Firefox
from tests.journeys.keys import Keys
from tests.journeys.walk import walk


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Four running processes with a published catalogue and an attestation for the resident."""
    demo = Demo(tmp_path_factory.mktemp("demo"), shift=free_shift(3000))
    played = Story(demo, patience=8)
    try:
        played.set_up()
        played.catalogue_reaches_stations()
        played.attestation_reaches_its_area_only()
        yield played
    finally:
        played.close()
        demo.stop()


def brings(request: Request, text: str) -> bool:
    """Whether this is what a form sends in the background, with a text in it."""
    return "/follow" in request.url and text in (request.post_data_buffer or b"").decode(errors="replace")


def test_a_case_is_accepted_offline_decided_and_rated_in_the_browser(browser: Browser, story: Story) -> None:
    item, situation = story.item("district", waived=True)
    story.process("district").kill()
    clerk = Desk(browser, story, "station", "chuangkou")
    page = clerk.page

    page.fill("[name=q]", item.name[:4])
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile(re.escape(item.name))).first.click()
    page.goto(f"{clerk.address}/items/{item.code}/apply?situation={situation.code}")
    fill_in(page, item, situation)
    page.locator("[name=action][value=check]").first.click()
    expect(page.get_by_text("核验有效").first).to_be_visible()
    expect(page.locator("body")).to_contain_text("1968")
    tick(page, situation)
    upload = page.locator("input[type=file]").first
    upload.set_input_files({"name": "申请表.jpg", "mimeType": "image/jpeg", "buffer": PHOTO})
    clerk.picture("intake")
    page.locator("[name=action][value=accept]").first.click()
    page.wait_for_url(re.compile(r"/cases/.+/receipt"))
    number = page.url.split("/")[-2]
    expect(page.get_by_text("已存本机").first).to_be_visible()
    expect(page.locator("svg").first).to_be_visible()
    clerk.picture("receipt")

    story.process("district").start()
    expect(page.get_by_text("市已存").first).to_be_visible(timeout=10_000)

    officer = Desk(browser, story, "district", "shenpi")
    officer.page.goto(f"{officer.address}/worklist")
    officer.page.locator(f"a[href$='/cases/{number}']").first.click()
    expect(officer.page.locator("body")).to_contain_text(RESIDENT_NAME)
    officer.page.locator("[name=outcome][value=granted]").check()
    officer.page.fill("[name=reasons]", "经审核，情况属实。")
    officer.picture("decision")
    officer.page.locator("form[action$='/decide'] button").first.click()
    expect(officer.page.locator("form[action$='/decide']")).to_have_count(0)
    officer.close()

    page.goto(f"{clerk.address}/cases/{number}")
    expect(page.locator("form[action$='/deliver']")).to_be_visible(timeout=5_000)
    page.fill("form[action$='/deliver'] [name=receiver]", RESIDENT_NAME)
    page.locator("form[action$='/deliver'] button").first.click()
    page.locator("form[action$='/rate'] [name=grade][value='1']").check()
    page.locator("form[action$='/rate'] button").first.click()
    expect(page.locator("body")).to_contain_text("非常满意")
    clerk.close()


def test_twelve_keys_beside_the_data_lead_from_the_search_to_the_printed_receipt(
    browser: Browser, story: Story
) -> None:
    item, _ = story.item("district", waived=True)
    story.accept("station", *story.item("station"))  # the resident is known here
    clerk = Desk(browser, story, "station", "chuangkou")
    page, keys = clerk.page, Keys(clerk.page)
    keys.type(item.name)
    keys.press("Enter", at=page.locator("[name=q]"))
    keys.press("Enter", at=page.get_by_role("link", name=item.name))
    keys.to_the_form()
    expect(page.locator("[name=id_number]")).to_be_focused()
    keys.type(RESIDENT_ID)
    keys.press("Enter")
    keys.press("Enter", at=page.locator("[name=action][value=adopt]"))
    expect(page.locator(".from-before.taken").first).to_be_visible()
    fields = {field.code: page.locator(f"[name='field.{field.code}']") for field in item.fields}
    empty = [field for field in item.fields if not fields[field.code].input_value()]
    for number, field in enumerate(empty):
        if number:
            keys.press("Tab")
        expect(fields[field.code]).to_be_focused()
        keys.choose_first() if field.type == "choice" else keys.type("6222021234567890")
    if empty:
        keys.press("Tab")
    keys.press("Enter", at=page.locator("[name=action][value=all]"))
    keys.press("Enter", at=page.locator("[name=action][value=accept]"))
    printing = page.get_by_role("button", name="打印", exact=True)
    expect(printing).to_be_focused()
    page.evaluate("addEventListener('beforeprint', () => { document.title = '已打印' })")
    keys.press("Enter", at=printing)
    expect(page).to_have_title("已打印")
    assert keys.pressed <= 12, f"{keys.pressed} keys beside the data"
    clerk.close()


def test_a_wrong_id_number_keeps_what_was_typed_and_says_what_is_wrong(browser: Browser, story: Story) -> None:
    item, situation = story.item("district")
    clerk = Desk(browser, story, "station", "chuangkou")
    page = clerk.page
    page.goto(f"{clerk.address}/items/{item.code}/apply?situation={situation.code}")
    fill_in(page, item, situation)
    page.fill("[name=id_number]", RESIDENT_ID[:-1] + "1")
    page.locator("[name=action][value=accept]").first.click()
    expect(page.get_by_role("alert").first).to_contain_text("身份证")
    expect(page.locator("[name=address]")).to_have_value("浓洄街道东街 1 号")
    clerk.close()


def test_the_attestation_is_not_known_outside_its_area(browser: Browser, story: Story) -> None:
    item, situation = story.item("district", waived=True)
    clerk = Desk(browser, story, "hall", "chuangkou")
    clerk.page.goto(f"{clerk.address}/items/{item.code}/apply?situation={situation.code}")
    fill_in(clerk.page, item, situation)
    clerk.page.locator("[name=action][value=check]").first.click()
    expect(clerk.page.locator("body")).to_contain_text(RESIDENT_ID[6:10])
    assert "核验有效" not in clerk.page.content()
    clerk.close()


def test_a_power_cut_in_the_middle_of_a_form_takes_nothing_away(browser: Browser, story: Story) -> None:
    item, situation = story.item("district", waived=True)
    clerk = Desk(browser, story, "hall", "chuangkou")
    page = clerk.page
    page.goto(f"{clerk.address}/items/{item.code}/apply?situation={situation.code}")
    fill_in(page, item, situation)
    tick(page, situation)
    expect(page.locator("#kept-mark")).to_contain_text("已保存到本机")
    with page.expect_request_finished(lambda sent: brings(sent, "西街 9 号")):
        page.fill("[name=address]", "浓洄街道西街 9 号，刚搬来")
    entry = page.locator("[name=entry]").input_value()
    story.process("hall").kill()
    page.fill("[name=phone]", "13900005678")
    expect(page.locator("#kept-mark")).to_contain_text("还没有保存")
    story.process("hall").start()
    page.goto(f"{clerk.address}/")
    page.locator(f"a[href='/drafts/{entry}']", has_text="继续填写").click()
    expect(page.locator("[name=address]")).to_have_value("浓洄街道西街 9 号，刚搬来")
    expect(page.locator("[name=id_number]")).to_have_value(RESIDENT_ID)
    page.locator("[name=action][value=accept]").first.click()
    page.wait_for_url(re.compile(r"/cases/.+/receipt"))
    page.goto(f"{clerk.address}/")
    expect(page.locator(f"a[href='/drafts/{entry}']")).to_have_count(0)
    clerk.close()


def test_no_main_page_of_any_place_has_a_serious_fault_of_access(browser: Browser, story: Story) -> None:
    found: list[str] = []
    for where, page in walk(browser, story):
        faults = accessible.findings(page)
        page.evaluate("document.documentElement.classList.add('big')")
        faults += accessible.findings(page, accessible.DEPENDS_ON_SIZE)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            faults.append("serious reflow: large text makes the page wider than its screen")
        found += [f"{where}: {fault}" for fault in accessible.grave(faults)]
    assert not found, "\n".join(found)


def test_what_looks_for_faults_of_access_finds_one_on_a_page_of_ours(browser: Browser, story: Story) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{story.process('station').address}/login")
        page.evaluate("document.querySelector('label[for=f-login]').remove()")
        assert [fault.split()[:2] for fault in accessible.grave(accessible.findings(page))] == [["critical", "label"]]


@pytest.mark.skipif(FIREFOX is None, reason=f"no Firefox was found ({', '.join(FIREFOX_NAMES)})")
def test_the_firefox_of_the_system_takes_a_resident_from_the_search_to_the_receipt(
    story: Story, tmp_path: Path
) -> None:
    item, situation = story.item("station")
    story.accept("station", item, situation)  # the resident is known here
    with Firefox(tmp_path / "profile") as firefox:
        firefox.go(f"{story.process('station').address}/login")
        firefox.press_at("[name=login]", "chuangkou" + TAB + story.demo.password("station", "chuangkou") + ENTER)
        firefox.press_at("[name=q]", item.name)
        firefox.until("document.querySelector('#found a')")  # what is typed is looked for at once
        firefox.press(ENTER)
        firefox.press_at(".found a", ENTER)
        firefox.to_the_form()
        firefox.press_at("[name=id_number]", RESIDENT_ID + ENTER)
        firefox.press_at("[value=adopt]", ENTER)
        firefox.fill_what_is_empty()
        firefox.press_at("[value=all]", ENTER)
        firefox.press_at("[value=accept]", ENTER)
        firefox.until("document.activeElement.matches('[data-print]')")
        assert "受理回执" in firefox.says("document.querySelector('.receipt h1').textContent")
        assert firefox.says("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        number = firefox.says("location.pathname").split("/")[2]
    assert story.kept(Accepted(number, "")) in ("saved", "district", "city")

"""The browser journeys: a clerk, an officer and a resident in a real browser, against four real processes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, expect

from deploy import catalogue
from deploy.cast import PHOTO, RESIDENT_ID, RESIDENT_NAME, Accepted
from deploy.places import REVIEWER
from deploy.setup import Demo, free_shift
from deploy.story import Story
from tests.journeys import accessible
from tests.journeys.desks import Desk, fill_in, tick
from tests.journeys.firefox import ENTER, FIREFOX, FIREFOX_NAMES, TAB, Firefox
from tests.journeys.five_items import ALLOWANCE, CERTIFICATE, CITY_LEVEL, INSURANCE, LICENCE, Service, begin, take_in
from tests.journeys.keys import Keys
from tests.journeys.walk import walk

COLLEAGUE = "long enough to pass"
NEIGHBOUR_ID = "511602199001011236"


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

    page.get_by_role("link", name="办件有了新进展").click()  # the receipt still stands open
    expect(page.locator("form[action$='/deliver']")).to_be_visible()
    page.fill("form[action$='/deliver'] [name=receiver]", RESIDENT_NAME)
    page.locator("form[action$='/deliver'] button").first.click()
    page.locator("form[action$='/rate'] [name=grade][value='1']").check()
    page.locator("form[action$='/rate'] button").first.click()
    expect(page.locator("body")).to_contain_text("非常满意")
    clerk.close()


def here_before(story: Story) -> None:
    """A resident takes home a receipt for another service, and is known at the station from then on."""
    item, situation = story.item("station")
    form = story.filled(story.form("station", item, situation), item, situation, action="accept")
    who = {"id_number": NEIGHBOUR_ID, "name": "王小明"}
    story.person("station", "chuangkou").send_form(form._replace(fields={**form.fields, **who}))


def test_twelve_keys_beside_the_data_lead_from_the_search_to_the_printed_receipt(
    browser: Browser, story: Story
) -> None:
    item, _ = story.item("district", waived=True)
    here_before(story)
    clerk = Desk(browser, story, "station", "chuangkou")
    page, keys = clerk.page, Keys(clerk.page)
    keys.type(item.name)
    keys.press("Enter", at=page.locator("[name=q]"))
    keys.press("Enter", at=page.get_by_role("link", name=item.name))
    keys.to_the_form()
    expect(page.locator("[name=id_number]")).to_be_focused()
    keys.type(NEIGHBOUR_ID)
    keys.press("Enter")
    keys.press("Enter", at=page.locator("[name=action][value=adopt]"))
    expect(page.locator("[name=name]")).to_have_value("王小明")
    for field in item.fields:
        control = page.locator(f"[name='field.{field.code}']")
        if control.input_value():
            continue  # known as well
        expect(control).to_be_focused()
        keys.choose_first() if field.type == "choice" else keys.type("6222021234567890")
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


@pytest.fixture(scope="module")
def clerk(browser: Browser, story: Story) -> Iterator[Desk]:
    """A clerk of the community station who stays logged in."""
    desk = Desk(browser, story, "station", "chuangkou")
    yield desk
    desk.close()


def taken_in(clerk: Desk, service: Service) -> Accepted:
    item = next(each for each in catalogue.load() if each.name == service.item)
    situation = next(each for each in item.situations if each.name == service.situation)
    number = take_in(clerk.page, clerk.address, service, item, situation)
    return Accepted(number, clerk.page.locator(".paper-codes b").first.inner_text())


def decided_above(story: Story, place: str, case: Accepted) -> None:
    story.until(lambda: case.number in story.person(place, "shenpi").get("/worklist").source, 5.0, "it has come up")
    story.decide(place, case, "granted")


@pytest.mark.parametrize(
    ("service", "place"),
    [(ALLOWANCE, "district"), (LICENCE, "district"), (INSURANCE, "district"), (CITY_LEVEL, "city")],
    ids=lambda each: each.word if isinstance(each, Service) else "",
)
def test_a_service_goes_from_the_search_over_its_questions_to_the_decision_above(
    clerk: Desk, story: Story, service: Service, place: str
) -> None:
    case = taken_in(clerk, service)
    if service.waived:
        expect(clerk.page.get_by_role("article")).to_contain_text(f"{service.waived}（免提交，部门已核验）")
    clerk.page.goto(f"{clerk.address}/cases/{case.number}")
    decided_above(story, place, case)
    clerk.page.get_by_role("link", name="办件有了新进展").click()
    expect(clerk.page.locator("form[action$='/deliver']")).to_be_visible()


def test_a_certificate_is_decided_and_handed_over_on_the_spot(clerk: Desk) -> None:
    case, page = taken_in(clerk, CERTIFICATE), clerk.page
    page.goto(f"{clerk.address}/cases/{case.number}")
    page.locator("form[action$='/decide'] button").click()
    page.locator("form[action$='/deliver'] button").click()
    expect(page.locator("form[action$='/rate']")).to_be_visible()
    expect(page.locator(".live")).to_contain_text("已送达")


def test_two_clerks_at_once_have_a_form_each_and_hand_one_over_by_consent(
    browser: Browser, clerk: Desk, story: Story
) -> None:
    admin = story.person("station", "admin")
    admin.submit(
        admin.get("/accounts"), "/accounts",
        {"name": "李同事", "login": "tongshi", "password": COLLEAGUE, "role": "clerk"},
    )  # fmt: skip
    colleague = Desk(browser, story, "station", "tongshi", COLLEAGUE)
    begin(clerk.page, clerk.address, ALLOWANCE)
    begin(colleague.page, colleague.address, CERTIFICATE)
    for desk, name in ((clerk, "张三丰"), (colleague, "李四光")):
        with desk.page.expect_request_finished(partial(brings, text=name)):
            desk.page.fill("[name=name]", name)
    colleague.page.goto(f"{colleague.address}/")
    theirs = colleague.page.locator(".unfinished li", has_text=ALLOWANCE.item)
    expect(theirs).not_to_contain_text("张三丰")  # a colleague's is shown by its item and its owner only
    theirs.get_by_role("button", name="请求接手").click()
    clerk.page.goto(f"{clerk.address}/")
    expect(clerk.page.locator(".unfinished")).to_contain_text("李同事 请求接手这份登记")
    clerk.page.get_by_role("button", name="交给李同事").click()
    expect(clerk.page.locator(".unfinished", has_text="张三丰")).to_have_count(0)
    colleague.page.goto(f"{colleague.address}/")
    for name in ("李四光", "张三丰"):  # both are the colleague's now
        expect(colleague.page.locator(".unfinished")).to_contain_text(name)
    colleague.page.locator(".unfinished li", has_text="张三丰").get_by_role("link", name="继续填写").click()
    expect(colleague.page.locator("[name=name]")).to_have_value("张三丰")
    colleague.close()


def test_a_new_version_in_the_middle_of_a_form_is_told_once_and_takes_nothing_away(clerk: Desk, story: Story) -> None:
    page, before = clerk.page, story.status("station")["catalogue_version"]
    begin(page, clerk.address, CERTIFICATE)
    item = next(each for each in catalogue.load() if each.name == CERTIFICATE.item)
    fill_in(page, item, item.situations[0])
    tick(page, item.situations[0])
    admin = story.person("city", "admin")
    admin.submit(admin.get("/catalogue"), "/catalogue/publish", {"withdrawn": catalogue.load()[-1].code})
    story.until(lambda: story.status("station")["catalogue_version"] > before, 3.0, "the station has the new version")
    page.locator("[name=action][value=accept]").first.click()
    expect(page.get_by_role("alert").first).to_contain_text("目录")
    expect(page.locator("[name=address]")).to_have_value("浓洄街道东街 1 号")
    page.locator("[name=action][value=accept]").first.click()
    page.wait_for_url(re.compile(r"/cases/.+/receipt"))


def says_of_items(story: Story, **said: str) -> None:
    """The administrator suspends or resumes; until the station knows."""
    before = story.status("station")["catalogue_version"]
    admin = story.person("city", "admin")
    admin.submit(admin.get("/catalogue/halts"), "/catalogue/halts", said)
    story.until(lambda: story.status("station")["catalogue_version"] > before, 3.0, "the station has the new version")


def test_an_item_that_is_suspended_in_the_middle_of_a_form_says_why_and_the_form_goes_on_once_it_is_resumed(
    clerk: Desk, story: Story
) -> None:
    page = clerk.page
    begin(page, clerk.address, CERTIFICATE)
    item = next(each for each in catalogue.load() if each.name == CERTIFICATE.item)
    fill_in(page, item, item.situations[0])
    tick(page, item.situations[0])
    says_of_items(story, verb="suspend", codes=item.code, reason="省级系统升级")
    page.locator("[name=action][value=accept]").first.click()
    expect(page.locator("main")).to_contain_text("省级系统升级")
    says_of_items(story, verb="resume", codes=item.code)
    page.goto(f"{clerk.address}/")
    page.locator(".unfinished li", has_text=item.name).get_by_role("link", name="继续填写").first.click()
    expect(page.locator("[name=address]")).to_have_value("浓洄街道东街 1 号")
    page.locator("[name=action][value=accept]").first.click()
    page.wait_for_url(re.compile(r"/cases/.+/receipt"))


def test_a_second_person_looks_at_the_difference_and_approves(browser: Browser, story: Story) -> None:
    item = next(each for each in catalogue.load() if each.name == CERTIFICATE.item)
    draft = f"/catalogue/review/{item.code}"
    writer, second = (Desk(browser, story, "city", login) for login in ("admin", REVIEWER))
    writer.page.goto(f"{writer.address}/catalogue/items/{item.code}/edit")
    writer.page.locator("[name$=fee]").first.fill("工本费 5 元")
    writer.page.get_by_role("button", name="保存").first.click()
    writer.page.goto(writer.address + draft)
    writer.page.get_by_role("button", name="送审").click()
    expect(writer.page.locator("main")).to_contain_text("须由另一个人审核")
    expect(writer.page.get_by_role("button", name="通过")).to_have_count(0)
    second.page.goto(second.address + draft)
    expect(second.page.locator("main")).to_contain_text("工本费 5 元")
    second.page.get_by_role("button", name="通过").click()
    expect(second.page.locator("main")).to_contain_text("已通过")
    for desk in (writer, second):
        desk.close()


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
    with page.expect_request_finished(partial(brings, text="西街 9 号")):
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

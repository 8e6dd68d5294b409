"""Administrators at the city edit the catalogue in a real browser, against a real hub: with the keyboard alone, with a
fault, two of them at once, and fifty items at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, BrowserContext, Page, expect

from central.catalogue_files import write_xlsx
from deploy.processes import Process, run
from tests.journeys import accessible
from tests.journeys.nodes import ADMIN, PASSWORD, found_city
from tests.shared_models.catalogue_items import CREDIT, complete_item

MANY = 50
ITEM = replace(complete_item(), code=f"{CREDIT}4700000000001", name="两人同时修改的事项")
SAMPLES = [replace(ITEM, code=f"{CREDIT}4600000000{number:03}", name=f"批量样例第{number}项") for number in range(MANY)]
TABS_MAX = 60


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A running city hub with drafts that nobody has published."""
    folder = tmp_path_factory.mktemp("city")
    hub = found_city(folder, published=False)
    try:
        file = folder / "drafts.xlsx"
        file.write_bytes(write_xlsx([ITEM, *SAMPLES]))
        run("tongban-hub", "catalogue", "import", str(hub.folder), str(file))
        yield hub
    finally:
        hub.kill()


@pytest.fixture(scope="module")
def office(browser: Browser, city: Process) -> Iterator[BrowserContext]:
    """A browser in which an administrator has logged in."""
    with browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN") as context:
        page = context.new_page()
        page.goto(f"{city.address}/login")
        page.keyboard.type(ADMIN.login)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        page.close()
        yield context


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until the control of that name has the focus."""
    for _ in range(TABS_MAX):
        if page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()") == name:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{name} was not reached with Tab")


def typed(page: Page, **fields: str) -> None:
    """Fills in fields in their order, by the keyboard; `↓` in a choice is the arrow key, a blank ticks a box."""
    for name, text in fields.items():
        tab_to(page, name.replace("__", "."))
        if set(text) <= {"↓", " "}:
            for sign in text:
                page.keyboard.press("ArrowDown" if sign == "↓" else "Space")
        else:
            if page.evaluate("document.activeElement.tagName") == "INPUT":
                page.keyboard.press("ControlOrMeta+a")
            page.keyboard.type(text)


def saved(page: Page) -> None:
    page.keyboard.press("Enter")
    expect(page.get_by_text("已保存为草稿")).to_be_visible()


def test_a_new_item_is_made_ready_for_publishing_with_the_keyboard_alone(office: BrowserContext, city: Process) -> None:
    page = office.new_page()
    page.goto(f"{city.address}/catalogue/items/new")
    expect(page.locator("#f-department")).to_be_focused()
    typed(page, department=CREDIT, department_name="广安区民政局", level="4", basic="512345000001")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已新建草稿")).to_be_visible()
    typed(page, name="老年人优待卡办理", item_type="07", served=" ", case_type="2", legal_basis="《老年人权益保障法》")
    typed(page, statutory_days="20", promised_days="10", fee="不收费", result__name="优待卡", result__kind="↓")
    tab_to(page, "edit.do")
    saved(page)
    url = page.url.partition("?")[0]
    page.goto(f"{url}?part=materials&at=new")
    typed(page, name="居民身份证", main="是", grade="B", source="公安机关")
    saved(page)
    page.goto(f"{url}?part=situations&at=new")
    typed(page, name="首次申领", materials=" ")
    tab_to(page, "edit.do")
    saved(page)
    for name, tier in (("受理", "↓"), ("决定", "↓↓")):
        page.goto(f"{url}?part=steps&at=new")
        typed(page, name=name, tier=tier, limit_days="1")
        saved(page)
    expect(page.get_by_text("可发布")).to_be_visible()
    for side in ("", "?as=resident"):
        page.goto(url.replace("/edit", "/preview") + side)
        expect(page.get_by_text("居民身份证").first).to_be_visible()


def test_a_fault_is_told_at_its_field_and_mended_there(office: BrowserContext, city: Process) -> None:
    page = office.new_page()
    page.goto(f"{city.address}/catalogue/items/{SAMPLES[0].code}/edit")
    typed(page, promised_days="十天")
    page.keyboard.press("Enter")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(page.locator("#f-promised_days")).to_be_focused()
    expect(page.locator("#f-promised_days")).to_have_value("十天")
    typed(page, promised_days="30")
    saved(page)
    expect(page.locator(".edit-field", has=page.locator("#f-promised_days")).locator(".fault-error")).to_be_visible()
    typed(page, promised_days=str(SAMPLES[0].promised_days))
    saved(page)
    expect(page.locator(".fault-error")).to_have_count(0)


def test_of_two_editors_the_later_one_sees_both_and_decides(office: BrowserContext, city: Process) -> None:
    first, second = office.new_page(), office.new_page()
    path = f"{city.address}/catalogue/items/{ITEM.code}/edit"
    for page in (first, second):
        page.goto(path)
    typed(first, fee="每件 5 元")
    saved(first)
    typed(second, fee="每件 8 元")
    second.keyboard.press("Enter")
    expect(second.get_by_role("alert").first).to_contain_text("别人已修改了这里")
    expect(second.locator("#f-fee")).to_have_value("每件 8 元")
    expect(second.locator(".theirs")).to_have_text("现在保存的是：每件 5 元")
    first.reload()
    expect(first.locator("#f-fee")).to_have_value("每件 5 元")
    tab_to(second, "fee")
    saved(second)
    expect(second.locator("#f-fee")).to_have_value("每件 8 元")


def test_fifty_items_are_changed_at_once_and_taken_back(office: BrowserContext, city: Process) -> None:
    page = office.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{city.address}/catalogue/items")
    page.locator("#s-q").fill("批量样例")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(f"{MANY} 项", timeout=15_000)
    page.get_by_role("link", name=re.compile("批量修改查到的全部")).click()
    page.locator("#f-what").select_option("fee")
    page.locator("#f-value").fill("每件 20 元")
    page.keyboard.press("Enter")
    expect(page.locator(".bulk-new", has_text="每件 20 元")).to_have_count(MANY)
    page.get_by_role("button", name=f"修改这 {MANY} 项").click()
    expect(page.get_by_text("批量修改已完成")).to_be_visible()

    def fee(number: int) -> str:
        other = office.new_page()
        other.goto(f"{city.address}/catalogue/items/{SAMPLES[number].code}/edit")
        found = other.locator("#f-fee").input_value()
        other.close()
        return found

    assert {fee(0), fee(MANY - 1)} == {"每件 20 元"}
    page.get_by_role("button", name="撤回这次修改").click()
    expect(page.get_by_text("已撤回批量修改")).to_be_visible()
    assert {fee(0), fee(MANY - 1)} == {ITEM.fee}


def test_no_page_of_the_editor_has_a_serious_fault_of_access(office: BrowserContext, city: Process) -> None:
    page, item = office.new_page(), f"/catalogue/items/{SAMPLES[1].code}"
    found: list[str] = []
    paths = [
        f"{item}/{each}" for each in ("edit", "edit?part=fields&at=0", "preview?situation=S1", "preview?as=resident")
    ]
    for path in ("/catalogue/items", "/catalogue/items/new", "/catalogue/bulk?all=1&q=批量", *paths):
        page.goto(city.address + path)
        faults = accessible.findings(page)
        page.evaluate("document.documentElement.classList.add('big')")
        faults += accessible.findings(page, accessible.DEPENDS_ON_SIZE)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            faults.append("serious reflow: large text makes the page wider than its screen")
        found += [f"{path}: {fault}" for fault in accessible.grave(faults)]
    assert not found, "\n".join(found)

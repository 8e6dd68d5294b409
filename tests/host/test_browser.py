"""The web base in a real browser: keyboard, script, narrow screens, large text, paper, and the policy that blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.host.small_app import PASSWORD, Small, served


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    small = Small(tmp_path)
    yield small
    small.database.close()


@pytest.fixture
def address(small: Small) -> Iterator[str]:
    with served(small.app) as address:
        yield address


@pytest.fixture
def blocked(page: Page) -> list[str]:
    """What the Content-Security-Policy blocked."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if "Content Security" in message.text else None)
    return found


def log_in(page: Page, address: str) -> None:
    """Without the mouse: the login field has the focus already."""
    page.goto(f"{address}/register")
    expect(page.locator("#f-login")).to_be_focused()
    page.keyboard.type("zhang")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/register")


def test_a_mistake_takes_the_focus_to_the_summary_and_its_link_to_the_field(
    page: Page, address: str, blocked: list[str]
) -> None:
    log_in(page, address)
    page.get_by_label("备注").fill("一个备注")
    page.get_by_role("button", name="保存").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(page.locator("#f-resident_name")).to_be_focused()
    expect(page.get_by_label("备注")).to_have_value("一个备注")
    assert blocked == []


def test_what_was_typed_is_there_again_after_the_session_ran_out(page: Page, small: Small, address: str) -> None:
    log_in(page, address)
    page.get_by_label("姓名").fill("王德顺")
    small.clock.wait(minutes=61)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("刚才填写的内容已经保存")).to_be_visible()
    page.get_by_label("用户名").fill("zhang")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("姓名")).to_have_value("王德顺")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("home")).to_be_visible()
    assert [name for name, _, _ in small.registered] == ["王德顺"]


def test_a_file_is_previewed_and_a_large_one_is_warned_of_before_it_is_sent(
    page: Page, address: str, blocked: list[str]
) -> None:
    log_in(page, address)
    photo: FilePayload = {"name": "照片.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n"}
    page.locator("#f-photo").set_input_files(photo)
    expect(page.locator(".previews")).to_contain_text("照片.png")
    expect(page.locator(".previews .error")).to_have_count(0)
    page.locator("#f-photo").set_input_files({**photo, "buffer": bytes(2 * 1024 * 1024)})
    expect(page.locator(".previews .error")).to_be_visible()
    assert blocked == []


def test_files_that_weigh_too_much_together_are_told_before_anything_is_sent(
    page: Page, small: Small, address: str, blocked: list[str]
) -> None:
    log_in(page, address)
    page.get_by_label("姓名").fill("王德顺")
    photo: FilePayload = {"name": "大.jpg", "mimeType": "image/jpeg", "buffer": bytes(3 * 1024 * 1024)}
    page.locator("#f-photo").set_input_files(photo)
    warning = page.locator(".files-too-large")
    expect(warning).to_contain_text("合计超过 2 MB")
    page.get_by_role("button", name="保存").click()
    expect(warning).to_be_focused()
    expect(page.get_by_label("姓名")).to_have_value("王德顺")
    page.locator("#f-photo").set_input_files({**photo, "buffer": b"\xff\xd8\xff"})
    expect(warning).to_have_count(0)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("home")).to_be_visible()
    assert [name for name, _, _ in small.registered] == ["王德顺"]
    assert blocked == []


@pytest.mark.parametrize(("megabytes", "status"), [(4, 422), (40, 413)])
def test_without_its_script_a_form_that_is_too_large_gets_its_answer_from_the_server(
    page: Page, address: str, tmp_path: Path, megabytes: int, status: int
) -> None:
    browser = page.context.browser
    if browser is None:
        pytest.fail("the page has no browser")
    large = tmp_path / "large.jpg"
    large.write_bytes(b"\xff\xd8\xff" + bytes(megabytes * 1024 * 1024))
    with browser.new_context(java_script_enabled=False) as context:
        plain = context.new_page()
        log_in(plain, address)
        plain.get_by_label("姓名").fill("王德顺")
        plain.locator("#f-photo").set_input_files(large)
        with plain.expect_navigation() as answered:
            plain.get_by_role("button", name="保存").click()
        assert answered.value is not None
        assert answered.value.status == status
        expect(plain.locator("#main")).to_contain_text("没有保存")
        if status == 422:
            expect(plain.get_by_label("姓名")).to_have_value("王德顺")
            expect(plain.get_by_role("alert").get_by_role("link")).to_have_attribute("href", "#f-photo")


@pytest.mark.parametrize("big", [False, True])
def test_nothing_is_cut_off_at_360_pixels(page: Page, address: str, big: bool) -> None:
    log_in(page, address)
    if big:
        page.get_by_role("link", name="大字版").click()
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/register", "/receipt", "/nowhere"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_page_is_usable_without_its_script(page: Page, small: Small, address: str) -> None:
    browser = page.context.browser
    if browser is None:
        pytest.fail("the page has no browser")
    with browser.new_context(java_script_enabled=False) as context:
        plain = context.new_page()
        log_in(plain, address)
        plain.get_by_label("姓名").fill("王德顺")
        plain.get_by_role("button", name="保存").click()
        plain.goto(f"{address}/receipt")
        expect(plain.get_by_role("button", name="打印")).to_have_count(0)
    assert [name for name, _, _ in small.registered] == ["王德顺"]


def test_a_state_refreshes_itself(page: Page, address: str, blocked: list[str]) -> None:
    page.goto(f"{address}/receipt")
    expect(page.locator("#state")).to_have_text("区已收")
    assert blocked == []


def test_a_receipt_prints_on_one_sheet_of_a5(page: Page, address: str) -> None:
    page.goto(f"{address}/receipt")
    pdf = page.pdf(prefer_css_page_size=True)
    assert [round(float(x)) for x in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)[0]] == [420, 595]
    assert len(re.findall(rb"/Type /Page\n", pdf)) == 1

"""A resident who was here before, in a real browser: the id card leads to a form that asks for nothing twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.edge_node.station import OTHER_ID, PASSWORD, RESIDENT_ID, RESIDENT_NAME, City, Counter, publish
from tests.edge_node.test_known import MEAL, PENSION, SON, accept
from tests.host.small_app import served


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    made = City(tmp_path_factory.mktemp("city"))
    publish(made.world.city, 2, [PENSION, MEAL])
    made.world.sync_all()
    accept(made.desk(), agent=SON)
    yield made
    made.close()


@pytest.fixture(scope="module")
def address(city: City) -> Iterator[str]:
    with served(Counter(city).app) as found:
        yield found


@pytest.fixture
def clerk(page: Page, address: str) -> Page:
    page.goto(f"{address}/login")
    page.fill("[name=login]", "chuangkou")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    return page


def test_from_the_id_card_to_the_receipt_nothing_is_entered_twice(clerk: Page) -> None:
    clerk.keyboard.type(RESIDENT_ID)
    clerk.keyboard.press("Enter")
    expect(clerk.get_by_role("heading", name=RESIDENT_NAME)).to_be_visible()
    clerk.keyboard.type(MEAL.name)
    clerk.keyboard.press("Enter")
    clerk.get_by_role("link", name=MEAL.name).press("Enter")
    clerk.get_by_role("link", name="按“申领”办理").press("Enter")
    expect(clerk.locator("[name=id_number]")).to_have_value(RESIDENT_ID)
    clerk.get_by_text("有人代办").click()
    clerk.get_by_role("button", name=f"由{SON.name}代办").click()
    expect(clerk.locator("[name=agent_id_number]")).to_have_value(SON.id_number)
    clerk.get_by_role("button", name="填入全部空白栏").click()
    expect(clerk.locator("[name='field.account']")).to_have_value("6222021234567890")
    for code in "AB":
        clerk.locator(f"[name='material.{code}'][value^='reused:']").check()
    clerk.check("[name='material.C'][value=received]")
    expect(clerk.locator(".still-missing")).to_be_hidden()
    clerk.click("[name=action][value=accept]")
    expect(clerk.get_by_role("heading", name="受理回执")).to_be_visible()
    expect(clerk.locator("main")).to_contain_text(f"代办人{SON.name}")
    expect(clerk.locator("main")).to_contain_text("所收）")


def test_another_card_on_the_same_form_takes_the_first_residents_data_out(clerk: Page, address: str) -> None:
    clerk.goto(f"{address}/items/{MEAL.code}/apply?situation=S1")
    clerk.keyboard.type(RESIDENT_ID)
    clerk.keyboard.press("Enter")
    clerk.get_by_role("button", name="填入全部空白栏").click()
    expect(clerk.locator("[name=phone]")).to_have_value("13800001234")
    clerk.fill("[name=address]", "手打的地址")
    clerk.fill("[name=id_number]", OTHER_ID)
    clerk.press("[name=id_number]", "Enter")
    expect(clerk.get_by_role("alert")).to_contain_text("已清掉")
    expect(clerk.locator("[name=phone]")).to_have_value("")
    expect(clerk.locator("[name=address]")).to_have_value("手打的地址")

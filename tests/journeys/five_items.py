"""Five services of the starter catalogue that differ in what they ask of a counter, and how a clerk takes one in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from playwright.sync_api import Page, expect

from shared_models.catalogue import Item, Situation
from tests.journeys.desks import fill_in, tick


class Service(NamedTuple):
    """A service: the everyday word it is looked for by, the answers (question -> answer) or the situation chosen, and
    what the form then asks for. `waived` is the material that an attestation stands in for."""

    word: str
    item: str
    answers: Mapping[str, str]
    situation: str
    asked: tuple[str, ...]
    waived: str = ""


ALLOWANCE = Service(
    "低保", "最低生活保障审核确认", {"now": "no", "alone": "no", "disabled": "no"}, "首次申请",
    ("社会救助申请书", "共同生活家庭成员居民身份证", "居民户口簿", "家庭经济状况核对授权书和诚信承诺书",
     "家庭成员收入、财产情况说明", "婚姻状况材料（结婚证、离婚证，未婚的书面声明）",
     "本人社会保障卡（已开通金融功能）"),
)  # fmt: skip
CERTIFICATE = Service("老年证", "老年人优待证办理", {}, "首次办理", ("老人居民身份证", "近期免冠证件照"))
LICENCE = Service(
    "小作坊", "食品小作坊备案", {"what": "first", "licence": "yes"}, "首次备案",
    ("食品小作坊备案申请表", "经营者居民身份证", "从业人员健康证明", "生产加工场所平面图和设备清单", "食品安全承诺书"),
)  # fmt: skip
INSURANCE = Service(
    "医保", "城乡居民基本医疗保险参保登记", {"home": "local", "newborn": "no", "help": "low"}, "政府资助参保",
    ("参保人居民身份证", "居民户口簿"), waived="最低生活保障证",
)  # fmt: skip
CITY_LEVEL = Service(
    "公积金", "住房公积金提取", {}, "租房提取",
    ("缴存职工居民身份证", "无房情况查询授权和承诺书", "婚姻状况材料（结婚证、离婚证，未婚的书面声明）", "本人银行卡"),
)  # fmt: skip


def take_in(page: Page, address: str, service: Service, item: Item, situation: Situation) -> str:
    """From the search to the receipt, as a clerk does it; the number of the case."""
    begin(page, address, service)
    fill_in(page, item, situation)
    page.locator("[name=action][value=check]").first.click()
    expect(page.locator(".told")).to_be_visible()
    named = [text.removesuffix("（主要材料）") for text in page.locator(".material-name").all_inner_texts()]
    waived = [service.waived] if service.waived else []
    assert sorted(named) == sorted([*service.asked, *waived])
    expect(page.locator(".material-waived .material-name")).to_have_text(waived)
    tick(page, situation)
    page.locator("[name=action][value=accept]").first.click()
    page.wait_for_url(re.compile(r"/cases/.+/receipt"))
    expect(page.get_by_role("article")).to_contain_text(item.name)
    expect(page.get_by_role("article")).to_contain_text(situation.name)
    return page.url.split("/")[-2]


def begin(page: Page, address: str, service: Service) -> None:
    """From the search to the empty form, by the questions where the service has some."""
    page.goto(f"{address}/")
    page.fill("[name=q]", service.word)
    page.locator("#found a", has_text=service.item).click()
    page.wait_for_url(re.compile("/items/"))
    while "/questions" in page.url:
        was = page.url
        for group in page.locator("fieldset.question").all():
            code = (group.get_attribute("id") or "").removeprefix("f-answer.")
            group.locator(f"input[value='{service.answers[code]}']").check()
        page.get_by_role("button", name="下一步").click()
        expect(page).not_to_have_url(was)
    if "/apply" not in page.url:
        page.get_by_role("link", name=f"按“{service.situation}”办理").click()
    page.wait_for_url(re.compile("/apply"))
    expect(page.locator("main .lead").first).to_contain_text(service.situation)

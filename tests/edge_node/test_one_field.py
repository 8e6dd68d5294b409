"""The one field: whatever is scanned or typed leads to the case, the resident or the item that is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import msgspec
import pytest

from shared_models import identifiers
from tests.edge_node.station import (
    ALLOWANCE,
    OTHER_ID,
    RESIDENT_ID,
    RESIDENT_NAME,
    SENIOR_CARD,
    Browser,
    City,
    Counter,
    hidden,
    publish,
)
from tests.edge_node.test_counter import accesses, text_of
from tests.edge_node.test_desk import FULL
from tests.edge_node.test_desk import accept as accept_case
from tests.edge_node.test_known import SON

# No keyword of the city: only the everyday words that every catalogue has.
BARE = msgspec.structs.replace(ALLOWANCE, keywords=())
CARD = msgspec.structs.replace(SENIOR_CARD, keywords=())


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    made = City(tmp_path_factory.mktemp("city"))
    publish(made.world.city, 2, [BARE, CARD])
    made.bureau.attest(RESIDENT_ID, "511602001001")
    made.world.sync_all()
    yield made
    made.close()


@pytest.fixture(scope="module")
def number(town: City) -> str:
    return accept_case(town.desk(), replace(FULL, agent=SON))


@pytest.fixture(scope="module")
def window(town: City) -> Counter:
    return Counter(town)


@pytest.fixture(scope="module")
def desk_page(window: Counter) -> Browser:
    return window.browser()


def scanned(clerk: Browser, text: str) -> tuple[str, str]:
    """(where a text leads, the page that it ends on)."""
    answer = clerk.fill(clerk.get("/").text, "/search", {"q": text}, follow=True)
    return str(answer.url).removeprefix("http://station.test"), answer.text


def wide(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)


# ---------------------------------------------------------------- items


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("低保", BARE), ("吃低保", BARE), ("我要办低保", BARE), ("db", BARE), ("dibao", BARE), ("老年卡", CARD),
        ("老年证", CARD), ("lnk", CARD), ("给妈妈办老年卡", CARD), ("敬老卡", CARD),
    ],
)  # fmt: skip
def test_everyday_words_find_the_item_in_every_catalogue(desk_page: Browser, text: str, item: object) -> None:
    assert isinstance(item, type(BARE))
    address, page = scanned(desk_page, text)
    assert address.startswith("/search?q=")
    assert re.findall(r'href="/items/([^"?]+)"', page)[0] == item.code


@pytest.mark.parametrize("change", [str, str.lower, wide, lambda code: f" {code}\r\n"])
def test_an_items_code_leads_to_the_item(desk_page: Browser, change: object) -> None:
    assert callable(change)
    assert scanned(desk_page, change(BARE.code))[0] == f"/items/{BARE.code}"


def test_a_credit_code_finds_what_the_department_offers_and_a_wrong_one_says_what_is_wrong(desk_page: Browser) -> None:
    credit = BARE.code[:18]
    assert f"/items/{BARE.code}" in scanned(desk_page, credit)[1]
    wrong = credit[:-1] + ("1" if credit[-1] != "1" else "2")
    assert "统一社会信用代码" in text_of(scanned(desk_page, wrong)[1])


# ---------------------------------------------------------------- cases


def test_a_case_is_found_by_number_qr_and_query_code_however_a_scanner_types_them(
    desk_page: Browser, town: City, number: str
) -> None:
    application = town.desk().case(number).case.application
    assert application is not None
    code = application.query_code
    qr = identifiers.qr_payload(number, code)
    for text in (number, number.lower(), wide(number), number.replace("-", ""), qr, f"https://hub.example/q#{qr}",
                 code, code.lower(), code.replace("-", " - "), wide(code), f"{qr}\r\n"):  # fmt: skip
        assert scanned(desk_page, text)[0] == f"/cases/{number}", text


def test_a_query_code_that_is_not_here_says_so(desk_page: Browser) -> None:
    assert "本站没有这个查询码的办件" in text_of(scanned(desk_page, "1234-ACDF")[1])


# ---------------------------------------------------------------- residents


@pytest.mark.parametrize("change", [str, wide, lambda text: f"{text}\r\n", lambda text: " ".join(text)])
def test_a_scanned_id_card_leads_to_the_resident_and_never_into_an_address(
    desk_page: Browser, window: Counter, number: str, change: object
) -> None:
    assert callable(change)
    answer = desk_page.fill(desk_page.get("/").text, "/search", {"q": change(RESIDENT_ID)})
    assert answer.status_code == 200
    page = text_of(answer.text)
    assert RESIDENT_NAME in page
    assert RESIDENT_ID not in answer.text
    assert f"/cases/{number}" in answer.text
    assert "最低生活保障家庭" in page, "the attestation that is held"
    assert f"{SON.name}（子女）" in page
    lookup = window.station.node.vault.lookup("resident", RESIDENT_ID)
    assert "cases.of_resident" in accesses(window, f"resident/{lookup}")


def test_an_id_card_with_a_small_x_and_a_wrong_one_are_told_apart(desk_page: Browser) -> None:
    assert "1949年12月31日" in text_of(scanned(desk_page, "11010519491231002x")[1])
    assert "校验位不对" in text_of(scanned(desk_page, "110105194912310021")[1])


def test_a_new_case_carries_the_resident_into_the_chosen_item_and_begins_only_once(
    desk_page: Browser, window: Counter, number: str
) -> None:
    _, page = scanned(desk_page, OTHER_ID)
    found = desk_page.fill(page, "/residents/begin", {"q": "低保"}, follow=True)
    again = desk_page.fill(page, "/residents/begin", {"q": ""}, follow=True)
    assert OTHER_ID not in str(found.url)
    draft = str(found.url).rpartition("draft=")[2]
    assert str(again.url).endswith(f"/search?draft={draft}")
    assert "正在为 5116**********1236 选事项" in text_of(found.text)
    item = desk_page.get(unescape(re.findall(r'href="(/items/[^"]+)"', found.text)[0])).text
    form = desk_page.get(unescape(re.findall(r'href="(/items/[^"]+/apply[^"]+)"', item)[0])).text
    assert f'name="id_number" type="text" value="{OTHER_ID}"' in form
    assert "1990年1月1日" in text_of(form)
    assert desk_page.get(f"/drafts/{draft}").headers["location"].endswith(f"/search?draft={draft}")
    assert "还没有选事项" in text_of(desk_page.get("/").text)
    _, page = scanned(desk_page, OTHER_ID)
    assert "还没有选事项" in text_of(page)


def test_the_application_of_a_colleague_says_nothing_of_its_resident(window: Counter, desk_page: Browser) -> None:
    page = scanned(desk_page, RESIDENT_ID)[1]
    found = desk_page.fill(page, "/residents/begin", {"q": ""}, follow=True)
    theirs = window.browser("tongshi").get(str(found.url)).text
    assert "正在为" not in theirs
    assert RESIDENT_ID[-4:] not in text_of(theirs)


def test_the_page_of_a_resident_is_good_for_the_one_who_asked_alone(window: Counter, desk_page: Browser) -> None:
    page = scanned(desk_page, RESIDENT_ID)[1]
    theirs = window.browser("tongshi")
    token = hidden(theirs.get("/").text, "_form")
    answer = theirs.post("/residents/begin", data={"_form": token, "_from": "/", "resident": hidden(page, "resident")})
    assert answer.status_code == 422

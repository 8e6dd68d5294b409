"""Editing the catalogue on the pages of the city: every part of an item, new ones, two people at once, previews."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from central import publishing
from shared_models.catalogue import Answer, Answered, BaseItem, Department, Item, Question, check
from sync_protocol.store.drafts import Drafts
from tests.central.places import Places, put_drafts
from tests.host.small_app import Browser
from tests.shared_models.catalogue_items import CREDIT, complete_item

ITEM = complete_item()


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """Four nodes for all tests of this module: each works on items of its own."""
    made = Places(tmp_path_factory.mktemp("places"))
    yield made
    made.close()


def own(number: int, **other: object) -> Item:
    """An item that no other test of this module touches."""
    return replace(ITEM, code=f"{CREDIT}4{number:012}", **other)


def url(item: Item, query: str = "") -> str:
    return f"/catalogue/items/{item.code}/edit{query}"


def shown(page: str) -> dict[str, list[str]]:
    """What the entry's form on a page would send."""
    form = page.split('class="form edit-form"')[1].split("</form>")[0]
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if found.get("type") != "checkbox" or " checked" in tag:
            sent.setdefault(found["name"], []).append(unescape(found["value"]))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        sent[name] = [unescape(text)]
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        sent[name] = [unescape(each) for each in re.findall(r'value="([^"]*)" selected', options)][:1] or [""]
    return sent


def sent(browser: Browser, path: str, do: str = "set", page: str = "", **other: str) -> tuple[int, str]:
    """Status and page after sending the form at `path` with the fields of `other` changed."""
    page = page or browser.get(path).text
    data = {**shown(page), "edit.do": [do], **{name.replace("__", "."): [value] for name, value in other.items()}}
    answer = browser.post(path, data=data)
    return answer.status_code, answer.text


def draft(places: Places, code: str) -> Item:
    with places.city.runtime.node.read() as db:
        found = Drafts(db).get(code)
    assert found is not None
    return found


def test_every_part_of_an_item_is_changed_by_its_own_form(places: Places) -> None:
    item = own(1)
    put_drafts(places.city, [item])
    browser = places.city.browser("admin")
    for part, changes in {
        "": {"fee": "每件 10 元", "promised_days": "5"},
        "situations": {"question": "家里是否低保？"},
        "materials": {"source": "户籍派出所"},
        "steps": {"limit_days": "2"},
        "fields": {"label": "残疾类型", "rule__most": ""},
    }.items():
        path = url(item, f"?part={part}&at=0" if part else "")
        assert sent(browser, path, **changes)[0] == 303, part
    after = draft(places, item.code)
    assert (after.fee, after.promised_days) == ("每件 10 元", 5)
    assert after.situations[0] == replace(item.situations[0], question="家里是否低保？")
    assert after.materials[0] == replace(item.materials[0], source="户籍派出所")
    assert (after.steps[0].limit_days, after.fields[0].label) == (2, "残疾类型")
    assert after.materials[1:] == item.materials[1:]


def test_what_cannot_be_kept_is_answered_422_at_its_field_with_what_was_typed(places: Places) -> None:
    item = own(2)
    put_drafts(places.city, [item])
    browser = places.city.browser("admin")
    for changes, field in (({"promised_days": "十天"}, "promised_days"), ({"fee": "费" * 501}, "fee")):
        status, page = sent(browser, url(item), **changes)
        assert status == 422
        assert f'href="#f-{field}"' in page
        assert changes[field] in page
    assert draft(places, item.code) == item


def test_what_only_keeps_it_from_being_published_is_kept_and_told_at_its_field(places: Places) -> None:
    item = own(3)
    put_drafts(places.city, [item])
    browser = places.city.browser("admin")
    assert sent(browser, url(item), promised_days="30")[0] == 303
    page = browser.get(url(item)).text
    assert re.search(r'id="f-promised_days".*?fault-error">[^<]*30[^<]*20', page, re.DOTALL)
    with places.city.runtime.node.read() as db:
        assert item.code not in {each.code for each in Drafts(db).all(complete_only=True)}


def test_the_later_of_two_editors_is_told_and_shown_both(places: Places) -> None:
    item = own(4)
    put_drafts(places.city, [item])
    browser = places.city.browser("admin")
    opened = browser.get(url(item)).text
    assert sent(browser, url(item), fee="每件 5 元")[0] == 303
    status, page = sent(browser, url(item), page=opened, fee="每件 8 元")
    assert status == 409
    assert 'value="每件 8 元"' in page
    assert "现在保存的是：<b>每件 5 元</b>" in page
    assert draft(places, item.code).fee == "每件 5 元"
    assert sent(browser, url(item), page=page)[0] == 303
    assert draft(places, item.code).fee == "每件 8 元"


def test_an_entry_that_was_removed_meanwhile_can_be_added_anew(places: Places) -> None:
    item = own(5)
    put_drafts(places.city, [item])
    browser = places.city.browser("admin")
    path = url(item, "?part=materials&at=2")
    opened = browser.get(path).text
    assert sent(browser, path, do="remove", page=opened)[0] == 303
    status, page = sent(browser, path, page=opened, source="村委会")
    assert status == 409
    assert [each.code for each in draft(places, item.code).materials] == ["M1", "M2"]
    assert sent(browser, url(item, "?part=materials&at=new"), page=page)[0] == 303
    assert draft(places, item.code).materials[2].source == "村委会"


def test_a_published_item_becomes_a_draft_when_it_is_edited_and_can_be_discarded(places: Places) -> None:
    item = own(6)
    node = places.city.runtime.node
    put_drafts(places.city, [item])
    publishing.publish(node, "actor-admin")
    node.database.write(lambda db: Drafts(db).remove(item.code))
    browser = places.city.browser("admin")
    assert "与已发布的相同" in browser.get(url(item)).text
    assert sent(browser, url(item), code=f"{CREDIT}4000000000066")[0] == 422
    assert sent(browser, url(item), fee="每件 1 元")[0] == 303
    assert draft(places, item.code).fee == "每件 1 元"
    page = browser.get(url(item)).text
    mark = re.findall(r'name="edit.mark" value="([^"]*)"', page)[-1]
    for given, status in (("another", 409), (mark, 303)):
        answer = browser.post(url(item), data={"_form": shown(page)["_form"], "edit.mark": given, "edit.do": "discard"})
        assert answer.status_code == status
    with node.read() as db:
        assert Drafts(db).get(item.code) is None


def test_a_draft_gets_another_code_only_where_it_is_free(places: Places) -> None:
    put_drafts(places.city, [own(7), own(8)])
    browser = places.city.browser("admin")
    assert sent(browser, url(own(7)), code=own(8).code)[0] == 409
    assert sent(browser, url(own(7)), code=own(9).code)[0] == 303
    assert draft(places, own(9).code).name == ITEM.name
    assert browser.get(url(own(7))).status_code == 404


def test_an_odd_code_of_a_draft_has_its_page(places: Places) -> None:
    item = replace(ITEM, code="GA/01 号")
    put_drafts(places.city, [item])
    path = f"/catalogue/items/{quote(item.code, safe='')}/edit"
    assert sent(places.city.browser("admin"), path, fee="每件 2 元")[0] == 303
    assert draft(places, item.code).fee == "每件 2 元"


def begun(browser: Browser, **form: str) -> tuple[int, str]:
    token = browser.token_at("/catalogue/items/new")
    answer = browser.post("/catalogue/items/new", data={"_form": token, "_from": "/catalogue/items/new", **form})
    return answer.status_code, answer.headers.get("location", "") if answer.status_code == 303 else answer.text


def test_a_new_item_begins_from_the_base_list_or_as_a_copy(places: Places) -> None:
    node = places.city.runtime.node
    base = BaseItem("510599000777", "老年优待证办理", "07", ("《老年人权益保障法》第五十三条",), (1,))
    publishing.publish_base(node, [base], "actor-admin")
    put_drafts(places.city, [own(10)])
    browser = places.city.browser("admin")
    assert base.code in browser.get("/catalogue/items/new?q=优待证").text
    status, path = begun(browser, department=CREDIT, department_name="民政局", level="4", basic=base.code)
    assert status == 303
    fresh = draft(places, f"{CREDIT}4{base.code}")
    assert fresh == Item(fresh.code, level=4, department=Department(CREDIT, "民政局"))
    assert base.name in browser.get(path).text
    assert begun(browser, department=CREDIT, level="4", basic=base.code)[0] == 409
    assert begun(browser, department=CREDIT, level="5", basic="000000000010", copied=own(10).code)[0] == 303
    copy = draft(places, f"{CREDIT}5000000000010")
    assert copy == replace(own(10), code=copy.code, level=5)
    for wrong, field in (({"department": "1"}, "department"), ({"basic": "1"}, "basic"), ({"level": ""}, "level")):
        form = {"department": CREDIT, "level": "4", "basic": "510599000778", **wrong}
        status, text = begun(browser, **form)
        assert status == 422
        assert f'href="#f-{field}"' in text


def test_a_district_looks_and_changes_nothing(places: Places) -> None:
    item = own(11)
    put_drafts(places.city, [item])
    publishing.publish(places.city.runtime.node, "actor-admin")
    places.sync()
    below = places.district.browser("admin")
    answer = below.get(url(item))
    assert answer.status_code == 303
    assert item.name in below.get(answer.headers["location"]).text
    assert below.post(url(item), data={"_form": below.token_at("/nodes")}).status_code == 403
    assert below.get("/catalogue/items/new").status_code == 403
    assert places.city.browser("shenpi").get(url(item)).status_code == 403


def test_a_preview_shows_the_draft_as_a_clerk_and_as_a_resident(places: Places) -> None:
    item = own(12, name="还没有发布的事项")
    put_drafts(places.city, [item])
    browser = places.city.browser("admin")
    path = f"/catalogue/items/{item.code}/preview"
    clerk = browser.get(f"{path}?situation=S2").text
    materials = clerk.split('class="materials"')[1]
    assert "收入说明" in materials
    assert "最低生活保障证" not in materials
    assert "<fieldset" in clerk
    assert "银行账号" in clerk
    guide = browser.get(f"{path}?as=resident&paper=a5").text
    for told in (item.name, "最低生活保障证", "收入说明", "10 个工作日", item.legal_basis[0], "guide-a5"):
        assert told in guide
    assert check(item) == []


def test_the_clerks_preview_asks_the_questions_and_follows_the_answers(places: Places) -> None:
    yes, no = Answer("yes", "是"), Answer("no", "否")
    poor, other = ((Answered("Q1", ("yes",)),),), ((Answered("Q1", ("no",)),),)
    item = own(
        13,
        questions=(Question("Q1", "家里是否低保？", "低保家庭要的材料不同", (yes, no)),),
        situations=(replace(ITEM.situations[0], given=poor), replace(ITEM.situations[1], given=other)),
    )
    put_drafts(places.city, [item])
    browser = places.city.browser("admin")
    path = f"/catalogue/items/{item.code}/preview"
    asked = browser.get(path).text
    assert "家里是否低保？" in asked
    assert 'class="materials"' not in asked
    answered = browser.get(f"{path}?a.Q1=no").text
    assert "收入说明" in answered.split('class="materials"')[1]
    assert "最低生活保障证" not in answered

"""One field of many items at once: previewed, done whole or not at all, and taken back whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from central import publishing
from central.editing import bulk
from central.editing.bulk import Asked
from shared_models.catalogue import Item
from shared_models.refusals import Refusal
from sync_protocol.store.drafts import Drafts
from tests.central.places import Places, put_drafts
from tests.host.small_app import hidden
from tests.shared_models.catalogue_items import CREDIT, complete_item

ITEM = complete_item()


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    made = Places(tmp_path_factory.mktemp("places"))
    yield made
    made.close()


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code == code


def some(first: int, count: int = 3, **other: object) -> list[Item]:
    return [replace(ITEM, code=f"{CREDIT}4{number:012}", **other) for number in range(first, first + count)]


def drafts(places: Places, items: list[Item]) -> list[Item]:
    with places.city.runtime.node.read() as db:
        return [found for item in items if (found := Drafts(db).get(item.code)) is not None]


def done(places: Places, items: list[Item], asked: Asked) -> list[Item]:
    """The drafts after a bulk edit."""
    node, codes = places.city.runtime.node, [item.code for item in items]
    with node.read() as db:
        mark = bulk.plan(db, codes, asked).mark
    bulk.apply(node, codes, asked, mark, "actor-admin")
    return drafts(places, items)


@pytest.mark.parametrize(
    ("asked", "after"),
    [
        (Asked("fee", "每件 10 元"), {"fee": "每件 10 元"}),
        (Asked("promised_days", "7"), {"promised_days": 7}),
        (Asked("channels", "窗口办理、网上办理"), {"channels": (1, 2)}),
        (Asked("tolerant", "是"), {"tolerant": True}),
        (Asked("department/name", "民政局"), {"department": replace(ITEM.department, name="民政局")}),
        (Asked("keyword", "补助"), {"keywords": (*ITEM.keywords, "补助")}),
        (Asked("no_keyword", "残补"), {"keywords": ("两项补贴",)}),
        (Asked("basis", "第五十条", old="第四十八条"), {"legal_basis": ("《中华人民共和国残疾人保障法》第五十条",)}),
        (Asked("material/source", "户籍派出所", material="居民身份证"),
         {"materials": (replace(ITEM.materials[0], source="户籍派出所"), *ITEM.materials[1:])}),
        (Asked("material/grade", "A 系统核验", material="收入说明"),
         {"materials": (*ITEM.materials[:2], replace(ITEM.materials[2], grade="A"))}),
    ],
)  # fmt: skip
def test_what_was_asked_for_is_done_and_taken_back(places: Places, asked: Asked, after: dict[str, object]) -> None:
    items = some(100)
    put_drafts(places.city, items)
    assert done(places, items, asked) == [replace(item, **after) for item in items]
    bulk.take_back(places.city.runtime.node, "actor-admin")
    assert drafts(places, items) == items


def test_nothing_is_done_where_one_item_changed_since_the_preview(places: Places) -> None:
    items = some(200)
    put_drafts(places.city, items)
    node, codes, asked = places.city.runtime.node, [item.code for item in items], Asked("fee", "每件 10 元")
    with node.read() as db:
        mark = bulk.plan(db, codes, asked).mark
    changed = replace(items[1], name="别人改的")
    node.database.write(lambda db: Drafts(db).save(changed, "b", 1))
    with refused("editing.bulk_changed"):
        bulk.apply(node, codes, asked, mark, "actor-admin")
    assert drafts(places, items) == [items[0], changed, items[2]]


def test_it_is_not_taken_back_over_what_somebody_did_since(places: Places) -> None:
    items = some(300)
    put_drafts(places.city, items)
    after = done(places, items, Asked("fee", "每件 3 元"))
    node = places.city.runtime.node
    later = replace(after[2], fee="每件 4 元")
    node.database.write(lambda db: Drafts(db).save(later, "b", 1))
    with refused("editing.bulk_touched"):
        bulk.take_back(node, "actor-admin")
    assert drafts(places, items) == [after[0], after[1], later]


def test_a_published_item_without_a_draft_has_none_again(places: Places) -> None:
    items, node = some(400, 1), places.city.runtime.node
    put_drafts(places.city, items)
    publishing.publish(node, "actor-admin")
    node.database.write(lambda db: Drafts(db).remove(items[0].code))
    assert done(places, items, Asked("fee", "每件 5 元"))[0].fee == "每件 5 元"
    bulk.take_back(node, "actor-admin")
    assert drafts(places, items) == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Asked("nonsense", "1"), "editing.bulk_what"),
        (Asked("promised_days", "十"), "catalogue.cell_not_a_number"),
        (Asked("keyword", ""), "editing.bulk_missing"),
        (Asked("material/source", "x"), "editing.bulk_missing"),
        (Asked("basis", "x"), "editing.bulk_missing"),
        (Asked("fee", "费" * 501), "editing.bulk_too_large"),
    ],
)
def test_what_cannot_be_done_to_all_is_refused(places: Places, asked: Asked, code: str) -> None:
    items = some(500)
    put_drafts(places.city, items)
    with places.city.runtime.node.read() as db, refused(code):
        bulk.plan(db, [item.code for item in items], asked)


def test_too_many_and_none_are_refused(places: Places) -> None:
    with places.city.runtime.node.read() as db:
        for codes, code in (([], "editing.bulk_none"), (["x"] * (bulk.ITEMS_MAX + 1), "editing.bulk_too_many")):
            with refused(code):
                bulk.plan(db, codes, Asked("fee", "1"))


def test_the_page_previews_old_and_new_and_tells_what_it_breaks(places: Places) -> None:
    items = some(600, 2, promised_days=9)
    put_drafts(places.city, items)
    browser = places.city.browser("admin")
    path = "/catalogue/bulk?" + "&".join(f"code={item.code}" for item in items)
    form = {"_form": browser.token_at(path), "_from": path, "what": "promised_days"}
    wrong = browser.post(path, data={**form, "value": "十", "do": "preview"})
    assert wrong.status_code == 422
    assert 'href="#f-value"' in wrong.text
    page = browser.post(path, data={**form, "value": "30", "do": "preview"}).text
    assert re.findall(r'bulk-(?:old|new)">(\d+)<', page) == ["9", "30"] * 2
    assert "多出 1 处错误" in page
    answer = browser.post(path, data={**form, "value": "30", "do": "apply", "mark": hidden(page, "mark")})
    assert answer.status_code == 303
    assert [item.promised_days for item in drafts(places, items)] == [30, 30]
    assert "撤回这次修改" in browser.get(answer.headers["location"]).text
    assert browser.post("/catalogue/bulk/done", data={"_form": form["_form"]}).status_code == 303
    assert drafts(places, items) == items
    assert browser.post("/catalogue/bulk/done", data={"_form": form["_form"]}).status_code == 409

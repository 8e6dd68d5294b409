"""Full-text search over the catalogue: every way to a draft is noticed, and what is typed finds what holds it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from central import publishing, searching
from central.searching import Query, wanted
from deploy import catalogue
from shared_models.catalogue import BaseItem, Item, complete
from shared_models.catalogue.words import initials, phrases, words_of
from sync_protocol.store import catalogue_text
from sync_protocol.store.drafts import Drafts, ready
from tests.central.places import Places, Site, put_drafts
from tests.shared_models.catalogue_items import CREDIT, complete_item

ITEMS = catalogue.load()
AGED = next(item for item in ITEMS if "高龄津贴" in item.name)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    made = Places(tmp_path_factory.mktemp("places"))
    put_drafts(made.city, ITEMS)
    yield made
    made.close()


def found(site: Site, query: Query) -> set[str]:
    """The codes of all that is found."""
    while searching.bring_up(site.runtime.node):
        pass
    with site.runtime.node.read() as db:
        total, entries = catalogue_text.find(db, wanted(query), 0, 1000)
        codes = set(catalogue_text.find_codes(db, wanted(query), 1000))
    assert total == len(entries)
    assert codes == {entry.code for entry in entries}
    return codes


@pytest.mark.parametrize(
    "typed",
    ["高龄", "高龄津贴", "龄津", "GLJT", "ljt", "80周岁", "80周岁以上老年人高龄津贴申领", "老人补贴",
     "权益保障法》第三十三", AGED.code, AGED.code[18:], AGED.code[-12:], AGED.code[:12], "高龄 民政局", "gljt 户口簿"],
)  # fmt: skip
def test_an_item_is_found_by_part_of_what_it_says(places: Places, typed: str) -> None:
    assert AGED.code in found(places.city, Query(typed))


@pytest.mark.parametrize("typed", ["龄高", "高龄证", "tjlg", "高龄 不动产", "第三十三岁", "“”", '"', "高龄 AND", "*"])
def test_what_stands_nowhere_finds_it_not(places: Places, typed: str) -> None:
    everything = {item.code for item in ITEMS}
    codes = found(places.city, Query(typed))
    assert AGED.code not in codes or codes >= everything  # signs alone narrow nothing


@settings(max_examples=40)
@given(st.data())
def test_every_piece_of_a_name_is_found_in_its_words(data: st.DataObject) -> None:
    item = data.draw(st.sampled_from(ITEMS))
    start = data.draw(st.integers(0, len(item.name) - 1))
    piece = item.name[start : data.draw(st.integers(start + 1, len(item.name)))]
    name = f" {words_of(item).name} "
    for group in phrases(piece):
        first = group[0]
        phrase = " ".join(first.words)
        assert f" {phrase}{'' if first.goes_on else ' '}" in name, (piece, first, name)


def test_initials_know_both_readings_of_a_character() -> None:
    assert {"cq", "zq"} <= set(initials("长期"))
    assert "lx" in initials("养老险")


def test_filters_narrow_what_is_found(places: Places) -> None:
    district = {item.code for item in ITEMS if item.level == 4}
    assert found(places.city, Query(level="4")) == district
    civil = {item.code for item in ITEMS if "民政" in item.department.name}
    assert found(places.city, Query(department="民政")) == civil
    assert found(places.city, Query(department=AGED.department.code, level="4")) <= district
    assert found(places.city, Query(state="published")) == set()
    assert found(places.city, Query(text="高龄津贴", shown="errors")) == set()
    assert found(places.city, Query(text="高龄津贴", shown="complete", state="new")) == {AGED.code}


def test_every_way_to_change_a_draft_is_noticed(places: Places) -> None:
    site, node = places.city, places.city.runtime.node
    item = replace(complete_item(), code=f"{CREDIT}4888800000001", name="新来的")

    def named(name: str) -> Item:
        return replace(item, name=name)

    assert found(site, Query("新来的")) == set()
    node.database.write(lambda db: Drafts(db).put_many([item], "t", 1))
    assert found(site, Query("新来的")) == {item.code}
    node.database.write(lambda db: Drafts(db).save(named("改过的"), "a", 2, whole=True))
    assert found(site, Query("新来的")) == set()
    assert found(site, Query("改过的")) == {item.code}
    number = node.database.write(lambda db: Drafts(db).begin())
    node.database.write(lambda db: Drafts(db).stage(number, [ready(named("导入的"), True)], "f", 3))
    assert found(site, Query("导入的")) == set()
    node.database.write(lambda db: Drafts(db).finish(number))
    assert found(site, Query("导入的")) == {item.code}
    node.database.write(lambda db: Drafts(db).remove(item.code))
    assert found(site, Query("导入的")) == set()


def test_what_is_published_is_told_apart_and_found_below(places: Places) -> None:
    city, node = places.city, places.city.runtime.node
    item = replace(complete_item(), code=f"{CREDIT}4888800000002", name="发布的事项")
    put_drafts(city, [item])
    publishing.publish(node, "actor-admin")
    assert item.code in found(city, Query(state="published"))
    node.database.write(lambda db: Drafts(db).save(replace(item, fee="每件 9 元"), "a", 2))
    assert found(city, Query(state="changed")) == {item.code}
    node.database.write(lambda db: Drafts(db).remove(item.code))
    assert item.code in found(city, Query("发布的", state="published"))
    places.sync()
    assert found(places.district, Query("发布的")) == {item.code}
    publishing.publish(node, "actor-admin", (item.code,))
    assert found(city, Query("发布的")) == set()


def test_a_new_base_list_is_noticed_where_an_item_inherits(places: Places) -> None:
    node = places.city.runtime.node
    item = replace(complete_item(), code=f"{CREDIT}4888800000003", name="")
    put_drafts(places.city, [item])
    assert item.code in found(places.city, Query(shown="errors"))
    base = BaseItem(item.code[-12:], "沿用名称的事项", "05", ("《办法》",), (1,))
    publishing.publish_base(node, [base], "actor-admin")
    assert complete(replace(item, name=base.name))
    assert found(places.city, Query("沿用名称", shown="complete")) == {item.code}


def test_the_page_lists_what_is_found_and_keeps_the_search_in_its_links(places: Places) -> None:
    browser = places.city.browser("admin")
    page = browser.get("/catalogue/items?q=高龄津贴&level=4&page=nonsense").text
    assert AGED.name in page
    assert f"/catalogue/items/{AGED.code}/edit" in page
    assert "all=1&amp;q=%E9%AB%98%E9%BE%84" in page
    assert "共 2 页" in browser.get("/catalogue/items").text
    assert "没有找到" in browser.get("/catalogue/items?q=没有这样的东西").text
    below = places.district.browser("admin")
    assert "批量修改" not in below.get("/catalogue/items").text

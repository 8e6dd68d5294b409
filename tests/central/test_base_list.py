"""The base list: published by the city, carried to all, and filled in where drafts that leave something to it are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from central import importing, operations, publishing
from central.catalogue_files import write_csv, write_xlsx
from central.import_report import KeptReport
from central.operations import File, PublishBase
from deploy import catalogue
from shared_models.catalogue import BaseItem, Item, basic_code
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from sync_protocol.commands import View
from sync_protocol.store import base_list, knowledge
from sync_protocol.store.drafts import Drafts
from tests.central.places import Places, Site, approve_all

WHOLE = catalogue.load()[0]
ENTRY = BaseItem(basic_code(WHOLE.code), WHOLE.name, WHOLE.item_type, WHOLE.legal_basis, WHOLE.served)
BARE = replace(WHOLE, name="", item_type="", legal_basis=(), served=())
"""It leaves to the base list all that it can."""


def at_level(level: int, tier: str) -> Item:
    """The same item at another level, which then concludes it."""
    steps = (*BARE.steps[:-1], replace(BARE.steps[-1], tier=tier))
    return replace(BARE, code=f"{BARE.code[:18]}{level}{ENTRY.code}", level=level, steps=steps)


def imported(site: Site, items: Sequence[Item]) -> KeptReport:
    report = importing.import_files(site.runtime.node, list(write_csv(items).items()))
    review(site)
    return report


def review(site: Site) -> None:
    site.runtime.node.database.write(lambda db: approve_all(db, site.runtime.node.now()))


def publish_base(site: Site, *entries: BaseItem, withdrawn: Sequence[str] = ()) -> publishing.BasePublished:
    return publishing.publish_base(site.runtime.node, entries, "actor-admin", withdrawn)


def held(site: Site) -> dict[str, BaseItem]:
    with site.runtime.node.read() as db:
        return base_list.entries(db)


def published(site: Site) -> list[dict[str, Any]]:
    with site.runtime.node.read() as db:
        latest = knowledge.latest_version(db)
        return [] if latest is None else knowledge.items_of(db, latest)


def complete_drafts(site: Site) -> int:
    with site.runtime.node.read() as db:
        return Drafts(db).counts().complete


def refused(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value


def test_the_list_reaches_every_node_as_it_was_signed(places: Places) -> None:
    other = BaseItem("510599009000", "另一事项", "07", ("《甲法》第一条",), (2,))
    done = publish_base(places.city, ENTRY, other)
    assert done == publishing.BasePublished(1, 2, 2, 0)
    done = publish_base(places.city, replace(ENTRY, name="改名"), withdrawn=[other.code])
    assert done == publishing.BasePublished(2, 1, 1, 1)
    places.sync()
    for site in (places.district, places.station, places.hall):
        assert held(site) == {ENTRY.code: replace(ENTRY, name="改名")}


def test_a_draft_that_inherits_is_published_with_all_values(places: Places) -> None:
    publish_base(places.city, ENTRY)
    report = imported(places.city, [BARE])
    assert (report.complete, report.errors) == (1, 0)
    publishing.publish(places.city.runtime.node, "actor-admin")
    places.sync()
    assert [value["name"] for value in published(places.station)] == [WHOLE.name]
    assert published(places.station)[0]["legal_basis"] == list(WHOLE.legal_basis)
    with places.city.runtime.node.read() as db:
        assert Drafts(db).all() == [BARE]


def test_an_entry_is_changed_once_and_every_level_has_it_with_the_next_version(places: Places) -> None:
    levels = [at_level(3, "city"), at_level(4, "district"), at_level(5, "station")]
    publish_base(places.city, ENTRY)
    imported(places.city, levels)
    publishing.publish(places.city.runtime.node, "actor-admin")
    publish_base(places.city, replace(ENTRY, name="改名"))
    with places.city.runtime.node.read() as db:
        change = publishing.change_ahead(db)
    assert (change.drafted, change.any) == (len(levels), False), "what was approved is not what they are now"
    review(places.city)
    with places.city.runtime.node.read() as db:
        assert publishing.change_ahead(db).changed == len(levels) == 3
    publishing.publish(places.city.runtime.node, "actor-admin")
    assert {value["name"] for value in published(places.city)} == {"改名"}


def test_drafts_are_looked_at_anew_when_the_list_changes(places: Places) -> None:
    report = imported(places.city, [BARE])
    assert report.incomplete == 1
    assert complete_drafts(places.city) == 0
    publish_base(places.city, ENTRY)
    assert complete_drafts(places.city) == 1
    publish_base(places.city, withdrawn=[ENTRY.code])
    assert complete_drafts(places.city) == 0
    assert refused(lambda: publishing.publish(places.city.runtime.node, "actor-admin")).code == (
        "central.nothing_changed"
    )


def test_what_was_published_without_a_base_list_stays_as_it_is(places: Places) -> None:
    imported(places.city, [WHOLE])
    publishing.publish(places.city.runtime.node, "actor-admin")
    before = published(places.city)
    publish_base(places.city, replace(ENTRY, name="基本目录里的名称"))
    assert published(places.city) == before
    with places.city.runtime.node.read() as db:
        assert not publishing.change_ahead(db).any


def test_an_import_compares_with_the_published_list_and_leaves_that_of_the_file_alone(places: Places) -> None:
    publish_base(places.city, replace(ENTRY, name="基本目录里的名称"))
    files = [("目录.xlsx", write_xlsx([WHOLE], [ENTRY]))]
    report = importing.import_files(places.city.runtime.node, files)
    assert [fault.code for fault in report.faults] == ["catalogue.name_differs"]
    assert report.base == 1
    assert held(places.city)[ENTRY.code].name == "基本目录里的名称"
    page = places.city.browser("admin").get("/catalogue/import").text
    assert "文件中另有 1 条基本目录" in page


def test_the_page_shows_drafts_with_what_they_inherit(places: Places) -> None:
    publish_base(places.city, ENTRY)
    imported(places.city, [BARE])
    page = places.city.browser("admin").get("/catalogue").text
    assert WHOLE.name in page
    assert "基本目录第 1 版，1 条" in page


# ---------------------------------------------------------------- what is refused


def test_only_a_city_publishes_and_only_what_changes(places: Places) -> None:
    assert refused(lambda: publish_base(places.district, ENTRY)).code == "central.city_only"
    publish_base(places.city, ENTRY)
    assert refused(lambda: publish_base(places.city, ENTRY)).code == "central.base_unchanged"
    assert refused(lambda: publish_base(places.city, withdrawn=["510599999000"])).code == "central.not_in_base"
    assert held(places.city) == {ENTRY.code: ENTRY}


def test_a_list_with_an_error_is_not_published(places: Places) -> None:
    files = write_csv([], base=[ENTRY, replace(ENTRY, code="51059900900", legal_basis=())])
    asked = PublishBase(tuple(File(name, data) for name, data in files.items()))
    refusal = refused(lambda: operations.publish_base(places.city.hub, asked))
    assert (refusal.code, refusal.values["row"], refusal.values["number"]) == ("central.base_faulty", 3, 2)
    assert held(places.city) == {}


def test_a_list_that_is_too_large_for_one_record_goes_in_several(places: Places) -> None:
    entries = [replace(ENTRY, code=f"5105{number:08}", name="长" * 300) for number in range(600)]
    done = publish_base(places.city, *entries)
    assert done.number > 1
    assert done.entries == 600
    places.sync()
    assert held(places.station) == {entry.code: entry for entry in entries}


class _Older(msgspec.Struct, frozen=True):
    """A change of the base list under a number that does not follow."""

    number: int

    def decide(self, view: View) -> Sequence[Draft]:
        body = {"number": self.number, "set": [msgspec.to_builtins(replace(ENTRY, name="旧"))], "removed": []}
        return [Draft(base_list.KIND, "base-list", body, PUBLIC, view.me.area)]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_change_that_does_not_follow_has_no_effect_and_stops_nothing(places: Places, number: int) -> None:
    publish_base(places.city, ENTRY)
    places.city.runtime.node.write(_Older(number))
    publish_base(places.city, replace(ENTRY, name="新"))
    places.sync()
    for site in (places.city, places.station):
        assert held(site)[ENTRY.code].name == "新"

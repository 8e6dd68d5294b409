"""Drafts become versions, step by step and only by the city; so does the working calendar."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from central import publishing
from central.hub import calendar_in
from deploy import catalogue
from shared_models.catalogue import BaseItem, Item
from shared_models.records import BODY_BYTES_MAX
from shared_models.refusals import Refusal
from sync_protocol.store import knowledge
from sync_protocol.store.drafts import Drafts
from sync_protocol.store.knowledge import VersionRow
from tests.central.places import CALENDAR, Places, Site, hash_of, put_drafts, renamed

ITEMS = catalogue.load()[:4]


def latest(site: Site) -> VersionRow | None:
    with site.runtime.node.read() as db:
        return knowledge.latest_version(db)


def journal(site: Site) -> int:
    with site.runtime.node.read() as db:
        return site.runtime.node.log.journal_end(db).position


def refused(act: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(Refusal) as caught:
        act(*arguments)
    return caught.value.code


def test_a_version_reaches_every_station_with_its_items(places: Places) -> None:
    put_drafts(places.city, ITEMS)
    assert publishing.publish(places.city.runtime.node, "actor-admin") == 1
    places.sync()
    for site in (places.station, places.hall, places.district):
        held = latest(site)
        assert held is not None
        assert held.number == 1
        assert held.items == {item.code: hash_of(item) for item in ITEMS}
        with site.runtime.node.read() as db:
            assert len(knowledge.items_of(db, held)) == len(ITEMS)


def test_the_next_version_carries_only_what_changed(places: Places) -> None:
    put_drafts(places.city, ITEMS)
    node = places.city.runtime.node
    publishing.publish(node, "actor-admin")
    before = journal(places.city)
    put_drafts(places.city, [renamed(ITEMS[0], "改了名的事项")])
    assert publishing.publish(node, "actor-admin") == 2
    assert journal(places.city) - before == 2, "one record for the item, one for the version"
    places.sync()
    held = latest(places.station)
    assert held is not None
    assert held.items[ITEMS[0].code] == hash_of(renamed(ITEMS[0], "改了名的事项"))
    assert held.items[ITEMS[1].code] == hash_of(ITEMS[1])


def test_a_large_catalogue_goes_in_several_versions_of_one_moment(places: Places) -> None:
    node = places.city.runtime.node
    put_drafts(places.city, ITEMS[:3])
    assert publishing.publish(node, "actor-admin", most=2) == 2
    places.sync()
    with places.station.runtime.node.read() as db:
        first, last = knowledge.version(db, 1), knowledge.version(db, 2)
    assert first is not None
    assert last is not None
    assert (len(first.items), len(last.items)) == (2, 3)
    assert first.effective_ms == last.effective_ms
    assert refused(publishing.publish, node, "actor-admin") == "central.nothing_changed"


def test_a_content_that_was_published_before_is_not_sent_again(places: Places) -> None:
    node = places.city.runtime.node
    for name in ("甲", "乙"):
        put_drafts(places.city, [renamed(ITEMS[0], name)])
        publishing.publish(node, "actor-admin")
    before = journal(places.city)
    put_drafts(places.city, [renamed(ITEMS[0], "甲")])
    publishing.publish(node, "actor-admin")
    assert journal(places.city) - before == 1


def test_publishing_without_a_change_is_refused_and_writes_nothing(places: Places) -> None:
    node = places.city.runtime.node
    assert refused(publishing.publish, node, "actor-admin") == "central.nothing_changed"
    put_drafts(places.city, ITEMS)
    publishing.publish(node, "actor-admin")
    before = journal(places.city)
    assert refused(publishing.publish, node, "actor-admin") == "central.nothing_changed"
    assert journal(places.city) == before


def test_an_incomplete_draft_stays_a_draft(places: Places) -> None:
    empty = Item(code=ITEMS[0].code[:-1] + "9", name="没有材料")
    put_drafts(places.city, [*ITEMS, empty])
    with places.city.runtime.node.read() as db:
        change = publishing.change_ahead(db)
    assert (change.added, change.changed, change.unchanged, change.incomplete) == (4, 0, 0, 1)
    publishing.publish(places.city.runtime.node, "actor-admin")
    held = latest(places.city)
    assert held is not None
    assert empty.code not in held.items


def test_a_withdrawn_item_leaves_the_catalogue_and_the_drafts(places: Places) -> None:
    node, code = places.city.runtime.node, ITEMS[1].code
    put_drafts(places.city, ITEMS)
    publishing.publish(node, "actor-admin")
    assert publishing.publish(node, "actor-admin", [code]) == 2
    places.sync()
    held = latest(places.station)
    assert held is not None
    assert code not in held.items
    with node.read() as db:
        assert Drafts(db).get(code) is None
    assert refused(publishing.publish, node, "actor-admin", ["unknown"]) == "central.not_published"


def test_a_district_publishes_nothing(places: Places) -> None:
    node = places.district.runtime.node
    put_drafts(places.district, ITEMS)
    assert refused(publishing.publish, node, "actor-admin") == "central.city_only"
    other = {**CALENDAR, "known_until": "2027-12-31"}
    assert refused(publishing.publish_calendar, node, other) == "central.city_only"


def test_a_change_too_large_for_one_record_is_refused_whole(places: Places) -> None:
    node, before = places.city.runtime.node, journal(places.city)
    entries = [BaseItem("005100000001", "第一项"), BaseItem("005100000002", "长" * BODY_BYTES_MAX)]
    assert refused(publishing.publish_base, node, entries, "actor-admin") == "central.too_large"
    assert journal(places.city) == before


def test_the_calendar_reaches_the_stations_and_the_same_one_is_not_published_twice(places: Places) -> None:
    node = places.city.runtime.node
    assert refused(publishing.publish_calendar, node, copy.deepcopy(CALENDAR)) == "central.calendar_unchanged"
    assert refused(publishing.publish_calendar, node, {"known_until": "soon"}) == "deadlines.calendar_malformed"
    publishing.publish_calendar(node, {"known_until": "2027-12-31", "holidays": ["2027-01-01"], "workdays": []})
    places.sync()
    with places.district.runtime.node.read() as db:
        assert calendar_in(db).known_until.year == 2027

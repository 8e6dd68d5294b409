"""Suspended, resumed and cancelled: what a version says of it, what every node makes of it, what is refused."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from central import publishing
from central.halting import Halting, halt
from deploy import catalogue
from shared_models.catalogue import Halt
from shared_models.catalogue.life import CANCELLED, SUSPENDED
from shared_models.refusals import Refusal
from sync_protocol.store import halting, knowledge
from sync_protocol.store.drafts import Drafts
from tests.central.places import Places, Site, put_drafts, renamed

ITEMS = catalogue.load()[:3]
CODE = ITEMS[0].code


def published(places: Places) -> Site:
    put_drafts(places.city, ITEMS)
    publishing.publish(places.city.runtime.node, "actor-admin")
    return places.city


def halts(site: Site, state: str) -> dict[str, Halt]:
    with site.runtime.node.read() as db:
        return halting.halts(db, state)


def latest(site: Site) -> knowledge.VersionRow:
    with site.runtime.node.read() as db:
        found = knowledge.latest_version(db)
    assert found is not None
    return found


def refused(site: Site, asked: Halting) -> str:
    with pytest.raises(Refusal) as caught:
        halt(site.hub, asked)
    return caught.value.code


def last_body(site: Site) -> dict[str, object]:
    node = site.runtime.node
    with node.read() as db:
        rows = [row for row in node.log.rows(db, 0, 500) if row.record.header.kind == "catalogue.published"]
    body: dict[str, object] = rows[-1].record.value()
    return body


def test_a_version_that_stops_nothing_says_what_it_said_before(places: Places) -> None:
    city = published(places)
    assert set(last_body(city)) == {"number", "effective_ms", "set", "removed"}


def test_a_suspension_reaches_every_station_and_leaves_the_items_as_they_are(places: Places) -> None:
    city = published(places)
    items = latest(city).items
    done = halt(city.hub, Halting("suspend", (CODE,), "系统升级"), "actor-admin")
    assert (done.number, done.items) == (2, 1)
    places.sync()
    for site in (city, places.district, places.station, places.hall):
        assert halts(site, SUSPENDED)[CODE].reason == "系统升级"
        assert latest(site).items == items
    halt(city.hub, Halting("resume", (CODE,)), "actor-admin")
    places.sync()
    assert halts(places.station, SUSPENDED) == {}


def test_a_cancelled_item_leaves_the_version_for_nodes_that_know_of_no_cancelling(places: Places) -> None:
    city = published(places)
    halt(city.hub, Halting("suspend", (CODE,), "待修订"))
    put_drafts(city, [renamed(ITEMS[0], "改了一半")], reviewed=False)
    halt(city.hub, Halting("cancel", (CODE,), "法规废止"))
    body = last_body(city)
    assert (body["removed"], body["resumed"]) == ([CODE], [CODE])
    places.sync()
    assert CODE not in latest(places.station).items
    assert (set(halts(places.station, CANCELLED)), halts(places.station, SUSPENDED)) == ({CODE}, {})
    with city.runtime.node.read() as db:
        assert Drafts(db).get(CODE) is None


def test_a_cancelled_code_is_never_used_again(places: Places) -> None:
    city = published(places)
    halt(city.hub, Halting("cancel", (CODE,), "法规废止"))
    put_drafts(city, [renamed(ITEMS[0], "换个名字再来")])
    with pytest.raises(Refusal) as caught:
        publishing.publish(city.runtime.node, "actor-admin")
    assert caught.value.code == "halts.code_spent"
    assert refused(city, Halting("suspend", (CODE,), "再停")) == "halts.already_cancelled"
    assert refused(city, Halting("cancel", (CODE,), "再取消")) == "halts.already_cancelled"


def test_a_suspension_is_not_held_up_by_a_version_that_lies_ahead(places: Places) -> None:
    city = published(places)
    put_drafts(city, [renamed(ITEMS[1], "明年的名称")])
    publishing.publish(city.runtime.node, "actor-admin", (), city.hub.today() + timedelta(days=30))
    ahead_ms = latest(city).effective_ms
    halt(city.hub, Halting("suspend", (CODE,), "即刻暂停"))
    assert latest(city).effective_ms == ahead_ms
    assert halts(city, SUSPENDED)[CODE].holds(city.runtime.node.now())


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Halting("suspend", (CODE,)), "halts.reason_missing"),
        (Halting("suspend", (CODE,), "长" * 201), "halts.reason_too_long"),
        (Halting("suspend", (), "无"), "halts.which"),
        (Halting("begin", (CODE,), "无"), "halts.which"),
        (Halting("suspend", ("unknown",), "无"), "central.not_published"),
        (Halting("suspend", (CODE,), "无", "明天"), "halts.day_malformed"),
        (Halting("suspend", (CODE,), "无", "", "2020-01-01"), "halts.until_before"),
        (Halting("resume", (CODE,)), "halts.not_suspended"),
    ],
)
def test_what_cannot_be_stopped_so_is_refused_and_nothing_is_published(
    places: Places, asked: Halting, code: str
) -> None:
    city = published(places)
    assert refused(city, asked) == code
    assert latest(city).number == 1


def test_an_administrator_suspends_and_resumes_on_the_page(places: Places) -> None:
    published(places)
    browser = places.city.browser("admin")
    data = {"_form": browser.token_at("/catalogue/halts"), "_from": "/catalogue/halts", "codes": CODE}
    wrong = browser.post("/catalogue/halts", data={**data, "verb": "suspend", "reason": ""})
    assert (wrong.status_code, "没有写原因" in wrong.text) == (422, True)
    stop = {**data, "verb": "suspend", "reason": "系统升级", "until": "2099-01-31"}
    assert browser.post("/catalogue/halts", data=stop).status_code == 303
    text = browser.get("/catalogue/halts").text
    assert ITEMS[0].name in text
    assert "系统升级" in text
    assert browser.post("/catalogue/halts", data={**data, "verb": "resume"}).status_code == 303
    assert halts(places.city, SUSPENDED) == {}


def test_the_page_of_a_version_says_who_published_it_and_what_it_changes(places: Places) -> None:
    city = published(places)
    put_drafts(city, [renamed(ITEMS[1], "改了名")])
    publishing.publish(city.runtime.node, "actor-admin", [ITEMS[2].code])
    halt(city.hub, Halting("suspend", (CODE,), "系统升级"), "actor-admin")
    browser = city.browser("admin")
    second, third = (browser.get(f"/catalogue/versions/{number}").text for number in (2, 3))
    assert f"<del>{ITEMS[1].name}</del> → <ins>改了名</ins>" in second
    assert (ITEMS[2].name in second, ITEMS[0].name in second) == (True, False)
    assert (ITEMS[0].name in third, "系统升级" in third) == (True, True)
    assert browser.get("/catalogue/versions/9").status_code == 404


def test_since_when_a_node_runs_its_version_stays_until_it_says_another_one(places: Places) -> None:
    published(places)
    places.sync()
    node = places.station.runtime.node.name
    db = places.district.runtime.node.database
    before = db.write(lambda each: knowledge.contact(each, node))
    assert before is not None
    assert before.since_ms > 0
    for catalogue_number, expected in ((before.catalogue, before.since_ms), (before.catalogue + 1, 99)):
        db.write(partial(knowledge.note_contact, node=node, at_ms=99, catalogue=catalogue_number, address=""))
        contact = db.write(lambda each: knowledge.contact(each, node))
        assert contact is not None
        assert contact.since_ms == expected

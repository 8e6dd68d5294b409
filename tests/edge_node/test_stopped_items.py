"""Items that are suspended or cancelled at the counter: said, refused from that moment, and nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from shared_models.refusals import Refusal
from tests.edge_node.station import ALLOWANCE, HOUSING_FUND, RESIDENT_NAME, SENIOR_CARD, City, Counter, publish
from tests.edge_node.test_drafts import APPLY, DAY_MS, TYPED, begin, begun

REASON = "信息系统升级"
CODE = ALLOWANCE.code


@pytest.fixture
def counter(city: City) -> Counter:
    return Counter(city)


def said(city: City, number: int, **what: Any) -> None:
    publish(city.world.city, number, [], what.pop("removed", ()), **what)
    city.world.sync_all()


def suspension(city: City, until_ms: int = 0) -> dict[str, Any]:
    return {CODE: {"reason": REASON, "from_ms": city.world.ms, **({"until_ms": until_ms} if until_ms else {})}}


def test_an_item_that_is_suspended_while_its_form_is_filled_in_is_refused_and_what_was_typed_stays(
    city: City, counter: Counter
) -> None:
    clerk = counter.browser()
    page = clerk.get(APPLY).text
    said(city, 2, suspended=suspension(city))
    refused = clerk.fill(page, "/apply", {**TYPED, "action": "accept"})
    assert refused.status_code == 409
    assert REASON in refused.text
    assert counter.station.desk.cases_of(counter.station.desk.check_resident(TYPED["id_number"])) == []
    (entry,) = begun(counter)
    told = clerk.get(f"/drafts/{entry}").text
    assert REASON in told
    assert RESIDENT_NAME in told
    said(city, 3, resumed=[CODE])
    assert f'value="{RESIDENT_NAME}"' in clerk.get(f"/drafts/{entry}", follow_redirects=True).text


def test_the_pages_say_so_and_lead_to_no_form(city: City, counter: Counter) -> None:
    clerk = counter.browser()
    said(city, 2, suspended=suspension(city))
    page = clerk.get(f"/items/{CODE}").text
    assert REASON in page
    assert "/apply" not in page
    assert "暂停办理" in clerk.get(f"/search?q={ALLOWANCE.name}").text
    assert clerk.get(APPLY).status_code == 409
    assert clerk.get(f"/items/{SENIOR_CARD.code}").status_code == 200


def test_a_suspension_begins_and_ends_with_its_days(city: City, counter: Counter) -> None:
    desk, begins_ms = counter.station.desk, city.world.ms + DAY_MS
    said(city, 2, suspended={CODE: {"reason": REASON, "from_ms": begins_ms, "until_ms": begins_ms + DAY_MS}})
    assert desk.stopped([ALLOWANCE]) == {}
    city.world.ms = begins_ms
    assert desk.stopped([ALLOWANCE])[CODE].code == "halts.suspended_until"
    with pytest.raises(Refusal):
        desk.intake(CODE, "S1")
    city.world.ms = begins_ms + DAY_MS
    assert desk.stopped([ALLOWANCE]) == {}
    assert desk.intake(CODE, "S1").item == ALLOWANCE


def test_a_cancelled_item_is_found_with_its_sentence_alone(city: City, counter: Counter) -> None:
    clerk = counter.browser()
    entry, _ = begin(clerk)
    said(city, 2, removed=[CODE], cancelled={CODE: {"reason": "依据已废止", "from_ms": city.world.ms}})
    found = clerk.get(f"/search?q={ALLOWANCE.name}").text
    assert "依据已废止" in found
    assert f"/items/{CODE}" not in found
    assert clerk.get(f"/items/{CODE}").status_code == 410
    assert clerk.get(APPLY).status_code == 410
    assert "依据已废止" in clerk.get(f"/drafts/{entry}").text


def test_a_code_that_is_cancelled_stays_so_whatever_a_later_version_says(city: City, counter: Counter) -> None:
    halt = {CODE: {"reason": "依据已废止", "from_ms": city.world.ms}}
    said(city, 2, removed=[CODE], cancelled=halt)
    publish(city.world.city, 3, [replace(ALLOWANCE, name="又来了")], suspended=halt, resumed=[CODE], anew=True)
    city.world.sync_all()
    shelf = counter.station.desk.shelf()
    assert (shelf.number, CODE in shelf.items, list(shelf.cancelled)) == (3, False, [CODE])


@pytest.mark.parametrize(
    "odd", [{"suspended": {CODE: {"from_ms": 0}}}, {"suspended": [CODE]}, {"cancelled": 1, "resumed": 1}]
)
def test_what_cannot_be_read_of_it_stops_neither_the_version_nor_its_items(
    city: City, counter: Counter, odd: dict[str, Any]
) -> None:
    publish(city.world.city, 2, [replace(HOUSING_FUND, name="改名")], **odd)
    city.world.sync_all()
    shelf = counter.station.desk.shelf()
    assert (shelf.number, shelf.items[HOUSING_FUND.code].name, shelf.suspended) == (2, "改名", {})

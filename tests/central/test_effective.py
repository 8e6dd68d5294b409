"""A version may be published ahead of its day: carried at once, in force later, and never out of order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

import pytest

from central import operations, publishing
from central.operations import Publish
from central.publishing import AHEAD_DAYS_MAX, DAY_MS
from deploy import catalogue
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from sync_protocol.commands import View
from sync_protocol.host.pages import CHINA
from sync_protocol.store import knowledge
from tests.central.places import Places, Site, put_drafts, renamed
from tests.host.small_app import hidden

ITEMS = catalogue.load()[:2]


def publish(site: Site, name: str, days: int | None = None) -> int:
    """The next version, with this name in it, in force at once or so many days from today."""
    put_drafts(site, [renamed(ITEMS[0], name)])
    effective = None if days is None else site.hub.today() + timedelta(days=days)
    return publishing.publish(site.runtime.node, "actor-admin", (), effective)


def effective(site: Site, number: int) -> int:
    with site.runtime.node.read() as db:
        version = knowledge.version(db, number)
    assert version is not None
    return version.effective_ms


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    assert "{" not in str(caught.value)
    return caught.value.code


def test_a_version_ahead_of_its_day_reaches_every_node_and_begins_with_that_day(places: Places) -> None:
    publish(places.city, "甲")
    assert publish(places.city, "乙", days=10) == 2
    places.sync()
    begins = datetime.combine(places.city.hub.today() + timedelta(days=10), time.min, CHINA)
    for site in (places.city, places.district, places.station):
        assert effective(site, 2) == begins.timestamp() * 1000
        assert effective(site, 1) <= places.city.hub.now_ms()


@pytest.mark.parametrize(
    ("days", "code"), [(0, "effective_past"), (-3, "effective_past"), (AHEAD_DAYS_MAX + 2, "effective_far")]
)
def test_a_day_that_has_begun_or_is_too_far_off_is_refused(places: Places, days: int, code: str) -> None:
    assert refused(lambda: publish(places.city, "甲", days)) == f"central.{code}"
    with places.city.runtime.node.read() as db:
        assert knowledge.latest_number(db) == 0


def test_no_version_is_in_force_before_the_one_that_it_follows(places: Places) -> None:
    publish(places.city, "甲", days=10)
    assert refused(lambda: publish(places.city, "乙")) == "central.effective_before_last"
    assert refused(lambda: publish(places.city, "乙", days=9)) == "central.effective_before_last"
    assert publish(places.city, "乙", days=10) == 2


class _ByAWrongClock(NamedTuple):
    """A version that a hub published while its clock was decades ahead."""

    effective_ms: int

    def decide(self, view: View) -> Sequence[Draft]:
        body = {"number": 1, "effective_ms": self.effective_ms, "set": {}, "removed": []}
        return [Draft("catalogue.published", "catalogue", body, PUBLIC, view.me.area)]


def test_a_version_of_a_wrong_clock_does_not_stand_in_the_way(places: Places) -> None:
    node = places.city.runtime.node
    node.write(_ByAWrongClock(node.now() + 20 * 365 * DAY_MS))
    assert publish(places.city, "甲") == 2


@pytest.mark.parametrize("typed", ["明天", "2026-13-01", "12/01"])
def test_what_is_no_day_is_refused(places: Places, typed: str) -> None:
    put_drafts(places.city, ITEMS)
    asked = Publish(effective=typed)
    assert refused(lambda: operations.publish(places.city.hub, asked)) == "central.effective_malformed"


def test_the_page_takes_a_day_and_shows_what_is_not_yet_in_force(places: Places) -> None:
    put_drafts(places.city, ITEMS)
    browser = places.city.browser("admin")
    today = places.city.hub.today()

    def post(day: str) -> tuple[int, str]:
        token = hidden(browser.get("/catalogue").text, "_form")
        answer = browser.post("/catalogue/publish", data={"_form": token, "_from": "/catalogue", "effective": day})
        return answer.status_code, answer.text

    status, text = post(today.isoformat())
    assert (status, "生效日已经过去或就是今天" in text, 'href="#f-effective"' in text) == (422, True, True)
    assert post((today + timedelta(days=2)).isoformat())[0] == 303
    assert "尚未生效" in browser.get("/catalogue").text

"""The review in the browser and by command: two people, differences, all at once, and what a version then says."""

from __future__ import annotations

import pytest

from central import publishing, reviewing
from central.reviewing import Judge
from deploy import catalogue
from shared_models.refusals import Refusal
from sync_protocol.store.drafts import Drafts
from sync_protocol.store.reviewing import Reviews
from tests.central.places import PASSWORD, Places, put_drafts, renamed

ITEMS = catalogue.load()[:3]
PAGE = "/catalogue/review"


def post(places: Places, login: str, path: str = PAGE, **fields: str) -> tuple[int, str]:
    browser = places.city.browser(login)
    data = {"_form": browser.token_at(PAGE), "_from": path, **fields}
    answer = browser.post(path, data=data)
    return answer.status_code, answer.text if answer.status_code != 303 else browser.get(PAGE).text


def states(places: Places) -> dict[str, int]:
    with places.city.runtime.node.read() as db:
        return Reviews(db).tally()


def test_all_drafts_of_an_import_are_handed_in_and_approved_by_a_second_person(places: Places) -> None:
    put_drafts(places.city, ITEMS, reviewed=False)
    assert post(places, "admin", verb="submit", everything="yes", source="test")[0] == 303
    assert states(places) == {"submitted": 3}
    status, _ = post(places, "admin", verb="approve", everything="yes")
    assert (status, states(places)) == (303, {"submitted": 3}), "they are the administrator's own"
    assert post(places, "jiandu", verb="approve", everything="yes", word="已核对")[0] == 303
    assert states(places) == {"approved": 3}
    assert publishing.publish(places.city.runtime.node, "actor-admin") == 1


def test_a_draft_of_ones_own_is_refused_with_what_to_do(places: Places) -> None:
    put_drafts(places.city, ITEMS[:1], reviewed=False)
    path = f"{PAGE}/{ITEMS[0].code}"
    post(places, "admin", path, verb="submit")
    status, text = post(places, "admin", path, verb="approve")
    assert status == 403
    assert "account add" in text
    status, text = post(places, "jiandu", path, verb="return", word="")
    assert (status, states(places)) == (422, {"submitted": 1})
    assert post(places, "jiandu", path, verb="return", word="缺少依据")[0] == 303
    assert "缺少依据" in places.city.browser("admin").get(path).text


def test_a_supervisor_hands_nothing_in(places: Places) -> None:
    put_drafts(places.city, ITEMS[:1], reviewed=False)
    assert post(places, "jiandu", verb="submit", code=ITEMS[0].code)[0] == 403


def test_what_changed_after_the_page_was_opened_is_left(places: Places) -> None:
    put_drafts(places.city, ITEMS[:2], reviewed=False)
    post(places, "admin", verb="submit", everything="yes")
    seen_ms = str(places.city.runtime.node.now() - 60_000)
    status, text = post(places, "jiandu", verb="approve", code=ITEMS[0].code, seen_ms=seen_ms)
    assert (status, states(places)) == (409, {"submitted": 2})
    assert "又改过" in text


def test_the_page_shows_field_by_field_what_a_draft_changes(places: Places) -> None:
    put_drafts(places.city, ITEMS)
    publishing.publish(places.city.runtime.node, "actor-admin")
    put_drafts(places.city, [renamed(ITEMS[0], "改名")], reviewed=False)
    for path in (f"{PAGE}?state=drafted", f"{PAGE}/{ITEMS[0].code}"):
        text = places.city.browser("admin").get(path).text
        assert f"<del>{ITEMS[0].name}</del> → <ins>改名</ins>" in text, path


def test_a_version_says_in_signed_records_who_wrote_and_who_approved(places: Places) -> None:
    node = places.city.runtime.node
    for name in ("甲", "乙", "甲"):
        put_drafts(places.city, [renamed(ITEMS[0], name)])
        publishing.publish(node, "actor-admin")
    with node.read() as db:
        bodies = [row.record.value() for row in node.log.rows(db, 0, 500) if row.record.header.kind[:9] == "catalogue"]
    said = [body.get("review") or body.get("reviewed", {}).get(ITEMS[0].code) for body in bodies]
    assert [bool(each) for each in said] == [True, False, True, False, True], "a content that came before has no record"
    assert all((each["author"], each["reviewer"]) == ("actor-admin", "actor-reviewer") for each in said if each)


def test_at_a_terminal_the_reviewer_says_who_he_is(places: Places) -> None:
    put_drafts(places.city, ITEMS, reviewed=False)
    hub = places.city.hub
    assert reviewing.judge(hub, Judge("submit", everything=True)).moved == 3
    for asked, code in (
        (Judge("approve", everything=True), "review.login_needed"),
        (Judge("approve", everything=True, login="jiandu", password="wrong"), "accounts.wrong"),
        (Judge("approve", everything=True, login="shenpi", password=PASSWORD), "review.not_a_reviewer"),
        (Judge("approve", login="jiandu", password=PASSWORD), "review.which"),
    ):
        with pytest.raises(Refusal) as caught:
            reviewing.judge(hub, asked)
        assert caught.value.code == code
    done = reviewing.judge(hub, Judge("approve", everything=True, login="admin", password=PASSWORD))
    assert (done.moved, done.left) == (0, {"review.own": 3})
    done = reviewing.judge(hub, Judge("approve", (ITEMS[0].code,), login="jiandu", password=PASSWORD))
    assert (done.moved, states(places)) == (1, {"approved": 1, "submitted": 2})


def test_a_draft_that_was_edited_after_approval_is_not_published(places: Places) -> None:
    put_drafts(places.city, ITEMS[:1])
    node = places.city.runtime.node
    node.database.write(lambda db: Drafts(db).save(renamed(ITEMS[0], "又改了"), "actor-admin", node.now()))
    with pytest.raises(Refusal) as caught:
        publishing.publish(node, "actor-admin")
    assert caught.value.code == "review.nothing_approved"

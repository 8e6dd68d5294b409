"""The people of the nodes below on screen and by command: who there is, and the end of one of them."""

from __future__ import annotations

import pytest

from central import clerks
from central.clerks import AskClerks, RevokeClerk
from shared_models import cases
from shared_models.refusals import Refusal
from sync_protocol.commands import CaseCommand
from sync_protocol.seating import Sitting
from tests.central.places import Places
from tests.shared_models.writers import pair

CLERK = "actor-clerk"


@pytest.fixture
def seated(places: Places) -> Places:
    """The station's clerk has taken in a case under a key."""
    with places.station.runtime.node.seats.taken(CLERK, Sitting(pair("clerk"), ("clerk",))):
        places.station.accept()
    places.sync()
    return places


def revoke(places: Places, reason: str, login: str = "admin") -> int:
    browser, path = places.district.browser(login), f"/clerks/{places.station.name}/{CLERK}/revoke"
    form = browser.token_at("/clerks")
    return int(browser.post(path, data={"_form": form, "_from": "/clerks", "reason": reason}).status_code)


def test_the_page_lists_place_id_and_fingerprint_and_no_name(seated: Places) -> None:
    text = seated.district.browser("admin").get("/clerks").text
    (listed,) = clerks.listed(seated.district.hub, AskClerks()).clerks
    assert listed.state == clerks.ACTIVE
    for part in (CLERK, listed.key[:16], seated.station.name, "1 人"):
        assert part in text, part
    assert "<td>窗口人员</td>" in text
    assert '<a href="/nodes" aria-current="page">' in text
    assert seated.city.browser("admin").get("/clerks").text.count(CLERK) >= 1


def test_a_revoked_person_stays_listed_and_what_comes_later_is_held_with_its_own_sentence(seated: Places) -> None:
    assert revoke(seated, "离职") == 303
    assert "已撤销" in seated.district.browser("admin").get("/clerks").text
    seated.station.accept(name="赵大爷")
    seated.station.sync()
    assert "经办人已被撤销" in seated.district.browser("jiandu").get("/held").text


def test_a_revocation_needs_its_reason_and_is_said_once(seated: Places) -> None:
    assert revoke(seated, " ") == 422
    assert revoke(seated, "离职") == 303
    assert revoke(seated, "离职") == 422
    assert revoke(seated, "离职", "jiandu") == 403


def test_who_has_no_key_here_is_not_revoked_by_a_slip(seated: Places) -> None:
    for node, actor in ((seated.station.name, "actor-clerc"), (seated.hall.name, CLERK)):
        with pytest.raises(Refusal) as caught:
            clerks.revoke(seated.district.hub, RevokeClerk(node, actor, "离职"))
        assert caught.value.code == "clerks.unknown"


def test_a_record_without_a_mandate_says_so_among_the_held_ones(seated: Places) -> None:
    seated.station.runtime.node.open()
    seated.station.runtime.database.write(lambda db: db.execute("DELETE FROM clerk"))  # as a tampered program would
    seated.station.runtime.node.incarnation = "b" * 16
    seated.station.runtime.node.open()
    number = seated.station.accept(name="赵大爷")
    seated.station.sync()
    text = seated.district.browser("jiandu").get("/held").text
    assert number in text
    assert "没有经办人本人的授权" in text


def test_an_officer_of_the_hub_decides_under_a_mandate_of_his_own(seated: Places) -> None:
    number = seated.station.accept(name="赵大爷")
    seated.station.sync()
    node = seated.district.runtime.node
    with node.seats.taken("actor-officer", Sitting(pair("officer"), ("officer",))):
        node.write(CaseCommand(number, cases.Decide("granted", "", "低保证"), "actor-officer"))
    seated.sync()
    assert seated.station.case(number).status == "decided"
    assert "actor-officer" in {each.actor for each in clerks.listed(seated.city.hub, AskClerks()).clerks}

"""Held records on screen: what is shown of each, ruling on one, and who may."""

from __future__ import annotations

import pytest

from central import operations
from central.operations import Revoke
from sync_protocol.store import accounts
from tests.central.places import Places


@pytest.fixture
def late(places: Places) -> str:
    """The number of a case that a station took in after it was revoked."""
    places.station.accept()
    places.station.sync()
    operations.revoke(places.district.hub, Revoke(places.station.name))
    number = places.station.accept(name="赵大爷")
    places.station.sync()
    return number


def page(places: Places, login: str = "jiandu") -> str:
    return places.district.browser(login).get("/held").text


def ruled(places: Places, verdict: str, reason: str) -> tuple[int, str]:
    browser = places.district.browser("jiandu")
    identity = browser.get("/held").text.split('action="/held/')[1].split('"')[0]
    data = {"_form": browser.token_at("/held"), "_from": "/held", "verdict": verdict, "reason": reason}
    answer = browser.post(f"/held/{identity}", data=data)
    return answer.status_code, answer.text


def test_without_a_held_record_the_page_says_so(places: Places) -> None:
    assert "没有待核的记录。" in page(places)


def test_a_held_record_shows_who_wrote_what_about_which_case_and_why_it_is_held(places: Places, late: str) -> None:
    text = page(places)
    for part in (late, "赵大爷", "节点已被吊销", places.station.runtime.settings.name, "1 条"):
        assert part in text, part
    places.district.runtime.database.write(lambda _: None)
    with places.district.runtime.database.read() as db:
        assert "case.held" in [each.purpose for each in accounts.accesses_to(db, f"case/{late}")]


def test_a_ratified_case_appears_in_the_worklist_and_leaves_this_page(places: Places, late: str) -> None:
    officer = places.district.browser("shenpi")
    assert officer.get(f"/cases/{late}").status_code == 404
    assert ruled(places, "ratify", "电话核实无误")[0] == 303
    assert "没有待核的记录。" in page(places)
    assert officer.get(f"/cases/{late}").status_code == 200


def test_a_rejected_case_leaves_this_page_and_appears_nowhere(places: Places, late: str) -> None:
    assert ruled(places, "reject", "当事人否认")[0] == 303
    assert "没有待核的记录。" in page(places)
    assert places.district.browser("shenpi").get(f"/cases/{late}").status_code == 404


@pytest.mark.parametrize(("verdict", "reason"), [("ratify", " "), ("", "电话核实"), ("ratify", "长" * 501)])
def test_a_ruling_without_reason_or_verdict_keeps_what_was_typed(
    places: Places, late: str, verdict: str, reason: str
) -> None:
    status, text = ruled(places, verdict, reason)
    assert status == 422
    assert 'class="error-summary"' in text
    target = text.split('href="#f-')[1].split('"')[0]
    assert f'id="f-{target}"' in text
    assert reason.strip() in text


def test_officers_do_not_rule_on_held_records(places: Places, late: str) -> None:
    assert places.district.browser("shenpi").get("/held").status_code == 403
    assert late not in page(places, "shenpi")

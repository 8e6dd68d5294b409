"""Attestations on screen: issuing, what is kept on an error, finding, revoking."""

from __future__ import annotations

from datetime import timedelta

import pytest

from central import issuing
from sync_protocol.store import accounts, knowledge
from tests.central.places import PEOPLE, RESIDENT_ID, STATION_AREA, Places
from tests.host.small_app import hidden

FACT = "mz.low-income-household"


@pytest.fixture
def city(places: Places) -> Places:
    """The city where the civil affairs department may attest one fact."""
    issuing.admit_issuer(places.city.hub, "mz", "广安市民政局", {FACT: "最低生活保障家庭"})
    return places


def form(places: Places, **changes: str) -> dict[str, str]:
    today = places.city.hub.today()
    fields = {
        "fact": FACT, "name": "李秀英", "id_number": RESIDENT_ID, "area": STATION_AREA,
        "valid_from": today.isoformat(), "valid_until": (today + timedelta(days=300)).isoformat(), "claims": "level=A",
    }  # fmt: skip
    return {**fields, **changes}


def issue(places: Places, **changes: str) -> tuple[int, str]:
    browser = places.city.browser("minzheng")
    token = browser.token_at("/attestations/issue")
    data = {"_form": token, "_from": "/attestations/issue", **form(places, **changes)}
    answer = browser.post("/attestations/issue", data=data)
    return answer.status_code, answer.text


def test_an_officer_issues_in_the_name_of_the_department(city: Places) -> None:
    assert issue(city)[0] == 303
    text = city.city.browser("minzheng").get("/attestations").text
    for part in ("最低生活保障家庭", "李*英", STATION_AREA, "有效", "已签名出具"):
        assert part in text, part
    assert RESIDENT_ID not in text
    city.sync()
    with city.station.runtime.node.read() as db:
        assert len(knowledge.recent_attestations(db, 10)) == 1
    with city.hall.runtime.node.read() as db:
        assert knowledge.recent_attestations(db, 10) == []


def test_everything_wrong_is_said_at_once_and_what_was_typed_is_kept(city: Places) -> None:
    status, text = issue(
        city, fact="", name="", id_number="511602196803152329", area="5101", valid_until="soon", claims="=x"
    )
    assert status == 422
    summary = text.split('class="error-summary"')[1].split("</ul>")[0]
    links = [part.split('"')[0] for part in summary.split('href="#f-')[1:]]
    assert links == ["fact", "name", "id_number", "area", "valid_until", "claims"]
    for value in ("511602196803152329", "5101"):
        assert f'value="{value}"' in text
    assert "=x</textarea>" in text
    with city.city.runtime.node.read() as db:
        assert knowledge.recent_attestations(db, 10) == []


def test_a_department_that_may_not_issue_is_told_what_to_do(city: Places) -> None:
    browser = city.city.browser("canlian")
    text = browser.get("/attestations").text
    assert "issuer add" in text
    assert browser.get("/attestations/issue").status_code == 422


def test_attestations_of_a_resident_are_found_by_number_and_the_search_is_kept(city: Places) -> None:
    issue(city)
    browser = city.city.browser("minzheng")
    token = browser.token_at("/attestations")

    def find(number: str) -> tuple[int, str]:
        answer = browser.post("/attestations/find", data={"_form": token, "id_number": number})
        return answer.status_code, answer.text

    status, text = find(RESIDENT_ID)
    assert status == 200
    assert "李*英" in text
    with city.city.runtime.node.read() as db:
        (row,) = knowledge.recent_attestations(db, 1)
        seen = accounts.accesses_to(db, f"attestation/{row.id}")
    assert [(each.actor, each.purpose) for each in seen] == [(PEOPLE[3].actor, "attestation.found")]
    assert find("123")[0] == 422
    assert "没有找到" in find("11010519491231002X")[1]


def test_an_attestation_is_revoked_with_a_reason(city: Places) -> None:
    issue(city)
    browser = city.city.browser("minzheng")
    with city.city.runtime.node.read() as db:
        (row,) = knowledge.recent_attestations(db, 1)
    page = browser.get("/attestations").text
    data = {"_form": hidden(page, "_form"), "_from": "/attestations"}
    path = f"/attestations/{row.id}/revoke"
    assert browser.post(path, data={**data, "reason": ""}).status_code == 422
    assert browser.post("/attestations/none/revoke", data={**data, "reason": "x"}).status_code == 404
    issuing.admit_issuer(city.city.hub, "cl", "广安市残联", {"cl.x": "x"})
    other = city.city.browser("canlian")
    stranger = other.post(path, data={"_form": other.token_at("/attestations"), "reason": "x"})
    assert stranger.status_code == 403
    assert browser.post(path, data={**data, "reason": "情况变化"}).status_code == 303
    assert "已撤销" in browser.get("/attestations").text

"""Departments issue what they may, for residents of their area, and revoke what is theirs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from central import issuing
from central.issuing import Attesting, Held
from central.web.attestations import claims_of
from shared_models import attestations
from shared_models.refusals import Refusal
from shared_models.roster import ISSUER_ADMITTED
from sync_protocol.store import knowledge
from tests.central.places import CITY_AREA, DISTRICT_AREA, PEOPLE, RESIDENT_ID, STATION_AREA, Places, Site, pseudonym

OFFICER, OTHER = PEOPLE[3], PEOPLE[4]
FACT = "mz.low-income-household"


def admit(site: Site) -> None:
    issuing.admit_issuer(site.hub, "mz", "广安市民政局", {FACT: "最低生活保障家庭"})


def attesting(site: Site, **changes: Any) -> Attesting:
    today = site.hub.today()
    wanted = Attesting(FACT, "李秀英", RESIDENT_ID, STATION_AREA, today, today + timedelta(days=365), {"level": "A"})
    return wanted._replace(**changes)


def held_at(site: Site) -> list[Held]:
    with site.hub.node.read() as db:
        return issuing.of_resident(site.hub, db, pseudonym(site))


def refused(act: Any, *arguments: Any) -> str:
    with pytest.raises(Refusal) as caught:
        act(*arguments)
    return caught.value.code


def test_an_attestation_reaches_the_nodes_of_its_area_and_verifies_there(places: Places) -> None:
    admit(places.city)
    identity = issuing.issue_attestation(places.city.hub, OFFICER, attesting(places.city))
    places.sync()
    (held,) = held_at(places.station)
    assert held.row.id == identity
    assert held.attestation is not None
    assert held.attestation.fact_name == "最低生活保障家庭"
    assert held.attestation.claims == {"holder": "李*英", "level": "A"}
    assert held.standing(places.city.hub.today()) == "valid"
    assert len(held_at(places.district)) == 1
    assert held_at(places.hall) == []


def test_neither_the_record_nor_the_credential_holds_name_or_number(places: Places) -> None:
    admit(places.city)
    issuing.issue_attestation(places.city.hub, OFFICER, attesting(places.city))
    node = places.city.runtime.node
    with node.read() as db:
        (row,) = knowledge.recent_attestations(db, 1)
        record = node.log.at(db, [row.record])[0].record
    for text in ("李秀英", RESIDENT_ID):
        assert text.encode() not in record.header_bytes + (record.body or b"")


def test_the_first_use_admits_the_department_and_the_second_writes_nothing(places: Places) -> None:
    def admissions() -> int:
        node = places.city.runtime.node
        with node.read() as db:
            records, _ = node.log.journal_after(db, 0, 100)
        return sum(record.header.kind == ISSUER_ADMITTED for record in records)

    first = issuing.admit_issuer(places.city.hub, "mz", "广安市民政局", {FACT: "最低生活保障家庭"})
    again = issuing.admit_issuer(places.city.hub, "mz", "广安市民政局", {FACT: "低保家庭"})
    assert again == first
    assert admissions() == 1
    more = issuing.admit_issuer(places.city.hub, "mz", "广安市民政局", {FACT: "低保家庭", "mz.other": "其他"})
    assert more.did == first.did
    assert admissions() == 2
    places.sync()
    assert places.station.runtime.node.roster.issuers[first.did].facts == (FACT, "mz.other")


def test_what_may_not_be_attested_is_named_by_field(places: Places) -> None:
    admit(places.city)
    hub = places.city.hub
    issuer = issuing.issuer_of(hub, "mz")
    yesterday = hub.today() - timedelta(days=1)
    for changes, field, code in (
        ({"fact": "gx.other"}, "fact", "central.fact_missing"),
        ({"name": " "}, "name", "central.resident_name_missing"),
        ({"area": "5101"}, "area", "central.area_outside"),
        ({"area": ""}, "area", "central.area_outside"),
        ({"valid_until": date(2020, 1, 1)}, "valid_until", "central.period_reversed"),
        ({"valid_from": yesterday, "valid_until": yesterday}, "valid_until", "central.period_past"),
        ({"claims": {"holder": "别人"}}, "claims", "central.claim_reserved"),
    ):
        wanted = attesting(places.city, **changes)
        assert [(f, r.code) for f, r in issuing.gaps_of(hub, issuer, wanted)] == [(field, code)]
        assert refused(issuing.issue_attestation, hub, OFFICER, wanted) == code


def test_a_district_attests_within_itself_only(places: Places) -> None:
    admit(places.district)
    outside = attesting(places.district, area=CITY_AREA)
    assert refused(issuing.issue_attestation, places.district.hub, OFFICER, outside) == "central.area_outside"
    issuing.issue_attestation(places.district.hub, OFFICER, attesting(places.district, area=DISTRICT_AREA))
    places.sync()
    assert len(held_at(places.station)) == len(held_at(places.hall)) == 1


def test_a_department_that_was_not_admitted_cannot_issue(places: Places) -> None:
    admit(places.city)
    assert refused(issuing.issue_attestation, places.city.hub, OTHER, attesting(places.city)) == "central.no_issuer"
    assert refused(issuing.admit_issuer, places.city.hub, "民政", "x", {}) == "central.department_malformed"
    assert refused(issuing.admit_issuer, places.city.hub, "mz", " ", {}) == "central.issuer_name_missing"
    assert refused(issuing.admit_issuer, places.city.hub, "mz", "x", {"低保": "低保"}) == "central.fact_malformed"


def test_a_revocation_reaches_the_station_and_only_the_own_department_may_revoke(places: Places) -> None:
    admit(places.city)
    issuing.admit_issuer(places.city.hub, "cl", "广安市残联", {"cl.disability": "持证残疾人"})
    hub = places.city.hub
    identity = issuing.issue_attestation(hub, OFFICER, attesting(places.city))
    for account, name, reason, code in (
        (OTHER, identity, "出具有误", "central.not_your_attestation"),
        (OFFICER, "unknown", "出具有误", "central.no_such_attestation"),
        (OFFICER, identity, " ", "central.reason_missing"),
        (OFFICER, identity, "x" * 300, "central.text_too_long"),
        (OFFICER, identity, f"{RESIDENT_ID} 有误", "central.reason_personal"),
    ):
        assert refused(issuing.revoke_attestation, hub, account, name, reason) == code
    issuing.revoke_attestation(hub, OFFICER, identity, "情况变化")
    assert refused(issuing.revoke_attestation, hub, OFFICER, identity, "情况变化") == "central.revoked_already"
    places.sync()
    (held,) = held_at(places.station)
    assert held.standing(hub.today()) == "revoked"


def test_the_list_of_a_department_shows_its_own_newest_first(places: Places) -> None:
    admit(places.city)
    issuing.admit_issuer(places.city.hub, "cl", "广安市残联", {FACT: "最低生活保障家庭"})
    hub = places.city.hub
    mine = [issuing.issue_attestation(hub, OFFICER, attesting(places.city)) for _ in range(3)]
    issuing.issue_attestation(hub, OTHER, attesting(places.city))
    with hub.node.read() as db:
        assert [held.row.id for held in issuing.of_department(hub, db, "mz", 10)] == mine[::-1]
        assert len(issuing.of_department(hub, db, "cl", 10)) == 1


def test_a_foreign_verifier_accepts_what_was_issued(places: Places) -> None:
    admit(places.city)
    issuing.issue_attestation(places.city.hub, OFFICER, attesting(places.city))
    node = places.city.runtime.node
    with node.read() as db:
        (row,) = knowledge.recent_attestations(db, 1)
        credential = node.log.at(db, [row.record])[0].record.value()["credential"]
    assert credential["@context"] == list(attestations.CONTEXTS)
    assert credential["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    assert credential["id"] == f"urn:uuid:{row.id}"


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("", {}),
        ("level=A", {"level": "A"}),
        ("household_size = 3\n\nlevel＝A类", {"household_size": 3, "level": "A类"}),
        ("code=007", {"code": "007"}),
        ("size=0", {"size": 0}),
    ],
)
def test_claims_are_read_line_by_line(text: str, claims: dict[str, object]) -> None:
    assert claims_of(text) == claims


@pytest.mark.parametrize("text", ["level", "=A", "level=", "等级=A", "a b=c", "level=A\nlevel=B"])
def test_a_line_that_is_no_claim_is_refused(text: str) -> None:
    assert refused(claims_of, text) == "central.claim_malformed"


def test_too_many_claims_are_refused() -> None:
    assert refused(claims_of, "\n".join(f"c{number}=1" for number in range(21))) == "central.claims_many"

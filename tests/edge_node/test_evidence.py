"""What departments attest, verified offline: what waives a material, and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from edge_node.entry import Entry
from edge_node.evidence import Held
from shared_models import cases
from shared_models.records import PUBLIC, Draft
from shared_models.roster import ISSUER_REVOKED
from shared_models.signing import KeyPair
from sync_protocol.store import knowledge
from sync_protocol.store.drill import COLUMNS, flip_byte
from tests.edge_node.station import (
    ALLOWANCE,
    OTHER_ID,
    RESIDENT_ID,
    Bureau,
    City,
    Write,
)
from tests.edge_node.test_desk import FULL

AREA = "511602001001"


def held(city: City, number: str = RESIDENT_ID) -> tuple[Held, ...]:
    desk = city.desk()
    return desk.held_attestations(desk.pseudonym(desk.check_resident(number)))


def state(city: City) -> str:
    (only,) = held(city)
    return only.state


def waived(city: City, number: str = RESIDENT_ID) -> list[str]:
    return sorted(city.desk().check(ALLOWANCE.code, "S1", Entry(id_number=number)).waived)


def test_a_valid_attestation_stands_in_for_its_material_and_names_issuer_dates_and_last_contact(city: City) -> None:
    identity = city.bureau.attest(RESIDENT_ID, AREA)
    city.world.sync_all()
    (only,) = held(city)
    assert only.valid
    assert only.attestation is not None
    assert (only.attestation.issuer_name, only.attestation.valid_until) == ("广安市民政局", date(2026, 12, 31))
    assert 0 < only.known_ms <= city.world.ms
    checked = city.desk().check(ALLOWANCE.code, "S1", replace(FULL, materials={"M1": "received", "M2": "received"}))
    material = checked.materials[2]
    assert (material.state, material.attestation) == (cases.WAIVED, identity)
    assert checked.missing == ()
    number = city.desk().accept(checked, "clerk-1")
    case = city.place.case(number)
    assert case is not None
    assert case.status == "accepted"


def test_nobody_ticks_a_waived_material_off_by_mistake(city: City) -> None:
    city.bureau.attest(RESIDENT_ID, AREA)
    city.world.sync_all()
    for said in ("missing", "received", ""):
        checked = city.desk().check(ALLOWANCE.code, "S1", replace(FULL, materials={"M3": said}))
        assert checked.materials[2].state == cases.WAIVED


def test_it_is_verified_without_a_line_and_says_when_it_was_last_known(city: City) -> None:
    city.bureau.attest(RESIDENT_ID, AREA)
    city.world.sync_all()
    before = held(city)[0].known_ms
    city.world.ms += 30 * 24 * 3_600_000
    assert waived(city) == ["M3"]
    assert held(city)[0].known_ms == before


def test_an_attestation_reaches_its_area_and_concerns_its_resident_only(city: City) -> None:
    city.bureau.attest(RESIDENT_ID, AREA)
    city.world.sync_all()
    assert waived(city, OTHER_ID) == []
    hall = city.desk(city.world.hall)
    assert hall.held_attestations(hall.pseudonym(hall.check_resident(RESIDENT_ID))) == ()


@pytest.mark.parametrize(
    ("days", "expected"), [((-30, -1), "expired"), ((1, 30), "not_yet"), ((-30, 0), "valid"), ((0, 30), "valid")]
)
def test_a_period_counts_in_whole_days_with_both_ends(city: City, days: tuple[int, int], expected: str) -> None:
    today = city.desk().today
    city.bureau.attest(RESIDENT_ID, AREA, today + timedelta(days[0]), today + timedelta(days[1]))
    city.world.sync_all()
    assert state(city) == expected
    assert waived(city) == (["M3"] if expected == "valid" else [])


def test_a_revoked_attestation_waives_nothing(city: City) -> None:
    identity = city.bureau.attest(RESIDENT_ID, AREA)
    city.world.sync_all()
    city.bureau.revoke(identity, AREA)
    assert waived(city) == ["M3"]
    city.world.sync_all()
    assert (state(city), waived(city)) == ("revoked", [])


def test_an_issuer_that_was_revoked_or_never_admitted_is_not_believed(city: City) -> None:
    stranger = Bureau(city.world, KeyPair.from_seed(bytes(32)))
    stranger.attest(RESIDENT_ID, AREA)
    city.world.sync_all()
    assert state(city) == "unusable"
    assert waived(city) == []
    city.bureau.attest(OTHER_ID, AREA)
    gone = Draft(ISSUER_REVOKED, "roster/mz", {"did": city.bureau.did}, PUBLIC, "5116")
    city.world.sync_all()
    assert waived(city, OTHER_ID) == ["M3"]
    city.world.city.node.write(Write((gone,)))
    city.world.sync_all()
    assert waived(city, OTHER_ID) == []


def test_an_issuer_is_believed_on_its_own_facts_only(city: City) -> None:
    city.bureau.admit(("mz.other",))
    city.bureau.attest(RESIDENT_ID, AREA)
    city.world.sync_all()
    (only,) = held(city)
    assert only.refusal is not None
    assert only.refusal.code == "attestations.issuer_not_entitled"


def test_a_credential_that_was_changed_is_not_believed(city: City) -> None:
    def change(credential: dict[str, Any]) -> None:
        credential["validUntil"] = "2099-12-31T23:59:59+08:00"

    city.bureau.attest(RESIDENT_ID, AREA, change=change)
    city.world.sync_all()
    (only,) = held(city)
    assert (only.state, waived(city)) == ("unusable", [])
    assert only.refusal is not None
    assert only.refusal.code == "attestations.proof_bad"


@pytest.mark.parametrize("column", [column for column in COLUMNS if column != "signature"])
def test_a_credential_whose_record_is_damaged_on_disk_waives_nothing(city: City, column: str) -> None:
    city.bureau.attest(RESIDENT_ID, AREA)
    city.world.sync_all()
    place, desk = city.place, city.desk()
    pseudonym = desk.pseudonym(desk.check_resident(RESIDENT_ID))
    with place.node.read() as db:
        position = knowledge.attestations_of(db, place.node.vault, pseudonym)[0].record
    place.stop()
    flip_byte(place.path, position, column)
    place.start()
    assert (state(city), waived(city)) == ("unusable", [])


def test_of_two_attestations_the_one_that_is_valid_counts(city: City) -> None:
    today = city.desk().today
    city.bureau.attest(RESIDENT_ID, AREA, today - timedelta(400), today - timedelta(40))
    good = city.bureau.attest(RESIDENT_ID, AREA)
    city.bureau.attest(RESIDENT_ID, AREA, today + timedelta(5), today + timedelta(40))
    city.world.sync_all()
    checked = city.desk().check(ALLOWANCE.code, "S1", FULL)
    assert checked.materials[2].attestation == good
    assert len(checked.held) == 3

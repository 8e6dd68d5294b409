"""The page 依法删除: one person proposes, another one confirms, and everybody sees which nodes have carried it out."""

from __future__ import annotations

import pytest

from central import erasures, operations
from central.erasures import Propose
from shared_models.refusals import Refusal
from sync_protocol.store import erasures as kept
from tests.central.places import Places

BASIS = "个人信息保护法第四十七条"


@pytest.fixture
def number(places: Places) -> str:
    found = places.station.accept(name="赵大爷")
    places.station.sync()
    return found


def post(places: Places, login: str, path: str, **data: str) -> tuple[int, str]:
    browser = places.district.browser(login)
    fields = {"_form": browser.token_at("/erasures"), "_from": "/erasures", **data}
    answer = browser.post(f"/erasures/{path}", data=fields)
    return answer.status_code, answer.text


def page(places: Places) -> str:
    return places.district.browser("jiandu").get("/erasures").text


def proposal(places: Places) -> int:
    with places.district.runtime.database.read() as db:
        (found,) = kept.proposals(db)
    return found.id


def test_nothing_is_erased_before_another_person_confirms(places: Places, number: str) -> None:
    assert post(places, "jiandu", "propose", case=number, reason="request", basis=BASIS)[0] == 303
    assert number in page(places)
    assert places.district.browser("shenpi").get(f"/cases/{number}").status_code == 200
    status, text = post(places, "jiandu", f"{proposal(places)}/confirm")
    assert (status, "须由两人办理" in text) == (403, True)
    assert places.district.browser("shenpi").get(f"/cases/{number}").status_code == 200


def test_what_was_proposed_at_the_terminal_a_supervisor_confirms_and_the_case_is_gone(
    places: Places, number: str
) -> None:
    erasures.propose(places.district.hub, Propose(case=number, reason="court", basis=BASIS))
    assert post(places, "jiandu", f"{proposal(places)}/confirm")[0] == 303
    gone = places.district.browser("shenpi").get(f"/cases/{number}")
    assert (gone.status_code, "依法删除" in gone.text, "赵大爷" in gone.text) == (410, True, False)
    text = page(places)
    for part in (number, BASIS, "3 个节点尚未确认", places.station.runtime.settings.name):
        assert part in text, part
    assert post(places, "jiandu", "1/confirm")[0] == 409


def test_a_proposal_can_be_withdrawn(places: Places, number: str) -> None:
    erasures.propose(places.district.hub, Propose(case=number, reason="court", basis=BASIS))
    assert post(places, "jiandu", f"{proposal(places)}/withdraw")[0] == 303
    assert number not in page(places)


def test_everything_on_a_resident_is_proposed_one_by_one(places: Places, number: str) -> None:
    second = places.station.accept(name="赵大爷")
    places.station.sync()
    application = places.station.case(number).application
    assert application is not None
    id_number = application.resident.id_number
    found = erasures.propose(places.district.hub, Propose(resident=id_number, reason="request", basis=BASIS))
    assert {each.subject for each in found.proposals} == {f"case/{number}", f"case/{second}"}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Propose(reason="request", basis=BASIS), "erasure.which"),
        (Propose(case="x", resident="y", reason="request", basis=BASIS), "erasure.which"),
        (Propose(case="x", reason="whim", basis=BASIS), "erasure.reason_missing"),
        (Propose(case="x", reason="request", basis=" "), "erasure.basis_missing"),
        (Propose(case="x", reason="request", basis="x" * 501), "erasure.basis_missing"),
        (Propose(attestation="x", reason="request", basis=BASIS), "central.no_such_attestation"),
        (Propose(case="x", reason="request", basis=BASIS), "identifiers.case_number_form"),
    ],
)
def test_what_cannot_be_proposed_is_said(places: Places, asked: Propose, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        erasures.propose(places.district.hub, asked)
    assert refused.value.code == code


def test_officers_have_no_part_in_it(places: Places) -> None:
    assert places.district.browser("shenpi").get("/erasures").status_code == 403
    assert operations.ROLES == ("officer", "supervisor", "admin", "issuer")

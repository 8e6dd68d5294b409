"""Officers decide cases and settle contradictions; what is missing is said before anything is written."""

from __future__ import annotations

import pytest

from central import rulings
from shared_models import cases
from shared_models.cases import Decide, Settle
from shared_models.refusals import Refusal
from shared_models.roster import CITY
from tests.central.places import Places


def test_a_decision_reaches_the_station_and_nobody_else(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    rulings.decide(places.district.runtime.node, number, Decide("granted", "", "低保证"), "actor-officer")
    places.sync()
    case = places.station.case(number)
    assert case.status == "decided"
    assert case.decision == Decide("granted", "", "低保证")


@pytest.mark.parametrize(
    ("decision", "gaps"),
    [
        (Decide("", ""), [("outcome", "central.outcome_missing")]),
        (Decide("maybe", ""), [("outcome", "central.outcome_missing")]),
        (Decide("refused", "  "), [("reasons", "central.reasons_missing")]),
        (Decide("granted", "x" * 2001), [("reasons", "central.text_too_long")]),
        (Decide("granted", "", "x" * 2001), [("result", "central.text_too_long")]),
        (Decide("granted", ""), []),
        (Decide("refused", "收入超标"), []),
    ],
)
def test_every_gap_of_a_decision_is_named_at_its_field(decision: Decide, gaps: list[tuple[str, str]]) -> None:
    assert [(field, refusal.code) for field, refusal in rulings.gaps_of_decision(decision)] == gaps


def test_a_decision_with_a_gap_writes_nothing(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    with pytest.raises(Refusal) as caught:
        rulings.decide(places.district.runtime.node, number, Decide("refused", ""), "actor-officer")
    assert caught.value.code == "central.reasons_missing"
    assert places.district.case(number).status == "accepted"


def test_a_case_of_the_city_is_not_decided_by_the_district(places: Places) -> None:
    number = places.hall.accept(home=CITY)
    places.sync()
    with pytest.raises(Refusal) as caught:
        rulings.decide(places.district.runtime.node, number, Decide("granted", ""), "actor-officer")
    assert caught.value.code == "cases.not_your_level"


def contradicted(places: Places) -> str:
    """A case that the applicant withdrew while the district decided."""
    number = places.station.accept()
    places.sync()
    places.station.write(number, cases.Withdraw("不想办了"))
    places.district.write(number, Decide("granted", "符合条件", "批准书"), "actor-officer")
    places.sync()
    return number


def test_a_ruling_settles_the_conflict_on_every_node(places: Places) -> None:
    number = contradicted(places)
    conflict = places.district.case(number).open_conflicts[0]
    ruling = Settle(conflict.contradicting, "yields", "申请人撤回在先")
    rulings.settle(places.district.runtime.node, number, ruling, "actor-supervisor")
    places.sync()
    for site in (places.station, places.district, places.city):
        case = site.case(number)
        assert (case.status, case.open_conflicts) == ("withdrawn", ())


@pytest.mark.parametrize(
    ("ruling", "gaps"),
    [
        (Settle("x", "", ""), [("ruling", "central.ruling_missing"), ("reason", "central.reason_missing")]),
        (Settle("x", "stands", "y" * 2001), [("reason", "central.text_too_long")]),
        (Settle("x", "stands", "理由"), []),
    ],
)
def test_every_gap_of_a_ruling_is_named_at_its_field(ruling: Settle, gaps: list[tuple[str, str]]) -> None:
    assert [(field, refusal.code) for field, refusal in rulings.gaps_of_ruling(ruling)] == gaps

"""Who holds a case besides those that wrote it: pulling and giving back, decided and applied."""

from __future__ import annotations

import pytest

from shared_models import cases
from shared_models.cases import CaseFile, Fact, Pull, Release, Writer
from shared_models.records import PARENTS_MAX, PERSONAL, Draft
from shared_models.refusals import Refusal
from shared_models.roster import CITY, DISTRICT, STATION
from tests.sync_protocol.world import sample_application

NUMBER, AREA, HERE = "511602001001-20261123-ABCDEFGH-0001-1", "511602001001", "511603001001"
B = Writer(STATION, HERE, "clerk-b", "b")
OFFICER = Writer(DISTRICT, "511603", "officer", "d2")


def fact(draft: Draft, writer: Writer, identity: str, ms: int = 5) -> Fact:
    return Fact(identity, draft.kind, writer.node, writer.tier, writer.actor, (ms, 0), draft.parents, dict(draft.body))


def pulled(case: CaseFile | None = None, writer: Writer = B, identity: str = "p") -> CaseFile:
    """The case with a pull."""
    (draft,) = cases.decide(None, Pull(NUMBER, "moved", " 搬到城东 "), writer)
    return cases.apply(case or CaseFile(NUMBER), fact(draft, writer, identity), draft.area)


def accepted() -> CaseFile:
    body = cases.decide(None, cases.Accept(sample_application(NUMBER)), Writer(STATION, AREA, "clerk-a", "a"))[0].body
    return cases.apply(CaseFile(NUMBER), Fact("a1", cases.ACCEPTED, "a", STATION, "", (1, 0), (), dict(body)), AREA)


def refused(case: CaseFile | None, command: cases.Command, writer: Writer) -> str:
    with pytest.raises(Refusal) as refusal:
        cases.decide(case, command, writer)
    return refusal.value.code


def test_a_pull_says_who_where_and_why_and_moves_nothing() -> None:
    (draft,) = cases.decide(None, Pull(NUMBER, "moved", " 搬到城东 "), B)
    assert (draft.kind, draft.subject, draft.area, draft.body_class) == (
        cases.PULLED, f"case/{NUMBER}", HERE, PERSONAL,
    )  # fmt: skip
    assert (draft.body, draft.parents, draft.actor) == ({"note": "搬到城东", "reason": "moved"}, (), "clerk-b")
    before = accepted()
    after = pulled(before)
    assert (after.status, after.area, after.course) == (before.status, AREA, before.course)
    assert [(each.node, each.area, each.actor, each.ms, each.reason, each.note) for each in after.pulls] == [
        ("b", HERE, "clerk-b", 5, "moved", "搬到城东")
    ]
    assert after.events[-1].effect == "applied"


def test_a_case_that_was_only_asked_for_has_no_area_of_its_own_and_takes_that_of_its_acceptance() -> None:
    asked = pulled()
    assert (asked.status, asked.area, asked.taken_ms) == ("new", "", 0)
    body = dict(cases.decide(None, cases.Accept(sample_application(NUMBER)), Writer(STATION, AREA, "", "a"))[0].body)
    whole = cases.apply(asked, Fact("a1", cases.ACCEPTED, "a", STATION, "", (9, 0), (), body), AREA)
    assert (whole.status, whole.area, whole.taken_ms) == ("accepted", AREA, 9)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Pull(NUMBER, "", ""), "pulls.reason_missing"),
        (Pull(NUMBER, "curious", ""), "pulls.reason_missing"),
        (Pull(NUMBER, "other", "  "), "pulls.note_missing"),
        (Pull(NUMBER, "moved", "长" * (cases.NOTE_MAX + 1)), "pulls.note_too_long"),
    ],
)
def test_a_pull_needs_a_reason_of_the_list_and_other_needs_words(command: Pull, code: str) -> None:
    assert refused(None, command, B) == code


def test_only_a_station_that_does_not_hold_the_case_and_did_not_ask_yet_may_pull() -> None:
    assert refused(None, Pull(NUMBER, "moved"), OFFICER) == "pulls.not_a_station"
    assert refused(accepted(), Pull(NUMBER, "moved"), B) == "pulls.here_already"
    assert refused(pulled(), Pull(NUMBER, "moved"), B) == "pulls.asked_already"
    assert cases.decide(pulled(), Pull(NUMBER, "moved"), Writer(STATION, HERE, "", "c"))


def test_a_release_names_the_pulls_that_it_ends_and_no_more() -> None:
    held = pulled(pulled(accepted()), Writer(STATION, HERE, "clerk-c", "c"), "q")
    (draft,) = cases.decide(held, Release("b", "办完了"), B)
    assert (draft.kind, draft.parents, draft.area) == (cases.RELEASED, ("p",), HERE)
    after = cases.apply(held, fact(draft, B, "r"), draft.area)
    assert [(each.node, each.released) for each in after.pulls] == [("b", "r"), ("c", "")]
    assert (after.status, after.events[-1].effect) == ("accepted", "applied")
    assert refused(after, Release("b", ""), B) == "pulls.nothing_to_release"


def test_a_hub_above_the_station_may_end_its_pull_and_nobody_else() -> None:
    held = pulled(accepted())
    (draft,) = cases.decide(held, Release("b", "不再需要"), OFFICER)
    assert draft.area == HERE
    assert not cases.apply(held, fact(draft, OFFICER, "r"), draft.area).pulls_of("b")
    assert cases.decide(held, Release("b", ""), Writer(CITY, "5116", "", "city"))
    for stranger in (Writer(DISTRICT, "511602", "", "d1"), Writer(STATION, HERE, "", "c")):
        assert refused(held, Release("b", ""), stranger) == "pulls.not_yours"
    foreign = Fact("r", cases.RELEASED, "d1", DISTRICT, "", (9, 0), ("p",), {"reason": ""})
    after = cases.apply(held, foreign, "511602")
    assert (len(after.pulls_of("b")), after.events[-1].effect) == (1, "irregular")


def test_who_wrote_into_the_case_cannot_give_it_back() -> None:
    case = pulled(accepted())
    wrote = cases.apply(case, Fact("w", cases.WITHDRAWN, "b", STATION, "", (8, 0), ("a1", "p"), {"reason": "x"}), HERE)
    assert refused(wrote, Release("b", ""), B) == "pulls.written"
    assert refused(wrote, Release("b", ""), OFFICER) == "pulls.written"


def test_a_pull_after_a_release_comes_behind_it() -> None:
    held = pulled()
    (draft,) = cases.decide(held, Release("b", ""), B)
    ended = cases.apply(held, fact(draft, B, "r"), draft.area)
    (again,) = cases.decide(ended, Pull(NUMBER, "nearby"), B)
    assert again.parents == ("r",)


@pytest.mark.parametrize("body", [{}, {"reason": 1, "note": ""}, {"reason": "moved", "note": None}])
def test_a_pull_of_odd_content_stays_in_the_timeline_as_irregular(body: dict[str, object]) -> None:
    after = cases.apply(accepted(), Fact("p", cases.PULLED, "b", STATION, "", (5, 0), (), body), HERE)
    assert (after.pulls, after.events[-1].effect, after.status) == ((), "irregular", "accepted")


def test_however_many_have_pulled_a_case_it_can_still_be_concluded() -> None:
    case = accepted()
    for each in range(PARENTS_MAX + 20):
        case = pulled(case, Writer(STATION, HERE, "", f"n{each}"), f"p{each:03d}")
    (draft,) = cases.decide(case, cases.Decide("granted", ""), Writer(DISTRICT, "511602", "", "d1"))
    assert len(draft.parents) == PARENTS_MAX
    assert "a1" in draft.parents


def test_a_district_concludes_what_was_accepted_in_its_area_alone() -> None:
    case = pulled(accepted())
    assert refused(case, cases.Decide("granted", ""), OFFICER) == "cases.not_your_level"
    foreign = Fact("d", cases.DECIDED, "d2", DISTRICT, "", (9, 0), ("a1",), {"outcome": "granted", "reasons": ""})
    after = cases.apply(case, foreign, "511603")
    assert (after.status, after.events[-1].effect) == ("accepted", "irregular")

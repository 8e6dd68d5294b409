from __future__ import annotations

from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared_models import cases
from shared_models.cases import (
    ACCEPTED,
    DECIDED,
    DECLINED,
    DELIVERED,
    EXCLUSIVE,
    MOVES,
    NOTIFIED,
    RATED,
    SETTLED,
    SUPPLEMENTED,
    TEXT_MAX,
    WITHDRAWN,
    Application,
    CaseFile,
    Command,
    Fact,
    Material,
    Promise,
    Writer,
)
from shared_models.projections.case_file import fold, follows, ordered
from shared_models.records import PERSONAL
from shared_models.refusals import Refusal
from shared_models.roster import CITY, DISTRICT, STATION
from tests.shared_models.case_histories import (
    ACTS,
    AREA,
    MATERIALS,
    NUMBER,
    Replica,
    application,
    attachment,
    attachments_of,
    fact_of,
    histories,
    supplement,
)

CLERK, OFFICER, CITY_OFFICER = (Writer(tier, AREA, f"person-{tier}") for tier in (STATION, DISTRICT, CITY))
PATH: dict[str, tuple[Command, ...]] = {
    "notified": (cases.GiveNotice(application(missing=True)),),
    "accepted": (cases.Accept(application()),),
    "decided": (cases.Accept(application()), cases.Decide("granted", "")),
    "delivered": (cases.Accept(application()), cases.Decide("granted", ""), cases.Deliver("本人")),
    "rated": (cases.Accept(application()), cases.Decide("granted", ""), cases.Deliver("本人"), cases.Rate(1)),
    "withdrawn": (cases.Accept(application()), cases.Withdraw("不办了")),
    "declined": (cases.Decline(replace(application(), declined=cases.Declined(("department",), "派出所"))),),
}
COMMANDS: dict[str, Command] = {
    SUPPLEMENTED: supplement("photo", "a"),
    WITHDRAWN: cases.Withdraw("不办了"),
    DECIDED: cases.Decide("granted", ""),
    DELIVERED: cases.Deliver("本人"),
    RATED: cases.Rate(3),
}


def reached(status: str) -> Replica:
    """A district that holds a case in this status, by the shortest way there."""
    place = Replica(DISTRICT)
    for command in PATH[status]:
        place.does(command)
    assert place.case is not None
    assert place.case.status == status
    return place


def code_of(case: CaseFile | None, command: Command, writer: Writer = OFFICER) -> str:
    with pytest.raises(Refusal) as caught:
        cases.decide(case, command, writer)
    return caught.value.code


# ---------------------------------------------------------------- moves


@pytest.mark.parametrize("status", PATH)
@pytest.mark.parametrize("kind", COMMANDS)
def test_a_command_is_taken_exactly_where_the_table_of_moves_has_it(status: str, kind: str) -> None:
    place = reached(status)
    if (status, kind) not in MOVES:
        assert code_of(place.case, COMMANDS[kind]) == "cases.illegal_move"
        return
    place.does(COMMANDS[kind])
    assert place.case is not None
    assert place.case.status == MOVES[status, kind]


@pytest.mark.parametrize(("status", "kind"), [*product(("new", *PATH), (*COMMANDS, ACCEPTED, NOTIFIED))])
def test_a_fact_moves_a_case_exactly_as_the_table_says(status: str, kind: str) -> None:
    before = reached(status).case if status != "new" else CaseFile(NUMBER)
    assert before is not None
    body = {
        SUPPLEMENTED: {"materials": []}, WITHDRAWN: {"reason": "x"}, DECIDED: {"outcome": "granted", "reasons": ""},
        DELIVERED: {"receiver": "x"}, RATED: {"grade": 1}, ACCEPTED: msgspec.to_builtins(application()),
        NOTIFIED: msgspec.to_builtins(application()), DECLINED: msgspec.to_builtins(application()),
    }[kind]  # fmt: skip
    fact = Fact("f", kind, "n", DISTRICT, "", (9, 9), before.heads, body)
    after = cases.apply(before, fact, AREA)
    assert after.status == MOVES.get((status, kind), status)
    effect = "applied" if (status, kind) in MOVES else "kept" if kind == SUPPLEMENTED else "irregular"
    assert after.events[-1].effect == effect
    assert "f" in after.dag


def test_every_status_can_be_reached_and_every_kind_of_a_move_is_a_fact_of_ours() -> None:
    assert {"new", *PATH} == {status for status, _ in MOVES} | set(MOVES.values())
    assert {kind for _, kind in MOVES} == {*COMMANDS, ACCEPTED, NOTIFIED, DECLINED}
    assert {kind for _, kind in MOVES} - {SUPPLEMENTED} | {SETTLED} == EXCLUSIVE


def test_one_kind_of_fact_leads_to_one_status_so_that_a_ruling_can_put_it_in_force() -> None:
    for kind in EXCLUSIVE - {SETTLED}:
        assert len({status for (_, each), status in MOVES.items() if each == kind}) == 1


# ---------------------------------------------------------------- commands and refusals


def test_an_acceptance_says_everything_that_was_taken_in() -> None:
    (draft,) = cases.decide(None, cases.Accept(application()), CLERK)
    assert (draft.kind, draft.subject, draft.body_class) == (ACCEPTED, f"case/{NUMBER}", PERSONAL)
    assert (draft.area, draft.parents, draft.actor) == (AREA, (), "person-station")
    assert msgspec.convert(draft.body, cases.Application) == application()


def test_a_supplement_that_completes_a_notified_case_accepts_it_with_the_day_of_completion() -> None:
    place = reached("notified")
    kinds = [fact.kind for fact in place.does(supplement("income", "scan"))]
    assert kinds == [SUPPLEMENTED, ACCEPTED]
    assert place.case is not None
    assert place.case.application is not None
    assert (place.case.application.day, place.case.application.deadline.day) == ("2026-11-24", "2026-12-22")
    assert not place.case.application.missing()


def test_a_supplement_that_leaves_something_missing_keeps_the_case_waiting() -> None:
    place = reached("notified")
    place.does(supplement("photo", "scan"))
    assert place.case is not None
    assert place.case.status == "notified"
    assert attachments_of(place.case) == {"scan"}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (cases.Accept(application(home="street")), "cases.item_without_home"),
        (cases.GiveNotice(application(home="")), "cases.item_without_home"),
        (cases.Accept(application(missing=True)), "cases.material_missing"),
        (cases.GiveNotice(application()), "cases.nothing_missing"),
        (supplement("id"), "cases.unknown"),
        (cases.Withdraw("x"), "cases.unknown"),
        (cases.Decide("granted", ""), "cases.unknown"),
        (cases.Deliver("x"), "cases.unknown"),
        (cases.Rate(1), "cases.unknown"),
        (cases.Settle("x", "stands", "y"), "cases.unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_asked_of_no_case_is_refused(command: Command, code: str) -> None:
    assert code_of(None, command) == code


@pytest.mark.parametrize(
    ("status", "command", "writer", "code"),
    [
        ("accepted", cases.Accept(application()), CLERK, "cases.number_taken"),
        ("accepted", cases.GiveNotice(application(missing=True)), CLERK, "cases.number_taken"),
        ("accepted", cases.Supplement((), "", cases.Deadline("")), CLERK, "cases.nothing_supplemented"),
        ("accepted", cases.Withdraw("  "), CLERK, "cases.empty_text"),
        ("accepted", cases.Withdraw("x" * (TEXT_MAX + 1)), CLERK, "cases.text_too_long"),
        ("accepted", cases.Decide("granted", ""), CLERK, "cases.not_your_level"),
        ("accepted", cases.Decide("granted", ""), CITY_OFFICER, "cases.not_your_level"),
        ("accepted", cases.Decide("maybe", ""), OFFICER, "cases.outcome"),
        ("accepted", cases.Decide("refused", " \n"), OFFICER, "cases.empty_text"),
        ("accepted", cases.Decide("refused", "x" * (TEXT_MAX + 1)), OFFICER, "cases.text_too_long"),
        ("accepted", cases.Decide("granted", "x" * (TEXT_MAX + 1)), OFFICER, "cases.text_too_long"),
        ("accepted", cases.Decide("granted", "", "x" * (TEXT_MAX + 1)), OFFICER, "cases.text_too_long"),
        ("decided", cases.Deliver(""), CLERK, "cases.empty_text"),
        ("delivered", cases.Rate(0), CLERK, "cases.grade"),
        ("delivered", cases.Rate(6), CLERK, "cases.grade"),
        ("accepted", cases.Settle("x", "stands", "y"), OFFICER, "cases.no_such_conflict"),
        ("accepted", cases.Settle("x", "stands", "y"), CLERK, "cases.not_your_level"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_each_refusal_has_its_code(status: str, command: Command, writer: Writer, code: str) -> None:
    assert code_of(reached(status).case, command, writer) == code


def in_conflict() -> tuple[Replica, Fact]:
    """A district that decided while a station took back the application, and the withdrawal."""
    hub, station = reached("accepted"), Replica(STATION)
    station.learns(hub)
    (withdrawal,) = station.does(cases.Withdraw("不办了"))
    hub.does(cases.Decide("granted", ""))
    hub.learns(station)
    return hub, withdrawal


@pytest.mark.parametrize(
    ("command", "writer", "code"),
    [
        (cases.Deliver("本人"), CLERK, "cases.conflict_open"),
        (cases.Settle("{id}", "perhaps", "y"), OFFICER, "cases.ruling"),
        (cases.Settle("{id}", "stands", ""), OFFICER, "cases.empty_text"),
        (cases.Settle("{id}", "stands", "x" * (TEXT_MAX + 1)), OFFICER, "cases.text_too_long"),
        (cases.Settle("{id}", "stands", "y"), CLERK, "cases.not_your_level"),
        (cases.Settle("another", "stands", "y"), OFFICER, "cases.no_such_conflict"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_while_a_conflict_is_open_nothing_moves_and_a_ruling_must_be_whole(
    command: Command, writer: Writer, code: str
) -> None:
    hub, withdrawal = in_conflict()
    if isinstance(command, cases.Settle):
        command = msgspec.structs.replace(command, contradicting=command.contradicting.format(id=withdrawal.id))
    assert code_of(hub.case, command, writer) == code


def test_materials_may_be_added_while_a_conflict_is_open() -> None:
    hub, _ = in_conflict()
    hub.does(supplement("photo", "late"))
    assert hub.case is not None
    assert attachments_of(hub.case) == {"late"}


def test_a_fact_is_written_for_the_area_of_its_case_where_the_writer_may() -> None:
    case = reached("accepted").case
    (draft,) = cases.decide(case, cases.Decide("granted", ""), Writer(DISTRICT, AREA[:6], "o"))
    assert draft.area == AREA
    (draft,) = cases.decide(case, cases.Withdraw("x"), Writer(STATION, "511602101", "c"))
    assert draft.area == "511602101"


# ---------------------------------------------------------------- the fold


@given(histories(), st.randoms(use_true_random=False))
def test_the_same_facts_give_the_same_case_in_whatever_order_they_came(facts: list[Fact], source: Any) -> None:
    mixed = list(facts)
    source.shuffle(mixed)
    assert fold(NUMBER, mixed, AREA) == fold(NUMBER, facts, AREA)
    assert fold(NUMBER, mixed + facts, AREA) == fold(NUMBER, facts, AREA)


@given(histories(), st.randoms(use_true_random=False))
def test_advancing_by_a_fact_that_follows_equals_folding_anew(facts: list[Fact], source: Any) -> None:
    source.shuffle(facts)
    for place, fact in enumerate(facts):
        before = fold(NUMBER, facts[:place], AREA)
        if not ordered(facts[:place])[1] and follows(before, fact):
            assert cases.apply(before, fact, AREA) == fold(NUMBER, facts[: place + 1], AREA)


@given(histories())
def test_every_fact_stands_in_the_timeline_once_and_after_what_its_writer_knew(facts: list[Fact]) -> None:
    case = fold(NUMBER, facts, AREA)
    line = [event.id for event in case.events]
    assert sorted(line) == sorted(fact.id for fact in facts)
    for fact in facts:
        assert all(line.index(parent) < line.index(fact.id) for parent in fact.parents)


@given(histories())
def test_a_fact_that_contradicts_what_stands_is_kept_whole_until_it_is_ruled_on(facts: list[Fact]) -> None:
    case = fold(NUMBER, facts, AREA)
    by_id = {fact.id: fact for fact in facts}
    for conflict in case.conflicts:
        assert case.pending[conflict.contradicting] == by_id[conflict.contradicting].body
        assert conflict.standing in case.dag
    told = {event.id for event in case.events if event.effect == "conflict"}
    rulings = {fact.id for fact in facts if fact.kind == SETTLED}
    assert {conflict.contradicting for conflict in case.conflicts} == told - rulings


@given(histories())
def test_no_file_that_came_with_an_applied_fact_is_ever_lost(facts: list[Fact]) -> None:
    case = fold(NUMBER, facts, AREA)
    applied = {event.id for event in case.events if event.effect == "applied"}
    brought = {
        each["name"]
        for fact in facts
        if fact.id in applied
        for material in fact.body.get("materials", ())
        for each in material["attachments"]
    }
    assert brought <= attachments_of(case)


@given(histories())
def test_facts_wait_until_their_parents_are_there(facts: list[Fact]) -> None:
    for fact in facts:
        if fact.parents:
            line, waiting = ordered([fact])
            assert (line, waiting) == ([], [fact])
            assert fold(NUMBER, [fact], AREA) == CaseFile(NUMBER)


@given(histories(), st.lists(st.integers(0, 2**48), min_size=30, max_size=30))
def test_no_clock_decides_whether_there_is_a_conflict(facts: list[Fact], readings: list[int]) -> None:
    """With other clocks the other fact may stand meanwhile, but between the same two there is a conflict."""
    first = next(fact for fact in facts if not fact.parents)
    pair = [fact for fact in facts if fact.parents == (first.id,) and fact.kind in EXCLUSIVE]
    for each in pair[1:]:
        reread = [
            msgspec.structs.replace(fact, hlc=(reading, 0))
            for fact, reading in zip((first, pair[0], each), readings, strict=False)
        ]
        case = fold(NUMBER, reread, AREA)
        regular = [event for event in case.events if event.effect != "irregular"]
        if len(regular) == 3:
            assert {(conflict.standing, conflict.contradicting) for conflict in case.conflicts} <= {
                *((pair[0].id, each.id), (each.id, pair[0].id))
            }
            assert len(case.open_conflicts) == 1


odd_bodies = st.dictionaries(
    st.sampled_from(
        ("materials", "reason", "outcome", "receiver", "grade", "item", "contradicting", "ruling", "number")
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
        max_leaves=4,
    ),
    max_size=4,
)
kinds = st.sampled_from(sorted({kind for _, kind in MOVES} | {SETTLED, "case.invented", "other"}))


@given(st.lists(st.tuples(kinds, st.sampled_from((STATION, DISTRICT, "")), odd_bodies, st.data()), max_size=6))
def test_no_content_breaks_the_fold_and_what_cannot_be_read_moves_nothing(drafts: list[Any]) -> None:
    known = [fact_of(cases.decide(None, cases.Accept(application()), CLERK)[0], STATION, (1, 0))]
    for place, (kind, tier, body, data) in enumerate(drafts):
        parents = data.draw(st.lists(st.sampled_from([fact.id for fact in known]), unique=True, max_size=3))
        known.append(Fact(f"odd{place}", kind, "n", tier, "", (place, 0), tuple(parents), body))
    case = fold(NUMBER, known, AREA)
    assert case == fold(NUMBER, reversed(known), AREA)
    assert len(case.events) == len(known)
    assert msgspec.json.decode(msgspec.json.encode(case), type=CaseFile) == case


def test_a_first_fact_is_chosen_alike_where_two_pretend_to_be_it() -> None:
    """The home tier comes first in the order, so the order must not depend on which of two firsts came first here."""
    facts = [
        fact_of(cases.decide(None, cases.Accept(application(home=home)), CLERK)[0], tier, (ms, 0))
        for home, tier, ms in ((STATION, STATION, 5), (DISTRICT, DISTRICT, 5), (CITY, STATION, 1))
    ]
    folded = {msgspec.json.encode(fold(NUMBER, order, AREA)) for order in (facts, facts[::-1], facts[1:] + facts[:1])}
    assert len(folded) == 1


# ---------------------------------------------------------------- concurrency


@pytest.mark.parametrize("late", [1, 10**6], ids=["its clock is behind", "its clock is ahead"])
def test_two_stations_supplement_offline_and_both_files_are_there(late: int) -> None:
    one, two = reached("notified"), Replica(STATION, late)
    two.learns(one)
    one.does(supplement("income", "from one"))
    two.does(supplement("photo", "from two"))
    one.learns(two)
    assert one.case is not None
    assert attachments_of(one.case) == {"from one", "from two"}
    assert (one.case.status, one.case.open_conflicts) == ("accepted", ())


def test_two_stations_that_both_complete_a_case_offline_are_a_conflict_and_both_files_are_kept() -> None:
    one, two = reached("notified"), Replica(STATION, 5000)
    two.learns(one)
    one.does(supplement("income", "from one"))
    two.does(supplement("income", "from two"))
    one.learns(two)
    assert one.case is not None
    assert attachments_of(one.case) == {"from one", "from two"}
    assert [conflict.kind for conflict in one.case.open_conflicts] == [ACCEPTED]


def test_the_decision_of_the_home_tier_stands_whatever_the_clocks_say() -> None:
    for ms in (1, 10**9):
        hub, station = reached("accepted"), Replica(STATION, ms)
        station.learns(hub)
        station.does(cases.Withdraw("不办了"))
        hub.does(cases.Decide("granted", ""))
        hub.learns(station)
        assert hub.case is not None
        assert hub.case.status == "decided"
        assert [conflict.kind for conflict in hub.case.open_conflicts] == [WITHDRAWN]


def test_a_decision_by_a_tier_that_is_not_entitled_changes_nothing_and_opens_nothing() -> None:
    place = reached("accepted")
    assert place.case is not None
    for parents in (place.case.heads, ()):
        fact = Fact("x", DECIDED, "n", STATION, "", (9, 9), parents, {"outcome": "granted", "reasons": ""})
        after = cases.apply(place.case, fact, AREA)
        assert (after.status, after.conflicts, after.events[-1].effect) == ("accepted", (), "irregular")


@pytest.mark.parametrize(("ruling", "status"), [("stands", "decided"), ("yields", "withdrawn")])
def test_a_ruling_closes_the_conflict_and_is_in_force(ruling: str, status: str) -> None:
    hub, withdrawal = in_conflict()
    (settled,) = hub.does(cases.Settle(withdrawal.id, ruling, "理由"))
    assert hub.case is not None
    assert (hub.case.status, hub.case.open_conflicts) == (status, ())
    assert (hub.case.conflicts[0].settled, hub.case.conflicts[0].ruling) == (settled.id, ruling)
    assert set(settled.parents) == set(hub.case.dag) - {settled.id} - {hub.case.events[0].id}


def test_a_fact_written_without_knowing_the_ruling_opens_a_conflict_again() -> None:
    hub, withdrawal = in_conflict()
    station = Replica(STATION)
    station.facts = {id_: fact for id_, fact in hub.facts.items() if id_ != withdrawal.id}
    hub.does(cases.Settle(withdrawal.id, "yields", "理由"))
    (delivery,) = station.does(cases.Deliver("本人"))
    hub.learns(station)
    assert hub.case is not None
    assert hub.case.status == "withdrawn"
    assert [conflict.contradicting for conflict in hub.case.open_conflicts] == [delivery.id]


def ruled_twice(first: str, second: str, ms: int) -> tuple[Replica, Fact]:
    """Two officers settle the same conflict without knowing of each other."""
    hub, withdrawal = in_conflict()
    other = Replica(DISTRICT, ms)
    other.learns(hub)
    hub.does(cases.Settle(withdrawal.id, first, "一"))
    other.does(cases.Settle(withdrawal.id, second, "二"))
    hub.learns(other)
    return hub, withdrawal


@pytest.mark.parametrize("ms", [1, 10**9])
@pytest.mark.parametrize(("first", "second"), [("stands", "yields"), ("yields", "stands")])
def test_two_officers_who_settle_differently_leave_the_conflict_open(first: str, second: str, ms: int) -> None:
    hub, withdrawal = ruled_twice(first, second, ms)
    assert hub.case is not None
    assert [conflict.contradicting for conflict in hub.case.open_conflicts] == [withdrawal.id]
    for ruling, status in (("stands", "decided"), ("yields", "withdrawn")):
        third = Replica(DISTRICT, 10**10)
        third.learns(hub)
        third.does(cases.Settle(withdrawal.id, ruling, "三"))
        assert third.case is not None
        assert (third.case.status, third.case.open_conflicts) == (status, ())


@pytest.mark.parametrize("ruling", ["stands", "yields"])
def test_two_officers_who_settle_alike_leave_nothing_open(ruling: str) -> None:
    hub, _ = ruled_twice(ruling, ruling, 1)
    assert hub.case is not None
    assert hub.case.open_conflicts == ()
    assert hub.case.status == {"stands": "decided", "yields": "withdrawn"}[ruling]


def test_a_ruling_from_a_tier_that_is_not_entitled_changes_nothing() -> None:
    hub, withdrawal = in_conflict()
    assert hub.case is not None
    body = {"contradicting": withdrawal.id, "ruling": "yields", "reason": "x"}
    after = cases.apply(hub.case, Fact("r", SETTLED, "n", STATION, "", (9, 9), hub.case.heads, body), AREA)
    assert (after.status, len(after.open_conflicts), after.events[-1].effect) == ("decided", 1, "irregular")


def test_an_unknown_kind_is_kept_in_the_timeline() -> None:
    case = reached("accepted").case
    assert case is not None
    after = cases.apply(case, Fact("x", "case.photographed", "n", STATION, "", (9, 9), case.heads, {}), AREA)
    assert (after.status, after.events[-1].effect, after.heads) == ("accepted", "kept", ("x",))


# ---------------------------------------------------------------- materials


def test_a_supplement_replaces_what_was_missing_and_keeps_all_files() -> None:
    old = (*MATERIALS[:2], msgspec.structs.replace(MATERIALS[2], attachments=(attachment("old"),)))
    new = supplement("photo", "new", "old").materials + supplement("extra", "more").materials
    merged = cases.merged(old, new)
    assert [material.code for material in merged] == ["id", "income", "photo", "extra"]
    assert [each.name for each in merged[2].attachments] == ["old", "new"]
    assert merged[2].state == cases.RECEIVED


def test_a_material_that_was_received_does_not_become_missing_again() -> None:
    lost = tuple(msgspec.structs.replace(material, state=cases.MISSING) for material in MATERIALS)
    assert [material.state for material in cases.merged(MATERIALS, lost)] == [material.state for material in MATERIALS]


@given(st.sampled_from(sorted(ACTS)), st.integers(0, 20))
def test_no_command_changes_the_case_that_it_looks_at(act: str, number: int) -> None:
    place = reached("accepted")
    before = msgspec.json.encode(place.case)
    try:
        place.does(ACTS[act](place.case, number))
    except Refusal:
        assert msgspec.json.encode(place.case) == before


def test_an_application_without_a_promise_has_no_trace_of_one() -> None:
    plain = msgspec.to_builtins(application())
    assert "promise" not in plain
    assert msgspec.convert(plain, Application) == application()


@pytest.mark.parametrize(
    ("code", "promise", "refusal"),
    [
        ("id", Promise("2026-11-27", 4), "cases.promise_of_main"),
        ("photo", Promise("2026-11-27", 4), "cases.promise_of_main"),
        ("proof", msgspec.UNSET, "cases.promise_missing"),
        ("proof", Promise("2026-12-22", 21), "cases.promise_too_late"),
        ("proof", Promise("2026-11-23", 0), "cases.promise_too_late"),
        ("proof", Promise("2026-12-21", 20), ""),
    ],
)
def test_a_promise_is_for_what_is_not_main_and_ends_before_the_case_is_due(
    code: str, promise: Promise | msgspec.UnsetType, refusal: str
) -> None:
    whole = application()
    materials = (*whole.materials, Material("proof", "证明", False, True, cases.RECEIVED))
    changed = tuple(replace(each, state=cases.PROMISED) if each.code == code else each for each in materials)
    command = cases.Accept(replace(whole, materials=changed, promise=promise))
    writer = cases.Writer(STATION, AREA, "somebody")
    if refusal:
        with pytest.raises(Refusal) as refused:
            cases.decide(None, command, writer)
        assert refused.value.code == refusal
    else:
        assert len(cases.decide(None, command, writer)) == 1
        with pytest.raises(Refusal):
            cases.decide(None, cases.GiveNotice(command.application), writer)

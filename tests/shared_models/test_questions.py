"""What the questions promise: every complete set of answers leads to one situation, or an audit says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared_models.catalogue import Answer, Answered, Item, Material, Question, Situation, check, item_of, to_value
from shared_models.catalogue.findings import ROOMS
from shared_models.catalogue.items import Given
from shared_models.catalogue.question_audit import ways_through
from shared_models.catalogue.questions import (
    PAGE_MAX,
    because,
    faults_of,
    holds,
    left_out,
    narrowed,
    said,
    standing,
)
from shared_models.refusals import Refusal
from tests.shared_models.catalogue_items import asking_item, complete_item

ASKING = asking_item()


def materials(answers: dict[str, str]) -> list[str]:
    return [each.code for each in standing(ASKING, answers).materials]


def open_after(answers: dict[str, str]) -> list[str]:
    return [each.code for each in standing(ASKING, answers).page]


# ---------------------------------------------------------------- any item

_CODES = ("a", "b", "c")


@st.composite
def _given(draw: st.DrawFn, before: tuple[str, ...]) -> Given:
    if not before:
        return ()
    one = st.builds(Answered, st.sampled_from(before), st.lists(st.sampled_from(_CODES), max_size=2).map(tuple))
    return tuple(draw(st.lists(st.lists(one, min_size=1, max_size=2).map(tuple), max_size=2)))


@st.composite
def asking_items(draw: st.DrawFn) -> Item:
    """Items with some questions, most of them unsound."""
    names = tuple(f"Q{number}" for number in range(draw(st.integers(1, 4))))
    answers = st.lists(st.sampled_from(_CODES), min_size=2, unique=True)
    questions = tuple(
        Question(name, f"{name}？", "要知道。", tuple(Answer(code, code) for code in draw(answers)),
                 draw(_given(names[:number])))
        for number, name in enumerate(names)
    )  # fmt: skip
    situations = tuple(
        Situation(f"S{number}", f"情形{number}", "", ("M1", "M2"), draw(_given(names)))
        for number in range(draw(st.integers(1, 3)))
    )
    first = complete_item().materials[0]
    second = Material("M2", "说明", grade="D", source="申请人", given=draw(_given(names)))
    return replace(complete_item(), questions=questions, situations=situations, materials=(first, second))


def found(item: Item) -> set[str]:
    rooms = {*ROOMS["questions"], *ROOMS["situations"]}
    return {each.code.removeprefix("catalogue.") for each in check(item) if each.code in rooms}


@given(asking_items())
def test_every_complete_set_of_answers_leads_to_one_situation_or_an_audit_says_so(item: Item) -> None:
    ends = []
    for way in ways_through(item.questions):
        now = standing(item, {question: answer for question, answer in way.items() if answer})
        assert (now.waiting, now.known) == ((), way)
        ends.append([each.code for each in now.situations])
    told = found(item)
    if "given_unknown_answer" in told:
        return
    assert ("answers_lead_nowhere" in told) == any(not end for end in ends)
    assert ("answers_lead_to_several" in told) == any(len(end) > 1 for end in ends)
    reached = {code for end in ends for code in end}
    assert ("situation_unreachable" in told) == any(each.code not in reached for each in item.situations)


@given(asking_items(), st.data())
def test_answering_page_by_page_comes_to_an_end_and_nothing_comes_back_on_the_way(
    item: Item, data: st.DataObject
) -> None:
    answers: dict[str, str] = {}
    now = standing(item, answers)
    while now.page:
        assert len(now.page) <= PAGE_MAX
        for question in now.page:
            answers[question.code] = data.draw(st.sampled_from(question.answers)).code
        further = standing(item, answers)
        assert set(further.situations) <= set(now.situations)
        assert set(further.materials) <= set(now.materials)
        assert further.answers == answers
        now = further
    assert {each.question for each in said(item, answers)} == set(answers)
    if now.situation:
        assert faults_of(item, now.situation.code, answers) == []


@given(asking_items())
def test_what_an_answer_depends_on_is_settled_before_it_is_asked(item: Item) -> None:
    for question in standing(item, {}).waiting:
        assert not question.given or holds(question.given, {}) is True


# ---------------------------------------------------------------- one item


def test_an_item_without_questions_asks_nothing_and_narrows_nothing() -> None:
    item = complete_item()
    now = standing(item, {"home": "one"})
    assert (now.page, now.answers, now.materials, now.situation) == ((), {}, item.materials, None)
    assert narrowed(item, {}) is item


def test_a_question_that_depends_on_another_waits_for_its_answer() -> None:
    assert open_after({}) == ["home", "poor"]
    assert open_after({"home": "one", "poor": "yes"}) == []
    assert open_after({"home": "one", "poor": "no"}) == ["debts"]


def test_materials_fall_away_with_every_answer() -> None:
    assert materials({}) == ["M1", "M2", "M3"]
    assert materials({"poor": "yes"}) == ["M1", "M2"]
    assert materials({"poor": "yes", "home": "one"}) == ["M1"]
    assert materials({"poor": "no", "home": "one", "debts": "no"}) == ["M1", "M3"]


def test_the_form_keeps_only_the_fields_that_the_answers_ask_for() -> None:
    assert [each.code for each in narrowed(ASKING, {"home": "one", "poor": "yes"}).fields] == ["kind", "account"]
    assert [each.code for each in narrowed(ASKING, {"home": "one", "poor": "no"}).fields] == ["kind"]


def test_what_is_asked_for_says_for_which_answer() -> None:
    told = said(ASKING, {"home": "more", "poor": "yes"})
    assert [(each.text, each.label) for each in because(ASKING.materials[1].given, told)] == [
        ("家里有几口人？", "两口人以上")
    ]
    assert because((), told) == ()


@pytest.mark.parametrize(
    ("situation", "answers", "code"),
    [
        ("S1", {"home": "one"}, "unanswered"),
        ("S2", {"home": "one", "poor": "yes"}, "other_situation"),
        ("S1", {"home": "one", "poor": "yes", "debts": "no"}, "not_asked"),
        ("S1", {"home": "one", "poor": "yes", "car": "no"}, "unknown"),
        ("S1", {"home": "one", "poor": "maybe"}, "unknown_answer"),
    ],
)
def test_answers_that_do_not_lead_to_the_situation_are_told(situation: str, answers: dict[str, str], code: str) -> None:
    assert [each.code for each in faults_of(ASKING, situation, answers)][:1] == [f"questions.{code}"]


def test_who_knows_the_situation_needs_no_answers() -> None:
    assert faults_of(ASKING, "S2", {}) == []
    assert narrowed(ASKING, {}).materials == ASKING.materials


def test_a_required_material_that_was_not_asked_for_is_told() -> None:
    answers = {"home": "more", "poor": "yes"}
    assert left_out(ASKING, "S1", answers, ["M1", "M2"]) == []
    assert [str(each.values["material"]) for each in left_out(ASKING, "S1", answers, ["M1"])] == ["最低生活保障证"]
    assert left_out(ASKING, "S1", {"home": "one", "poor": "yes"}, ["M1"]) == []
    with pytest.raises(Refusal):
        left_out(ASKING, "S9", answers, [])


def test_a_sound_item_with_questions_has_no_finding_and_survives_as_a_value() -> None:
    assert check(ASKING) == []
    assert item_of(to_value(ASKING)) == ASKING

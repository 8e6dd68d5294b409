"""What is wrong with the questions of an item: conditions that nothing can meet, and answers that lead nowhere.

Every way through the questions is walked, answer by answer, as a resident could give them. Each has to lead to exactly
one situation, and every situation, question, material and field is to be met on some way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from shared_models.catalogue.findings import Finding, found
from shared_models.catalogue.items import Given, Item, Question, conditions
from shared_models.catalogue.questions import Known, answer_of, holds

WAYS_MAX = 1000
"""Ways through the questions of one item: more than anybody could look over."""


def check_questions(item: Item) -> Iterator[Finding]:
    """Everything wrong with the questions, and with what depends on them."""
    if not item.questions and not conditions(item):
        return
    wrong = [*_questions(item.questions)]
    wrong += [fault for each in _conditions(item) for fault in _condition(each, item.questions)]
    if wrong:  # what such questions lead to cannot be told
        yield from wrong
        return
    ways = [*islice(ways_through(item.questions), WAYS_MAX + 1)]
    if len(ways) > WAYS_MAX:
        yield found("catalogue.ways_too_many", "questions", most=WAYS_MAX)
    else:
        yield from _ends(item, ways)
        yield from _never(item, ways)


def ways_through(questions: Sequence[Question], known: Known | None = None) -> Iterator[Known]:
    """Every complete set of answers that a resident could give, with None for what is not asked then."""
    known = known or {}
    if not questions:
        yield known
        return
    first, rest = questions[0], questions[1:]
    answers = [each.code for each in first.answers] if holds(first.given, known) else [None]
    for answer in answers:
        yield from ways_through(rest, {**known, first.code: answer})


class _Condition(NamedTuple):
    """Something that depends on answers: where it stands, its name, and which of the questions come before it."""

    at: str
    name: str
    given: Given
    before: int


def _conditions(item: Item) -> Iterator[_Condition]:
    whole = len(item.questions)
    for number, question in enumerate(item.questions):
        yield _Condition(f"questions/{number}/given", question.text, question.given, number)
    for number, situation in enumerate(item.situations):
        yield _Condition(f"situations/{number}/given", situation.name, situation.given, whole)
    for number, material in enumerate(item.materials):
        yield _Condition(f"materials/{number}/given", material.name, material.given, whole)
    for number, field in enumerate(item.fields):
        yield _Condition(f"fields/{number}/given", field.label, field.given, whole)


def _questions(questions: Sequence[Question]) -> Iterator[Finding]:
    for number, question in enumerate(questions):
        if not question.reason:
            yield found("catalogue.question_reason_missing", f"questions/{number}/reason", text=question.text[:60])
        if len(question.answers) < 2:
            yield found("catalogue.question_answers_few", f"questions/{number}/answers", text=question.text[:60])


def _condition(each: _Condition, questions: Sequence[Question]) -> Iterator[Finding]:
    before = {question.code: question for question in questions[: each.before]}
    for answered in (answered for way in each.given for answered in way):
        question = before.get(answered.question)
        if question is None:
            yield found("catalogue.given_unknown_question", each.at, name=each.name[:60], value=answered.question[:40])
            continue
        for code in answered.among:
            if answer_of(question, code) is None:
                yield found("catalogue.given_unknown_answer", each.at, name=each.name[:60], value=code[:40],
                            text=question.text[:60])  # fmt: skip


def _ends(item: Item, ways: Sequence[Known]) -> Iterator[Finding]:
    """Answers that lead to no situation or to several, and situations that none lead to."""
    ends = [[each for each in item.situations if holds(each.given, way)] for way in ways]
    nowhere = [way for way, end in zip(ways, ends, strict=True) if not end]
    several = [(way, end) for way, end in zip(ways, ends, strict=True) if len(end) > 1]
    if nowhere and item.situations:
        yield found(
            "catalogue.answers_lead_nowhere", "questions", number=len(nowhere), example=_words(item, nowhere[0])
        )
    if several:
        way, end = several[0]
        yield found("catalogue.answers_lead_to_several", "questions", number=len(several), example=_words(item, way),
                    situations="、".join(each.name[:40] for each in end[:3]))  # fmt: skip
    reached = {each.code for end in ends for each in end}
    for number, situation in enumerate(item.situations):
        if situation.code not in reached:
            at = f"situations/{number}/given"
            yield found("catalogue.situation_unreachable", at, situation=situation.name or situation.code[:40])


def _never(item: Item, ways: Sequence[Known]) -> Iterator[Finding]:
    """Questions and fields that no way asks for, and materials that none asks for although it leads to a situation that
    lists them."""
    for number, question in enumerate(item.questions):
        if not _met(question.given, ways):
            yield found("catalogue.given_never_holds", f"questions/{number}/given", name=question.text[:60])
    for number, material in enumerate(item.materials):
        listing = [situation.given for situation in item.situations if material.code in situation.materials]
        near = [way for way in ways if material.given and any(holds(given, way) for given in listing)]
        if near and not _met(material.given, near):
            yield found("catalogue.given_never_holds", f"materials/{number}/given", name=material.name[:60])
    for number, field in enumerate(item.fields):
        if not _met(field.given, ways):
            yield found("catalogue.given_never_holds", f"fields/{number}/given", name=field.label[:60])


def _met(given: Given, ways: Iterable[Known]) -> bool:
    return not given or any(holds(given, way) for way in ways)


def _words(item: Item, way: Mapping[str, str | None]) -> str:
    """The answers of a way as a person reads them, shortened."""
    told = [(each.text, answer_of(each, way.get(each.code) or "")) for each in item.questions]
    return "，".join(f"{text[:20]} {answer.label[:20]}" for text, answer in told if answer)[:160]

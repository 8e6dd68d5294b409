"""The questions of an item: which to ask next, which situation the answers lead to, and what remains to be brought.

The questions are asked in their order, at most three a page; one that depends on others is asked once these are
answered, and only after the answers that it names. Nothing is guessed: as long as a question is open, everything that
its answer may still ask for remains. The same judgement is made at the counter, before anything is kept, and at a hub
that looks at a case; it depends on the item and on the answers, and on nothing else.

Whoever knows the situation may name it without answers; then all remains that any answer could ask for in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from shared_models.catalogue.items import Answer, Answered, Given, Item, Material, Question, Situation, needed
from shared_models.refusals import Refusal

PAGE_MAX = 3
"""Questions on one page."""

Answers = Mapping[str, str]
"""Code of a question -> code of its answer."""

Known = dict[str, str | None]
"""The same as far as it is settled: None for a question that is not asked; one that is still open is not in it."""


class Standing(NamedTuple):
    """How far the questions have come. `known`: what is settled. `waiting`: the questions that can be asked now, all of
    them. `situations`: those that the answers may still lead to. `materials`: what may still be needed, in the item's
    order."""

    known: Known
    waiting: tuple[Question, ...]
    situations: tuple[Situation, ...]
    materials: tuple[Material, ...]

    @property
    def page(self) -> tuple[Question, ...]:
        """The questions to ask next."""
        return self.waiting[:PAGE_MAX]

    @property
    def answers(self) -> dict[str, str]:
        """What was answered to questions that are asked, in their order."""
        return {question: answer for question, answer in self.known.items() if answer is not None}

    @property
    def situation(self) -> Situation | None:
        """The situation, once every question is answered and they lead to exactly one."""
        return self.situations[0] if not self.waiting and len(self.situations) == 1 else None


class Said(NamedTuple):
    """A question and its answer, in codes and in words."""

    question: str
    answer: str
    text: str
    label: str


def holds(given: Given, known: Mapping[str, str | None]) -> bool | None:
    """Whether the answers are such; None as long as that cannot be told."""
    ways = [_all(way, known) for way in given]
    return True if not ways or True in ways else None if None in ways else False


def _all(way: Sequence[Answered], known: Mapping[str, str | None]) -> bool | None:
    told = [_one(each, known) for each in way]
    return False if False in told else None if None in told else True


def _one(each: Answered, known: Mapping[str, str | None]) -> bool | None:
    if each.question not in known:
        return None
    answer = known[each.question]
    return answer is not None and (not each.among or answer in each.among)


def standing(item: Item, answers: Answers) -> Standing:
    """How far `answers` have come. One to a question that is not asked, or that is none of its answers, counts for
    nothing."""
    known: Known = {}
    waiting: list[Question] = []
    for question in item.questions:
        asked = holds(question.given, known)
        if asked is False:
            known[question.code] = None
        elif asked and (answer := answer_of(question, answers.get(question.code, ""))):
            known[question.code] = answer.code
        elif asked:
            waiting.append(question)
    leading = tuple(each for each in item.situations if holds(each.given, known) is not False)
    wanted = {code for situation in leading for code in situation.materials}
    left = tuple(m for m in item.materials if m.code in wanted and holds(m.given, known) is not False)
    return Standing(known, tuple(waiting), leading, left)


def answer_of(question: Question, code: str) -> Answer | None:
    """The answer of that code."""
    return next((each for each in question.answers if each.code == code), None)


def pages(item: Item, answers: Answers) -> list[tuple[Question, ...]]:
    """The pages that were answered, as they were shown one after the other."""
    given: dict[str, str] = {}
    shown: list[tuple[Question, ...]] = []
    whole = standing(item, answers).answers
    while (page := standing(item, given).page) and any(each.code in whole for each in page):
        shown.append(page)
        given |= {each.code: whole[each.code] for each in page if each.code in whole}
        if any(each.code not in whole for each in page):
            break
    return shown


def narrowed(item: Item, answers: Answers) -> Item:
    """The item with the materials and fields alone that may be asked for after these answers."""
    if not item.questions:
        return item
    known = standing(item, answers).known
    return replace(
        item,
        materials=tuple(each for each in item.materials if holds(each.given, known) is not False),
        fields=tuple(each for each in item.fields if holds(each.given, known) is not False),
    )


def said(item: Item, answers: Answers) -> tuple[Said, ...]:
    """The answers in words, in the order of the questions, without those that count for nothing."""
    given = standing(item, answers).answers
    return tuple(
        Said(each.code, answer.code, each.text, answer.label)
        for each in item.questions
        if (answer := answer_of(each, given.get(each.code, "")))
    )


def because(given: Given, told: Sequence[Said]) -> tuple[Said, ...]:
    """The answers for which something is asked: those of the first way that they meet."""
    known: Known = {each.question: each.answer for each in told}
    way = next((way for way in given if _all(way, known)), ())
    named = {each.question for each in way}
    return tuple(each for each in told if each.question in named)


def faults_of(item: Item, situation: str, answers: Answers) -> list[Refusal]:
    """What is wrong with answers that are said to lead to a situation; nothing where there are none."""
    if not answers:
        return []
    now = standing(item, answers)
    faults = [*_odd(item, now, answers)]
    if now.waiting:
        faults.append(Refusal("questions.unanswered", text=now.waiting[0].text))
    if not faults and (now.situation is None or now.situation.code != situation):
        named = next((each.name for each in item.situations if each.code == situation), situation[:40])
        faults.append(Refusal("questions.other_situation", situation=named))
    return faults


def _odd(item: Item, now: Standing, answers: Answers) -> Iterator[Refusal]:
    questions = {each.code: each for each in item.questions}
    for code, answer in answers.items():
        if code not in questions:
            yield Refusal("questions.unknown", question=code[:40])
        elif answer_of(questions[code], answer) is None:
            yield Refusal("questions.unknown_answer", text=questions[code].text)
        elif code not in now.answers:
            yield Refusal("questions.not_asked", text=questions[code].text)


def left_out(item: Item, situation: str, answers: Answers, codes: Sequence[str]) -> list[Refusal]:
    """The required materials that a situation asks for after these answers, and that are not among `codes`. Raises
    Refusal `catalogue.unknown_situation`."""
    return [
        Refusal("questions.material_left_out", material=each.name)
        for each in needed(narrowed(item, answers), situation)
        if each.required and each.code not in codes
    ]

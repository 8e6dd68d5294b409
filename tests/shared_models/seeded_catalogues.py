"""Catalogues without any finding, and defects to put into them, each with just what an audit must say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st
from msgspec.structs import replace

from shared_models.catalogue import (
    Answer,
    Answered,
    BaseItem,
    Department,
    FormField,
    Item,
    Material,
    Question,
    Result,
    Situation,
    Step,
    basic_code,
)
from shared_models.catalogue.items import Rule
from tests.shared_models.catalogue_items import CREDIT, asking, complete_item

OTHER_CREDIT = "11511602DEM000022L"
LEVELS = (3, 4)
INHERITED = ("catalogue.basis_missing", "catalogue.served_missing")
Change = Callable[[Item], Item]


class Seed(NamedTuple):
    """A defect of one item: how to make it, and the finding at its field."""

    code: str
    field: str
    change: Change


class Expected(NamedTuple):
    """A finding that an audit must make."""

    item: str
    code: str
    field: str


def with_changes(**changes: Any) -> Change:
    return lambda item: replace(item, **changes)


def _material(**changes: Any) -> Change:
    return lambda item: replace(item, materials=(*item.materials[:-1], replace(item.materials[-1], **changes)))


def _situation(**changes: Any) -> Change:
    return lambda item: replace(item, situations=(item.situations[0], replace(item.situations[1], **changes)))


def _step(place: int, **changes: Any) -> Change:
    def change(item: Item) -> Item:
        steps = list(item.steps)
        steps[place] = replace(steps[place], **changes)
        return replace(item, steps=tuple(steps))

    return change


def _dead_end(item: Item) -> Item:
    """The step in the middle is no longer waited for."""
    return replace(item, steps=(*item.steps[:-1], replace(item.steps[-1], after=("1",))))


def _department(item: Item) -> Item:
    """Another one than the code says: delegated, or wrong."""
    return replace(item, department=Department(OTHER_CREDIT, "广安区残联"))


def _rule(kind: str = "number", **rule: Any) -> Change:
    """A field behind those there are, with a rule."""
    fresh = FormField("extra", "补充项", kind, rule=Rule(**rule))
    return lambda item: replace(item, fields=(*item.fields, fresh))


def _asked(**parts: Callable[[Any], Any]) -> Change:
    """With questions, and one change in each part that is named."""

    def change(item: Item) -> Item:
        whole = asking(item)
        return replace(whole, **{part: made(getattr(whole, part)) for part, made in parts.items()})

    return change


def _at(place: int, **changes: Any) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """One entry of a list changed."""
    return lambda parts: (*parts[:place], replace(parts[place], **changes), *parts[place + 1 :])


def _given(question: str, *among: str) -> tuple[tuple[Answered, ...], ...]:
    return ((Answered(question, among),),)


_NEVER = ((Answered("poor", ("yes",)), Answered("debts")),)
"""Who is poor is not asked for debts."""
_MANY = tuple(Question(f"q{n}", f"第{n}问？", "要知道。", (Answer("a", "甲"), Answer("b", "乙"))) for n in range(8))

SEEDS = (
    Seed("question_reason_missing", "questions/1/reason", _asked(questions=_at(1, reason=""))),
    Seed("question_answers_few", "questions/0/answers", _asked(questions=_at(0, answers=(Answer("more", "多口人"),)))),
    Seed("given_unknown_question", "questions/1/given", _asked(questions=_at(1, given=_given("debts", "yes")))),
    Seed(
        "given_unknown_question", "fields/0/given", with_changes(fields=(FormField("f", "项", given=_given("home")),))
    ),
    Seed("given_unknown_answer", "materials/1/given", _asked(materials=_at(1, given=_given("home", "two")))),
    Seed("answers_lead_nowhere", "questions", _asked(situations=_at(0, given=_given("debts", "yes")))),
    Seed("answers_lead_to_several", "questions", _asked(situations=_at(1, given=_given("poor", "no")))),
    Seed(
        "situation_unreachable",
        "situations/2/given",
        _asked(situations=lambda parts: (*parts, Situation("S3", "另一情形", materials=("M1",), given=_NEVER))),
    ),
    Seed(
        "given_never_holds",
        "questions/3/given",
        _asked(questions=lambda parts: (*parts, replace(parts[1], code="more", given=_NEVER))),
    ),
    Seed("given_never_holds", "materials/2/given", _asked(materials=_at(2, given=_given("poor", "yes")))),
    Seed("given_never_holds", "fields/1/given", _asked(fields=_at(1, given=_NEVER))),
    Seed("ways_too_many", "questions", _asked(questions=lambda parts: (*parts, *_MANY))),
    Seed(
        "part_code_twice",
        "questions/1/answers/1/code",
        _asked(questions=_at(1, answers=(Answer("yes", "是"), Answer("yes", "是的"), Answer("no", "否")))),
    ),
    Seed("part_name_missing", "questions/0/text", _asked(questions=_at(0, text=""))),
    Seed("rule_unknown_field", "fields/2/rule/when", _rule(when="extra")),
    Seed("rule_without_field", "fields/2/rule/among", _rule(among=("视力",))),
    Seed("rule_unknown_answer", "fields/2/rule/among", _rule(when="kind", among=("视力", "嗅觉"))),
    Seed("bound_malformed", "fields/2/rule/least", _rule(least="today")),
    Seed("bound_malformed", "fields/2/rule/most", _rule("date", most="18")),
    Seed("bound_of_no_number", "fields/2/rule/most", _rule("text", most="18")),
    Seed("bounds_reversed", "fields/2/rule/most", _rule(least="2", most="1.5")),
    Seed("bounds_reversed", "fields/2/rule/most", _rule("date", least="2026-02-01", most="2026-01-31")),
    Seed("format_unknown", "fields/2/rule/format", _rule("text", format="email")),
    Seed("format_of_no_text", "fields/2/rule/format", _rule("date", format="digits")),
    Seed("department_differs", "department/code", _department),
    Seed("name_differs", "name", lambda item: replace(item, name=f"{item.name}（新）")),
    Seed("type_differs", "item_type", with_changes(item_type="07")),
    Seed("basis_differs", "legal_basis", with_changes(legal_basis=("《社会救助暂行办法》第九条",))),
    Seed("basis_missing", "legal_basis", with_changes(legal_basis=())),
    Seed("served_missing", "served", with_changes(served=())),
    Seed("promised_over_statutory", "promised_days", with_changes(promised_days=21)),
    Seed("promised_days_missing", "promised_days", with_changes(promised_days=None)),
    Seed("limit_without_unit", "statutory_unit", with_changes(statutory_unit="")),
    Seed("limit_without_unit", "promised_unit", with_changes(promised_unit="")),
    Seed("grade_missing", "materials/2/grade", _material(grade="")),
    Seed("source_missing", "materials/2/source", _material(source="")),
    Seed("valid_days_out_of_range", "materials/2/valid_days", _material(valid_days=0)),
    Seed("sample_malformed", "materials/2/sample", _material(sample="表.jpg")),
    Seed("fact_malformed", "materials/2/waived_by", _material(waived_by="低保")),
    Seed("material_waived_elsewhere", "materials/2/waived_by", _material(name="最低生活保障证")),
    Seed("material_held_elsewhere", "materials/2/waived_by", _material(name="残疾人证")),
    Seed("situation_unreachable", "situations/1/question", _situation(question="")),
    Seed("situation_unreachable", "situations/1/question", _situation(question="家庭是否 正在享受最低生活保障？")),
    Seed("situation_unknown_material", "situations/1/materials", _situation(materials=("M1", "M3", "M9"))),
    Seed("step_cycle", "steps/1/after", _step(1, after=("2",))),
    Seed("step_unknown_before", "steps/2/after", _step(2, after=("2", "9"))),
    Seed("step_dead_end", "steps/1/after", _dead_end),
    Seed("steps_over_promised", "steps", _step(1, limit_days=12)),
    Seed("last_step_elsewhere", "steps/2/tier", _step(2, tier="station")),
    Seed("no_counter", "channels", with_changes(channels=(2, 3))),
)
"""Each is put into the item of the district, whose case another level's cannot be confused with."""


def clean(groups: int) -> tuple[list[Item], list[BaseItem]]:
    """So many items at two levels each, as they should be, and their base list; and one of another department, whose
    result nobody asks for."""
    items = [_clean(number, level) for number in range(groups) for level in LEVELS]
    holder = replace(
        _clean(groups, 4), code=f"{OTHER_CREDIT}4{_basic(groups)}", department=Department(OTHER_CREDIT, "广安区残联"),
        result=Result("残疾人证", "certificate"), steps=_steps(4, OTHER_CREDIT),
    )  # fmt: skip
    items.append(holder)
    entries = {basic_code(item.code): item for item in items}
    return items, [
        BaseItem(code, item.name, item.item_type, item.legal_basis, item.served) for code, item in entries.items()
    ]


def _basic(number: int) -> str:
    return f"51059{number:04}000"


def _steps(level: int, credit: str) -> tuple[Step, ...]:
    home = {3: "city", 4: "district"}[level]
    return (
        Step("1", "受理", "station", Department(credit, "街道办事处"), 1),
        Step("2", "审核", "district", None, 3),
        Step("3", "决定", home, None, 2),
    )


def _clean(number: int, level: int) -> Item:
    return replace(
        complete_item(),
        code=f"{CREDIT}{level}{_basic(number)}",
        name=f"第{number}项补贴申领",
        level=level,
        result=Result(f"第{number}项补贴", "payment"),
        materials=(
            Material("M1", "居民身份证", main=True, grade="B", source="公安机关"),
            Material("M2", "最低生活保障证", grade="B", source="民政部门", waived_by="mz.low-income-household"),
            Material("M3", f"第{number}项申请说明", grade="D", source="申请人", copies=0),
        ),
        situations=(
            Situation("S1", "低保家庭", "家庭是否正在享受最低生活保障？", ("M1", "M2")),
            Situation("S2", "其他家庭", "家庭是否不在保障中？", ("M1", "M3")),
        ),
        steps=_steps(level, CREDIT),
    )


@st.composite
def seeded(draw: st.DrawFn) -> tuple[list[Item], list[BaseItem], list[Expected]]:
    """A catalogue with its base list, and what an audit must find in it: at most one defect an item. What an item lacks
    that its entry of the base list has, is no defect."""
    chosen = draw(st.lists(st.none() | st.sampled_from(SEEDS), min_size=1, max_size=6))
    items, base = clean(len(chosen))
    expected = []
    for number, seed in enumerate(chosen):
        if seed is not None:
            place = number * len(LEVELS) + LEVELS.index(4)
            items[place] = seed.change(items[place])
            expected.append(Expected(items[place].code, f"catalogue.{seed.code}", seed.field))
    for number in draw(st.sets(st.integers(0, len(chosen) - 1), max_size=1)):
        del base[number]
        both = items[number * len(LEVELS) : (number + 1) * len(LEVELS)]
        expected += [Expected(item.code, "catalogue.not_in_base", "code") for item in both]
    listed = {each.code for each in base}
    return items, base, [each for each in expected if each.code not in INHERITED or basic_code(each.item) not in listed]

"""Items for tests: one that is complete, and a strategy for all that a catalogue file can carry."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec import UNSET
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
    codes,
)
from shared_models.catalogue.items import Rule

CREDIT = "11511602DEM000014R"
"""Sound by its check digits, and visibly nobody's."""


def complete_item() -> Item:
    """A district's item without any finding."""
    return Item(
        code=f"{CREDIT}4510599001000",
        name="困难残疾人生活补贴申领",
        item_type="05",
        level=4,
        department=Department(CREDIT, "广安区民政局"),
        served=(1,),
        case_type=2,
        legal_basis=("《中华人民共和国残疾人保障法》第四十八条",),
        situations=(
            Situation("S1", "低保家庭", "家庭是否正在享受最低生活保障？", ("M1", "M2")),
            Situation("S2", "其他家庭", "家庭是否不在保障中？", ("M1", "M3")),
        ),
        materials=(
            Material("M1", "居民身份证", main=True, grade="B", source="公安机关"),
            Material(
                "M2", "最低生活保障证", main=True, grade="B", source="民政部门", waived_by="mz.low-income-household"
            ),
            Material("M3", "收入说明", grade="D", source="申请人", form="electronic", copies=0),
        ),
        fields=(FormField("kind", "残疾类别", "choice", True, ("视力", "听力"), 10), FormField("account", "银行账号")),
        steps=(
            Step("1", "受理", "station", Department(CREDIT, "街道办事处"), 1),
            Step("2", "审核", "district", None, 5),
        ),
        statutory_days=20,
        promised_days=10,
        fee="不收费",
        result=Result("困难残疾人生活补贴", "payment"),
        keywords=("残补", "两项补贴"),
        tolerant=True,
    )


def asking_item() -> Item:
    """The same with questions: who lives there, then how much the family has, and only then whether it has debts."""
    return asking(complete_item())


def asking(item: Item) -> Item:
    """An item of two situations and three materials, S1 with M1 and M2, S2 with M1 and M3, whose situation answers
    tell: the third question only of a family that is not poor, a proof of its debts only where it has any."""
    yes_no = (Answer("yes", "是"), Answer("no", "否"))
    one_more = (Answer("one", "一口人"), Answer("more", "两口人以上"))
    poor, debts = Answered("poor", ("yes",)), Answered("debts", ("yes",))
    return replace(
        item,
        questions=(
            Question("home", "家里有几口人？", "按人数核算收入。", one_more),
            Question("poor", "是否正在享受低保？", "低保家庭不用交收入材料。", yes_no),
            Question("debts", "是否有大额债务？", "债务可以扣减收入。", yes_no, ((Answered("poor", ("no",)),),)),
        ),
        situations=(
            replace(item.situations[0], given=((poor,), (Answered("poor", ("no",)), debts))),
            replace(item.situations[1], given=((Answered("debts", ("no",)),),)),
        ),
        materials=(
            *item.materials[:1],
            replace(item.materials[1], given=((Answered("home", ("more",)),), (debts,))),
            *item.materials[2:],
        ),
        fields=(*item.fields[:1], replace(item.fields[1], given=((Answered("home"), poor),))),
    )  # fmt: skip


_SEPARATORS = ";；"
_written = st.text(
    st.characters(
        codec="utf-8", categories=("L", "N", "P", "S"), include_characters=" ", exclude_characters=_SEPARATORS
    ),
    min_size=1,
    max_size=12,
).filter(lambda text: text == text.strip() and text.isprintable())
_maybe = st.just("") | _written
_entries = st.lists(_written, max_size=3).map(tuple)
_part_code = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
_days = st.none() | st.integers(0, 3650)
_code = st.from_regex(r"[0-9A-Z]{18}[1-6][0-9A-Z]{12}", fullmatch=True)
_department = st.builds(Department, st.just("") | st.just(CREDIT), _maybe)


def _one_of(table: codes.Table) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(table))


def _parts(part: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(part, max_size=3).map(tuple)


_part_codes = st.lists(_part_code, max_size=3).map(tuple)
_given = st.lists(
    st.lists(st.builds(Answered, _part_code, _part_codes), min_size=1, max_size=2).map(tuple), max_size=2
).map(tuple)  # fmt: skip
_situations = st.builds(Situation, _part_code, _maybe, _maybe, _part_codes, _given)
_questions = st.builds(
    Question, _part_code, _maybe, _maybe, st.lists(st.builds(Answer, _part_code, _maybe), max_size=3).map(tuple), _given
)  # fmt: skip
_materials = st.builds(
    Material, _part_code, _maybe, st.booleans(), st.booleans(), _one_of(codes.FORMS), st.integers(0, 20),
    st.just("") | _one_of(codes.GRADES), _maybe, st.none() | st.just("mz.low-income-household"), _maybe, _maybe, _days,
    _given, _maybe,
)  # fmt: skip
_steps = st.builds(
    Step, _part_code, _maybe, st.just("") | _one_of(codes.TIERS),
    st.none() | _department.filter(lambda department: department != Department()), _days,
    st.lists(_part_code, max_size=2).map(tuple),
)  # fmt: skip
_bounds = st.sampled_from(("", "0", "1.5", "2026-01-31", "today-18y"))
_rules = st.builds(
    Rule, st.just("") | _part_code, _entries, _bounds, _bounds, st.just("") | _one_of(codes.FORMATS)
).map(lambda rule: UNSET if rule == Rule() else rule)  # fmt: skip
_fields = st.builds(
    FormField,
    _part_code,
    _maybe,
    _one_of(codes.FIELD_TYPES),
    st.booleans(),
    _entries,
    st.integers(0, 2000),
    _rules,
    _given,
)

items: st.SearchStrategy[Item] = st.builds(
    Item,
    code=_code,
    name=_maybe,
    item_type=st.just("") | _one_of(codes.ITEM_TYPES),
    level=st.integers(0, 6),
    department=_department,
    served=st.lists(st.integers(1, 6), max_size=3).map(tuple),
    case_type=st.sampled_from((0, 1, 2, 9)),
    legal_basis=_entries,
    situations=_parts(_situations),
    materials=_parts(_materials),
    fields=_parts(_fields),
    steps=_parts(_steps),
    statutory_days=_days,
    promised_days=_days,
    fee=_maybe,
    fee_cents=st.integers(0, 10**6),
    result=st.builds(Result, _maybe, st.just("") | _one_of(codes.RESULT_KINDS)),
    keywords=_entries,
    tolerant=st.booleans(),
    statutory_unit=st.just("") | _one_of(codes.LIMIT_UNITS),
    promised_unit=st.just("") | _one_of(codes.LIMIT_UNITS),
    channels=st.lists(st.sampled_from((1, 2, 3, 4, 9)), min_size=1, max_size=3).map(tuple),
    questions=_parts(_questions),
)
"""Complete or not: whatever the columns of a catalogue file can say."""

bases: st.SearchStrategy[list[BaseItem]] = st.lists(
    st.builds(
        BaseItem, st.from_regex(r"[0-9A-Z]{12}", fullmatch=True), _maybe, st.just("") | _one_of(codes.ITEM_TYPES),
        _entries, st.lists(st.integers(1, 6), max_size=3).map(tuple),
    ),
    max_size=3, unique_by=lambda each: each.code,
)  # fmt: skip
catalogues: st.SearchStrategy[list[Item]] = st.lists(items, min_size=1, max_size=3, unique_by=lambda item: item.code)

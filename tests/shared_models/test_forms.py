"""The form of an item: which fields are asked for, and what fits them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared_models.catalogue import FormField, content_hash, forms, item_of, to_value
from shared_models.catalogue.codes import FIELD_TYPES, FORMATS
from shared_models.catalogue.forms import judge, read
from shared_models.catalogue.items import Rule
from shared_models.refusals import Refusal
from tests.shared_models.catalogue_items import complete_item

DAY = date(2028, 2, 29)

BOUNDS = ("", "0", "-3.5", "2026-01-31", "today", "today-18y", "today+6m", "today-90d", "today+9999y", "no bound")
TYPED = st.text(max_size=12) | st.sampled_from([
    "12", "-3", "１２．５", "2026-3-5", "２０２６年３月５日", "2028-02-30", "川A·12345", "6222 0212 3456 7890 128",
    "635000", "511602196803152328", "91511602MA62B4UC7X", "138 0000 0000", "疾病", " 疾病 ", "张三·买买提", "today",
])  # fmt: skip
RULES = st.builds(
    Rule, st.sampled_from(["", "a", "b"]), st.lists(st.sampled_from(["12", "疾病"]), max_size=2).map(tuple),
    st.sampled_from(BOUNDS), st.sampled_from(BOUNDS), st.sampled_from(["", "unheard", *FORMATS]),
)  # fmt: skip


def fields_of(codes: list[str]) -> st.SearchStrategy[tuple[FormField, ...]]:
    made = (
        st.builds(FormField, st.just(code), st.just(code), st.sampled_from(sorted(FIELD_TYPES)), st.booleans(),
                  st.just(("疾病", "意外")), st.integers(1, 30), RULES)
        for code in codes
    )  # fmt: skip
    return st.tuples(*made)


def field(kind: str, rule: Mapping[str, str], *, required: bool = False) -> FormField:
    return FormField("f", "某项", kind, required, ("疾病", "意外"), 40, msgspec.convert(dict(rule), Rule))


@given(fields_of(["a", "b", "c"]), st.dictionaries(st.sampled_from("abcx"), TYPED), st.dates())
def test_what_was_judged_good_is_judged_good_again_and_stays_as_it_is(
    fields: tuple[FormField, ...], entered: dict[str, str], today: date
) -> None:
    first = judge(fields, entered, today)
    again = judge(fields, first.values, today)
    assert again.values == first.values
    assert set(again.faults) <= set(first.faults)
    assert first.faults or not forms.faults_of(fields, first.values, today)


@given(fields_of(["a", "b", "c"]), st.dictionaries(st.sampled_from("abc"), TYPED), st.dates())
def test_only_what_is_asked_for_is_kept_or_faulted(
    fields: tuple[FormField, ...], entered: dict[str, str], today: date
) -> None:
    found = judge(fields, entered, today)
    assert set(found.values) | set(found.faults) <= set(found.asked)
    assert not set(found.values) & set(found.faults)


@pytest.mark.parametrize(("answer", "asked"), [("", False), ("意外", False), ("疾病", True)])
def test_a_field_is_asked_for_where_another_was_answered_so(answer: str, asked: bool) -> None:
    first = FormField("cause", "原因", "choice", choices=("疾病", "意外"))
    then = FormField("illness", "病名", required=True, rule=Rule(when="cause", among=("疾病",)))
    found = judge((first, then), {"cause": answer, "illness": "感冒"}, DAY)
    assert ("illness" in found.asked, found.values.get("illness")) == (asked, "感冒" if asked else None)
    assert ("illness" in judge((first, then), {"cause": answer}, DAY).faults) == asked


def test_a_kept_answer_that_was_not_to_be_asked_for_is_told() -> None:
    then = FormField("illness", "病名", rule=Rule(when="cause"))
    found = forms.faults_of((FormField("cause", "原因"), then), {"illness": "感冒", "else": "甲"}, DAY)
    assert [(each.code, each.values["label"]) for each in found] == [
        ("forms.not_asked", "病名"),
        ("forms.not_asked", "else"),
    ]


@pytest.mark.parametrize(
    ("kind", "rule", "text", "kept"),
    [
        ("number", {"least": "1", "most": "20"}, "１", "1"),
        ("number", {"least": "0.000001"}, "999999999999999.999999", "999999999999999.999999"),
        ("date", {"least": "2026-01-31", "most": "today"}, "2028年2月29日", "2028-02-29"),
        ("date", {"most": "today-18y"}, "2010.2.28", "2010-02-28"),
        ("date", {"most": "today+6m"}, "2028-08-29", "2028-08-29"),
        ("date", {"least": "today-90d"}, "2027-12-01", "2027-12-01"),
        ("date", {"most": "today+9999y"}, "9999-12-31", "9999-12-31"),
        ("text", {"format": "chinese"}, "买买提·𠮷", "买买提·𠮷"),
        ("text", {"format": "postcode"}, "６３５０００", "635000"),
        ("text", {"format": "bank_card"}, "6222 0212 3456 7890 128", "6222021234567890128"),
        ("text", {"format": "plate"}, "川a·d12345", "川AD12345"),
        ("text", {"format": "digits"}, "007", "007"),
    ],
)
def test_an_answer_within_its_rule_is_kept_in_its_normal_form(
    kind: str, rule: dict[str, str], text: str, kept: str
) -> None:
    assert read(field(kind, rule), text, DAY) == kept


@pytest.mark.parametrize(
    ("kind", "rule", "text", "code"),
    [
        ("text", {}, "", "forms.missing"),
        ("text", {}, "长" * 41, "forms.too_long"),
        ("number", {"least": "1"}, "0.999999", "forms.number_small"),
        ("number", {"most": "20"}, "20.000001", "forms.number_large"),
        ("number", {}, "1e3", "forms.number"),
        ("date", {"least": "today"}, "2028-02-28", "forms.date_early"),
        ("date", {"most": "today-18y"}, "2010-03-01", "forms.date_late"),
        ("date", {}, "2027-02-29", "forms.date"),
        ("choice", {}, "其他", "forms.choice"),
        ("phone", {}, "12", "forms.phone"),
        ("id_number", {}, "511602196803152327", "identifiers.resident_id_check"),
        ("text", {"format": "digits"}, "12a", "forms.digits"),
        ("text", {"format": "chinese"}, "张San", "forms.chinese"),
        ("text", {"format": "postcode"}, "63500", "forms.postcode"),
        ("text", {"format": "credit_code"}, "9151", "identifiers.credit_code_length"),
        ("text", {"format": "bank_card"}, "6222", "forms.bank_card"),
        ("text", {"format": "bank_card"}, "6222021234567890129", "forms.bank_card_check"),
        ("text", {"format": "plate"}, "A12345", "forms.plate"),
    ],
)
def test_an_answer_outside_its_rule_is_refused_by_name(kind: str, rule: dict[str, str], text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(field(kind, rule, required=True), text, DAY)
    assert refused.value.code == code


@given(st.dates(), st.integers(-400, 400), st.sampled_from("dmy"))
@example(date(2028, 2, 29), 1, "y")
@example(date(9999, 12, 31), 1, "d")
def test_a_counted_bound_lies_where_a_calendar_says_or_bounds_nothing(today: date, number: int, unit: str) -> None:
    asked = field("date", {"least": f"today{number:+}{unit}"})
    try:
        read(asked, "0001-01-01", today)
        return  # no bound, or one that lies no later
    except Refusal as refusal:
        least = date.fromisoformat(str(refusal.values["least"]))
    if unit == "d":
        assert least == today + timedelta(days=number)
    else:
        months = (least.year - today.year) * 12 + least.month - today.month
        assert months == number * (12 if unit == "y" else 1)
        last = (least + timedelta(days=1)).day == 1
        assert least.day == today.day or (last and least.day < today.day)


def test_a_field_without_a_rule_has_the_value_and_the_hash_that_it_always_had() -> None:
    value = to_value(complete_item())
    assert all("rule" not in each for each in value["fields"])
    ruled = FormField("n", "人数", "number", rule=Rule(least="1"))
    assert to_value(ruled)["rule"] == {"least": "1"}
    changed = to_value(msgspec.structs.replace(complete_item(), fields=(*complete_item().fields, ruled)))
    assert changed["fields"] == [*value["fields"], {n: v for n, v in to_value(ruled).items() if n != "given"}]
    assert item_of(changed).fields[-1] == ruled
    assert content_hash(changed) == content_hash(to_value(item_of(changed)))

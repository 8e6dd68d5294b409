"""What the audit promises: it finds what was put in and nothing else, in one item and across the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared_models import texts
from shared_models.catalogue import (
    SEVERITY,
    WARNING,
    BaseItem,
    FormField,
    Item,
    Situation,
    Step,
    basic_code,
    check,
    check_base,
    compare,
    content_hash,
    inherited,
    to_value,
)
from shared_models.catalogue.findings import ROOMS
from shared_models.catalogue.items import Rule
from shared_models.catalogue.paths import days_in_all
from shared_models.catalogue.sizes import size, texts_in
from tests.shared_models.catalogue_items import CREDIT, complete_item, items
from tests.shared_models.seeded_catalogues import OTHER_CREDIT, Expected, clean, seeded

GOOD = complete_item()


def audited(catalogue: Sequence[Item], base: Sequence[BaseItem] = ()) -> list[Expected]:
    """Everything that an audit finds, item by item and beside each other."""
    catalogue = [inherited(item, {each.code: each for each in base}) for item in catalogue]
    found = [Expected(item.code, each.code, each.field) for item in catalogue for each in check(item)]
    beside = [Expected(catalogue[number].code, each.code, each.field) for number, each in compare(catalogue, base)]
    return found + beside


@given(seeded())
def test_the_audit_finds_every_seeded_defect_and_no_other(
    made: tuple[list[Item], list[BaseItem], list[Expected]],
) -> None:
    catalogue, base, expected = made
    assert sorted(audited(catalogue, base)) == sorted(expected)


def test_without_a_base_list_nothing_is_missed_in_it() -> None:
    catalogue, _ = clean(3)
    assert audited(catalogue) == []


# ---------------------------------------------------------------- beside the other items


def named(*codes_and_names: tuple[str, str], **changes: Any) -> list[Item]:
    return [
        replace(GOOD, code=code, level=int(code[18]) if len(code) == 31 else 4, name=name, **changes)
        for code, name in codes_and_names
    ]


def codes_of(catalogue: Sequence[Item], base: Sequence[BaseItem] = ()) -> list[tuple[int, str]]:
    return [(number, each.code.removeprefix("catalogue.")) for number, each in compare(catalogue, base)]


CITY, DISTRICT, TOWN = (f"{CREDIT}{level}510599001000" for level in (3, 4, 5))


def test_the_item_of_the_highest_level_is_what_the_others_are_compared_with() -> None:
    catalogue = named((TOWN, "补贴"), (DISTRICT, "补帖"), (CITY, "补贴"))
    assert codes_of(catalogue) == [(1, "name_differs")]
    assert "市级事项" in next(each.sentence() for _, each in compare(catalogue))


def test_the_base_list_is_what_all_are_compared_with_where_there_is_one() -> None:
    base = [BaseItem("510599001000", "补帖", GOOD.item_type, GOOD.legal_basis)]
    catalogue = named((TOWN, "补贴"), (DISTRICT, "补帖"), (CITY, "补贴"))
    assert codes_of(catalogue, base) == [(0, "name_differs"), (2, "name_differs")]


def test_what_an_item_does_not_say_differs_from_nothing() -> None:
    upper, lower = named((CITY, "补贴"), (DISTRICT, "补贴"))
    assert codes_of([upper, replace(lower, legal_basis=(), item_type="")]) == []


def test_the_order_of_the_legal_basis_does_not_matter() -> None:
    two = ("《甲法》第一条", "《乙法》第二条")
    upper, lower = named((CITY, "补贴"), (DISTRICT, "补贴"))
    assert codes_of([replace(upper, legal_basis=two), replace(lower, legal_basis=two[::-1])]) == []


def test_one_name_with_two_basic_codes_is_told_at_the_second_of_them() -> None:
    catalogue = named((DISTRICT, "临时救助（市）"), (DISTRICT[:-4] + "2000", "临时救助(市)"), (CITY, "临时救助（市）"))
    assert codes_of(catalogue) == [(1, "name_several_codes")]


def test_a_code_of_the_provincial_platform_has_its_local_code_for_a_basic_one() -> None:
    code = f"1J-5100-00027-511602000000-000-{CREDIT}-1-00"
    assert basic_code(code) == "1J-5100-00027"
    assert basic_code(DISTRICT) == "510599001000"
    assert basic_code("510599001000") == basic_code("E-000004-001-11511301008778386B") == ""


def test_what_the_own_department_issues_is_not_held_elsewhere() -> None:
    catalogue, base = clean(1)
    holder = catalogue[-1]
    asking = replace(holder.materials[2], name="残疾人证")
    catalogue[-1] = replace(holder, materials=(*holder.materials[:2], asking))
    assert holder.department.code == OTHER_CREDIT
    assert audited(catalogue, base) == []


@pytest.mark.parametrize(
    ("code", "field", "changes"),
    [
        ("base_code_malformed", "code", {"code": "51059900100"}),
        ("name_missing", "name", {"name": ""}),
        ("choice_unknown", "item_type", {"item_type": "77"}),
        ("basis_missing", "legal_basis", {"legal_basis": ()}),
        ("served_missing", "served", {"served": ()}),
        ("text_malformed", "name", {"name": "补 贴 "}),
    ],
)
def test_what_is_wrong_with_the_base_list_is_named_at_its_field(code: str, field: str, changes: dict[str, Any]) -> None:
    sound = BaseItem("510599001000", "补贴", "05", ("《甲法》第一条",), (1,))
    assert check_base(sound) == []
    assert [(each.code, each.field) for each in check_base(replace(sound, **changes))] == [(f"catalogue.{code}", field)]


# ---------------------------------------------------------------- steps


def steps(*told: str) -> tuple[Step, ...]:
    """`3<1,2` is step 3, which waits for 1 and 2; each takes two days."""
    made = []
    for each in told:
        code, _, after = each.partition("<")
        made.append(Step(code, f"环节{code}", "district", None, 2, tuple(after.split(",")) if after else ()))
    return tuple(made)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (["1", "2", "3"], []),
        (["1", "2", "3<1", "4<2,3"], []),
        (["1", "2<1", "3<1", "4<1", "5<2,3,4"], []),
        (["1", "2", "3<1"], [("step_dead_end", "steps/1/after")]),
        (["1", "2<3", "3<2"], [("step_cycle", "steps/1/after"), ("step_cycle", "steps/2/after")]),
        (["1<1", "2"], [("step_cycle", "steps/0/after")]),
        (["1", "2<9"], [("step_unknown_before", "steps/1/after")]),
        (["1", "2<1", "3<4", "4<3", "5<2"], [("step_cycle", "steps/2/after"), ("step_cycle", "steps/3/after")]),
    ],
)  # fmt: skip
def test_steps_that_wait_for_themselves_or_lead_nowhere_are_told(told: list[str], found: list[tuple[str, str]]) -> None:
    item = replace(GOOD, steps=steps(*told))
    rooms = ROOMS["steps"]
    assert [(each.code.removeprefix("catalogue."), each.field) for each in check(item) if each.code in rooms] == found


def test_parallel_steps_take_as_long_as_the_longest_of_them() -> None:
    assert days_in_all(steps("1", "2", "3")) == 6
    assert days_in_all(steps("1", "2<1", "3<1", "4<2,3")) == 6
    assert days_in_all(steps("4<2,3", "1", "2<1", "3<2")) == 8
    assert days_in_all(steps("1<2", "2<1")) >= 2


@given(items)
def test_any_steps_can_be_audited(item: Item) -> None:
    assert days_in_all(item.steps) >= max((step.limit_days or 0 for step in item.steps), default=0)


# ---------------------------------------------------------------- texts, and what a value leaves out


_odd = st.sampled_from(["", " ", "甲", "a ", " a", "a;b", "；", '"', "\\", "\n", "\u3000", "\u202e", "长" * 501, "a b"])


@given(items, _odd, _odd, st.integers(0, 70))
def test_one_look_at_the_whole_finds_what_a_look_at_every_text_finds(
    item: Item, text: str, entry: str, many: int
) -> None:
    item = replace(
        item, fee=text, keywords=(entry, *item.keywords), situations=(*item.situations, Situation("S", text)),
        fields=(*item.fields, FormField("f", entry, choices=("甲",) * many, rule=Rule(among=(entry,) * many))),
    )  # fmt: skip
    assert list(size(item)) == list(texts_in(to_value(item), ""))


def test_an_item_of_a_former_version_keeps_its_value_and_its_hash() -> None:
    value = to_value(GOOD)
    assert not {"statutory_unit", "promised_unit", "channels"} & set(value)
    assert all("after" not in step for step in value["steps"])
    assert all(not {"where", "valid_days", "given", "sample"} & set(material) for material in value["materials"])
    assert "questions" not in value
    assert content_hash(value) == "E7hYlJG2mzOrrL53I1hPvs1rJG0UJ8cdb1e1S7XH-NQ"
    said = to_value(replace(GOOD, channels=(1, 2), statutory_unit=""))
    assert (said["channels"], said["statutory_unit"]) == ([1, 2], "")


# ---------------------------------------------------------------- the rooms


def test_every_finding_stands_in_one_room_and_has_its_sentence() -> None:
    assert len(SEVERITY) == sum(map(len, ROOMS.values()))
    assert [code for code in SEVERITY if code not in texts.sentences()] == []


def test_what_only_shows_beside_other_items_keeps_nothing_from_being_published() -> None:
    beside = ("not_in_base", "name_differs", "name_several_codes", "material_held_elsewhere")
    assert {SEVERITY[f"catalogue.{code}"] for code in beside} == {WARNING}

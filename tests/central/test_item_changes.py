"""One change of one item: what a form says goes where it belongs, and nothing of somebody else's is overwritten."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.catalogue_files.columns import OWNER, SHEETS
from central.editing.changing import (
    ADD,
    DOWN,
    REMOVE,
    SET,
    UP,
    Edit,
    changed,
    changed_fields,
    empty_entry,
    entry_of,
    mark_of,
    placed,
    too_large,
    value_of,
)
from central.editing.fields import HEAD, PARTS, at
from shared_models.catalogue import Item, check, to_value
from shared_models.refusals import Refusal
from tests.shared_models.catalogue_items import complete_item, items

ITEM = complete_item()


def told(item: Item, part: str, place: int = -1, **other: object) -> dict[str, object]:
    """What the form of a part says where only the `other` fields were changed (`department__name` for a path)."""
    entry = entry_of(value_of(item), part, place) or empty_entry(value_of(item), PARTS[part])
    said = {}
    for field in PARTS[part].fields:
        held = at(entry, field.path)
        text = "、".join(field.chosen(entry)) if field.control == "boxes" else field.shown(entry)
        said[field.path] = field.column.kind.read(text if held is not None else "")
    return {**said, **{path.replace("__", "/"): value for path, value in other.items()}}


def set_entry(item: Item, part: str, place: int = -1, **other: object) -> Edit:
    entry = entry_of(value_of(item), part, place)
    assert entry is not None
    return Edit(part, SET, place, mark_of(entry, part), told(item, part, place, **other))


def refusal(item: Item, edit: Edit) -> str:
    with pytest.raises(Refusal) as caught:
        changed(item, edit)
    return caught.value.code


def test_every_column_of_a_catalogue_file_can_be_edited() -> None:
    for sheet in SHEETS:
        columns = [column.path for column in sheet.columns if column.path != OWNER]
        assert [field.path for field in PARTS[sheet.part].fields] == columns


@settings(max_examples=8)
@given(items, st.data())
def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(item: Item, data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(sorted(PARTS)))
    entries = value_of(item).get(part, [])
    if part != HEAD and not entries:
        return
    place = -1 if part == HEAD else data.draw(st.integers(0, len(entries) - 1))
    assert to_value(changed(item, set_entry(item, part, place))) == to_value(item)


def test_one_field_is_changed_and_all_else_stays() -> None:
    after = changed(ITEM, set_entry(ITEM, HEAD, promised_days=5, department__name="广安区残联"))
    assert (after.promised_days, after.department.name) == (5, "广安区残联")
    assert after.materials == ITEM.materials
    assert after.name == ITEM.name
    step = changed(ITEM, set_entry(ITEM, "steps", 1, limit_days=3)).steps[1]
    assert (step.limit_days, step.department) == (3, None)


def test_entries_are_added_moved_and_removed() -> None:
    added = changed(ITEM, Edit("materials", ADD, values=told(ITEM, "materials", name="照片")))
    assert [each.code for each in added.materials] == ["M1", "M2", "M3", "M4"]
    marks = [mark_of(entry, "materials") for entry in value_of(added)["materials"]]
    moved = changed(added, Edit("materials", UP, 3, marks[3]))
    assert [each.code for each in moved.materials] == ["M1", "M2", "M4", "M3"]
    same = changed(added, Edit("materials", DOWN, 3, marks[3]))
    assert same == added
    gone = changed(added, Edit("materials", REMOVE, 0, marks[0]))
    assert [each.code for each in gone.materials] == ["M2", "M3", "M4"]


def test_what_others_do_elsewhere_does_not_disturb_and_a_moved_entry_is_found() -> None:
    mine = set_entry(ITEM, "materials", 0, source="户籍派出所")
    theirs = changed(ITEM, set_entry(ITEM, HEAD, fee="每件 10 元"))
    theirs = changed(theirs, Edit("materials", DOWN, 0, mine.mark))
    both = changed(theirs, mine)
    assert both.fee == "每件 10 元"
    assert (both.materials[1].code, both.materials[1].source) == ("M1", "户籍派出所")


@pytest.mark.parametrize(("part", "place"), [(HEAD, -1), ("materials", 0)])
def test_the_later_of_two_changes_of_one_entry_is_refused_and_shown_the_other(part: str, place: int) -> None:
    mine = set_entry(ITEM, part, place, name="我的")
    theirs = changed(ITEM, set_entry(ITEM, part, place, name="别人的"))
    assert refusal(theirs, mine) == "editing.changed_meanwhile"
    entry = entry_of(value_of(theirs), part, place)
    assert entry is not None
    assert changed_fields(PARTS[part], entry, mine.values) == {"name": "别人的"}


def test_an_entry_that_somebody_else_removed_is_not_changed() -> None:
    mine = set_entry(ITEM, "steps", 1, name="复核")
    theirs = changed(ITEM, Edit("steps", REMOVE, 1, mine.mark))
    assert refusal(theirs, mine) == "editing.entry_gone"


def test_a_rule_leaves_no_trace_once_its_fields_are_empty() -> None:
    ruled = changed(ITEM, set_entry(ITEM, "fields", 1, rule__when="kind", rule__among=["视力"]))
    assert to_value(ruled)["fields"][1]["rule"] == {"when": "kind", "among": ["视力"]}
    assert to_value(changed(ruled, set_entry(ruled, "fields", 1, rule__when="", rule__among=[]))) == to_value(ITEM)


@settings(max_examples=8)
@given(items)
def test_every_finding_has_its_place_on_a_page(item: Item) -> None:
    for each in placed(check(item)):
        entries = value_of(item).get(each.part, [])
        assert each.part in PARTS
        assert each.place == -1 or each.place < len(entries)
        if each.field:
            assert each.field in {field.name for field in PARTS[each.part].fields}


def test_what_is_too_long_is_not_kept_and_what_was_so_before_is_no_hindrance() -> None:
    long = changed(ITEM, set_entry(ITEM, HEAD, fee="费" * 501))
    assert [finding.field for finding in too_large(ITEM, long)] == ["fee"]
    assert too_large(long, changed(long, set_entry(long, HEAD, promised_days=1))) == []

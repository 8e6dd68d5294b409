"""What the two layers promise: the same at every level by construction, and nothing taken from who says it himself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared_models.catalogue import (
    BaseItem,
    Item,
    base_change,
    basic_code,
    check,
    compare,
    inherited,
    inherits,
)
from tests.shared_models.catalogue_items import CREDIT, bases, complete_item, items

BASIC = "510599001000"
ENTRY = BaseItem(BASIC, "残疾人生活补贴", "05", ("《中华人民共和国残疾人保障法》第四十八条",), (1, 4))
LEVELS = [
    replace(
        complete_item(), code=f"{CREDIT}{level}{BASIC}", level=level, name="", item_type="", legal_basis=(), served=()
    )
    for level in (3, 4, 5)
]  # fmt: skip


def test_items_that_inherit_are_the_same_at_every_level() -> None:
    base = {BASIC: ENTRY}
    whole = [inherited(item, base) for item in LEVELS]
    assert {(item.name, item.item_type, item.legal_basis, item.served) for item in whole} == {ENTRY_PARTS}
    assert list(compare(whole, [ENTRY])) == []
    later = {BASIC: replace(ENTRY, name="残疾人两项补贴")}
    assert {inherited(item, later).name for item in LEVELS} == {"残疾人两项补贴"}


ENTRY_PARTS = (ENTRY.name, ENTRY.item_type, ENTRY.legal_basis, ENTRY.served)


def test_without_an_entry_the_audit_says_what_is_missing() -> None:
    lacking = {finding.field for finding in check(inherited(LEVELS[1], {}))}
    assert lacking == {"name", "item_type", "legal_basis", "served"}
    assert check(inherited(LEVELS[1], {BASIC: ENTRY})) == []


@given(items, bases)
def test_what_an_item_says_itself_stands(item: Item, base: list[BaseItem]) -> None:
    entry = replace(base[0], code=basic_code(item.code)) if base else None
    whole = inherited(item, {entry.code: entry} if entry else {})
    for name in ("name", "item_type", "legal_basis", "served"):
        own = getattr(item, name)
        assert getattr(whole, name) == (own or (getattr(entry, name) if entry else own))
    assert whole == item or inherits(item)
    assert replace(whole, name=item.name, item_type=item.item_type, legal_basis=item.legal_basis,
                   served=item.served) == item  # fmt: skip


@given(bases, bases, st.booleans())
def test_a_change_turns_the_list_that_is_held_into_the_one_that_was_given(
    held: list[BaseItem], given_: list[BaseItem], emptied: bool
) -> None:
    before = {entry.code: entry for entry in held}
    change = base_change(before, given_, before if emptied else ())
    after = {code: entry for code, entry in before.items() if code not in change.removed}
    after |= {entry.code: entry for entry in change.set}
    for entry in given_:
        assert after.get(entry.code, entry) == entry
    assert set(change.removed) == (set(before) if emptied else set())
    assert not base_change(before, held).any

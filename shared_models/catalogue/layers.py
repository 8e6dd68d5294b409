"""The two layers of a catalogue: the base list, and the implementation items of a level and an area.

What an implementation item leaves empty of name, type, legal basis and whom it serves is what the base list says of its
basic code. So an item that inherits is the same at every level by construction; what it says itself stands, and the
audit compares it (`comparing`). What is published holds all values: whoever reads an item needs no base list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from shared_models.catalogue.comparing import basic_code
from shared_models.catalogue.items import BaseItem, Item

BaseList = Mapping[str, BaseItem]
"""Basic code -> entry."""


def inherits(item: Item) -> bool:
    """Whether `item` leaves anything to the base list."""
    return not (item.name and item.item_type and item.legal_basis and item.served)


def inherited(item: Item, base: BaseList) -> Item:
    """`item` with what it leaves to the base list; as it is where it leaves nothing, or stands in none."""
    entry = base.get(basic_code(item.code)) if inherits(item) else None
    if entry is None:
        return item
    return replace(
        item,
        name=item.name or entry.name,
        item_type=item.item_type or entry.item_type,
        legal_basis=item.legal_basis or entry.legal_basis,
        served=item.served or entry.served,
    )


class BaseChange(NamedTuple):
    """What turns one base list into the next: entries that are new or other, and codes that leave."""

    set: tuple[BaseItem, ...]
    removed: tuple[str, ...]

    @property
    def any(self) -> bool:
        return bool(self.set or self.removed)


def base_change(held: BaseList, entries: Iterable[BaseItem], removed: Iterable[str] = ()) -> BaseChange:
    """What `entries` change in the list that is held, which keeps all others but for those `removed`."""
    new = tuple(entry for entry in entries if held.get(entry.code) != entry)
    return BaseChange(new, tuple(sorted({code for code in removed if code in held})))

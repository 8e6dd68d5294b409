"""What is other in one item than in another, cell by cell, in the words of a catalogue file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import to_builtins

from central.catalogue_files.columns import ITEMS, OWNER, SHEETS, Sheet
from central.catalogue_files.layouts import cell_at
from shared_models.catalogue import Item

TEXT_SHOWN_MAX = 300


class Cell(NamedTuple):
    """A cell that differs: the heading, the sheet and the code of the part that it belongs to ("" for the item's own),
    and what stands there before and after, "" = nothing. A part that is new or gone has no heading."""

    sheet: str
    part: str
    heading: str
    before: str
    after: str


def differences(before: Item, after: Item) -> list[Cell]:
    """The cells in which `after` is other than `before`, in the order of the sheets. Both have the same code."""
    old, new = to_builtins(before), to_builtins(after)
    return [cell for sheet in SHEETS for cell in (_parts if sheet.part else _own)(sheet, old, new)]


def _own(sheet: Sheet, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Cell]:
    return _cells(sheet, "", old, new)


def _parts(sheet: Sheet, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Cell]:
    """Parts are the same where their codes are; what follows upon what is told of those that stay."""
    were = {part["code"]: part for part in old[sheet.part]}
    are = {part["code"]: part for part in new[sheet.part]}
    for code, part in were.items():
        if code not in are:
            yield Cell(sheet.name, code, "", _name(sheet, part), "")
    for code, part in are.items():
        if code in were:
            yield from _cells(sheet, code, were[code], part)
        else:
            yield Cell(sheet.name, code, "", "", _name(sheet, part))
    stay = [code for code in were if code in are]
    moved = [code for code in are if code in were]
    if stay != moved:
        yield Cell(sheet.name, "", "顺序", "、".join(stay)[:TEXT_SHOWN_MAX], "、".join(moved)[:TEXT_SHOWN_MAX])


def _cells(sheet: Sheet, part: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Cell]:
    for column in sheet.columns:
        if column.path == OWNER:
            continue
        before, after = cell_at(column, old), cell_at(column, new)
        if before != after:
            name = "" if sheet is ITEMS else sheet.name
            yield Cell(name, part, column.heading, str(before)[:TEXT_SHOWN_MAX], str(after)[:TEXT_SHOWN_MAX])


def _name(sheet: Sheet, part: dict[str, Any]) -> str:
    """What a part is called: its first cell after its own code."""
    column = next(column for column in sheet.columns if column.path in ("name", "label", "text"))
    return str(cell_at(column, part)) or str(part["code"])

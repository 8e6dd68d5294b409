"""What was read of each item of a file, kept small: some kilobytes become some hundred bytes.

A row is kept as the list of its values, packed with the rows of the same item beside it; only where an item is looked
at does it become a value again. So a catalogue of a whole city, 66,000 items with 400,000 materials, is read in a few
hundred megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

import msgspec

from central.catalogue_files.columns import OWNER, SHEETS, Column, Sheet
from shared_models.catalogue import Item, item_of

_PARTS = tuple(sheet.part for sheet in SHEETS)
_NONE = (0,) * len(_PARTS)
Places = dict[tuple[str, int], tuple[str, int]]
"""(part, index) -> (table, row): where each part of an item stands; ("", 0) is the item itself."""


class Fields:
    """Where the values of a row go in its JSON value: worked out once for all rows of a table."""

    def __init__(self, columns: Sequence[Column]) -> None:
        paths = [(number, column.path.partition("/"), column.optional) for number, column in enumerate(columns)]
        self._flat = [(number, path[0]) for number, path, optional in paths if not path[2] and not optional]
        self._others = [each for each in paths if each[1][2] or each[2]]

    def value(self, values: Sequence[Any]) -> dict[str, Any]:
        """The JSON value of a row."""
        value = {name: values[number] for number, name in self._flat}
        for number, (head, _, rest), optional in self._others:
            read = values[number]
            if not read and optional:
                continue
            if rest:
                value.setdefault(head, {})[rest] = read
            else:
                value[head] = read
        return value


class Shape(NamedTuple):
    """What the rows of a table are: those of a sheet, or, without a sheet, whole values of items."""

    table: str
    sheet: Sheet | None = None
    fields: Fields = Fields(())


class Shelf:
    """Packed rows by the code of their item, in the order in which the items came."""

    def __init__(self) -> None:
        self._packed: dict[str, list[bytes]] = {}
        self._shapes: list[Shape] = []
        self._counts: dict[str, list[int]] = {}
        self._open: tuple[str, int, list[int], list[Any]] | None = None

    def __len__(self) -> int:
        return len(self._packed)

    def __contains__(self, code: object) -> bool:
        return code in self._packed

    def shape(self, shape: Shape) -> int:
        """The number under which rows of this shape are put."""
        self._shapes.append(shape)
        return len(self._shapes) - 1

    def put(self, code: str, shape: int, row: int, values: Any) -> None:
        """Puts a row of an item: its first is the item itself, those that follow are parts of it."""
        sheet = self._shapes[shape].sheet
        if sheet is not None and sheet.part:
            self._counts.setdefault(code, [*_NONE])[_PARTS.index(sheet.part)] += 1
        if self._open is not None and self._open[:2] == (code, shape):
            self._open[2].append(row)
            self._open[3].append(values)
            return
        self._close()
        self._packed.setdefault(code, [])
        self._open = (code, shape, [row], [values])

    def _close(self) -> None:
        if self._open is not None:
            code, shape, rows, values = self._open
            self._packed[code].append(msgspec.msgpack.encode((shape, rows, values)))
            self._open = None

    def parts(self, code: str, part: str) -> int:
        """How many parts of this sort an item has so far."""
        return self._counts.get(code, _NONE)[_PARTS.index(part)]

    def codes(self) -> list[str]:
        return list(self._packed)

    def value(self, code: str) -> tuple[dict[str, Any], Places]:
        """The value of an item as far as it was read, and where its rows stand."""
        self._close()
        value: dict[str, Any] = {}
        places: Places = {}
        for packed in self._packed[code]:
            number, rows, entries = msgspec.msgpack.decode(packed)
            shape = self._shapes[number]
            if shape.sheet is None:
                value, places = entries[0], _places_of(entries[0], (shape.table, rows[0]))
            elif not shape.sheet.part:
                value, places["", 0] = shape.fields.value(entries[0]), (shape.table, rows[0])
            else:
                part = shape.sheet.part
                _add(value.setdefault(part, []), places, shape, part, rows, entries)
        return value, places


def _add(parts: list[Any], places: Places, shape: Shape, part_name: str, rows: list[int], entries: list[Any]) -> None:
    for row, entry in zip(rows, entries, strict=True):
        part = shape.fields.value(entry)
        part.pop(OWNER, None)
        if not any((part.get("department") or {}).values()):
            part.pop("department", None)
        places[part_name, len(parts)] = (shape.table, row)
        parts.append(part)


def _places_of(value: dict[str, Any], place: tuple[str, int]) -> Places:
    """All parts of a value that came whole stand where it does."""
    lists = ((part, each) for part, each in value.items() if isinstance(each, list))
    return {("", 0): place, **{(part, index): place for part, each in lists for index in range(len(each))}}


class ItemsRead(Sequence[Item]):
    """The items on a shelf, made anew whenever they are looked at."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._codes = shelf.codes()

    def __len__(self) -> int:
        return len(self._codes)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, index: int | slice) -> Item | tuple[Item, ...]:
        if isinstance(index, slice):
            return tuple(map(self._item, self._codes[index]))
        return self._item(self._codes[index])

    def __iter__(self) -> Iterator[Item]:
        return map(self._item, self._codes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # it is compared by what it holds

    def _item(self, code: str) -> Item:
        return item_of(self._shelf.value(code)[0])

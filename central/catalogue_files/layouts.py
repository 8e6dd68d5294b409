"""How the columns of a sheet are headed and filled on the way out: in our own names, or in those of GB/T 39046."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from central.catalogue_files.columns import Column, Sheet
from central.catalogue_files.standard import NAMES, Name

Value = dict[str, Any]
Cell = str | int


class Written(NamedTuple):
    """A column of a file: its heading, what it is in our sheets, what a row's value gives for it, and the choices that
    are offered."""

    heading: str
    column: Column
    cell: Callable[[Value], Cell]
    choices: Sequence[str]


Layout = Callable[[Sheet], list[Written]]


def own(sheet: Sheet) -> list[Written]:
    """Our own columns."""
    return [_own(column) for column in sheet.columns]


def standard(sheet: Sheet) -> list[Written]:
    """The same under the names of GB/T 39046-2020, where it has one; words and code in columns of their own."""
    return [written for column in sheet.columns for written in _named(column, NAMES.get((sheet.name, column.heading)))]


def _own(column: Column) -> Written:
    return Written(column.heading, column, partial(cell_at, column), column.kind.choices)


def _named(column: Column, name: Name | None) -> list[Written]:
    if name is None:
        return [_own(column)]
    if not name.code:
        flag = name.words.startswith("是否")
        cell = partial(_flag, column) if flag else partial(cell_at, column)
        return [Written(name.words, column, cell, ("1", "0") if flag else column.kind.choices)]
    words, code = partial(_words, column), partial(_codes, column)
    return [Written(name.words, column, words, ()), Written(name.code, column, code, ())]


def cell_at(column: Column, value: Value) -> Cell:
    """What the cell of a column holds for the value of a row."""
    held = _at(value, column.path)
    cell: Cell = "" if held is None else column.kind.write(held)
    return cell


def _at(value: Value | None, path: str) -> Any:
    head, _, rest = path.partition("/")
    inner = None if value is None else value.get(head)
    return _at(inner, rest) if rest else inner


def _flag(column: Column, value: Value) -> str:
    return {"是": "1", "否": "0"}.get(str(cell_at(column, value)), "")


def _words(column: Column, value: Value) -> str:
    """`行政给付` of `05 行政给付`, of each of several."""
    return "、".join(label.partition(" ")[2] or label for label in str(cell_at(column, value)).split("、"))


def _codes(column: Column, value: Value) -> str:
    """`05` of it; several are parted by commas."""
    labels = re.split("、", str(cell_at(column, value)))
    return ",".join(label.partition(" ")[0] for label in labels)

"""Cells and values: the kinds of cell that a catalogue file knows.

A cell is what a spreadsheet gives: text, a number, a truth value, a date, or None. `read` returns the value or raises
a Refusal that becomes a fault of that cell; `write` gives text or a whole number. read(write(value)) == value.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared_models.catalogue import codes
from shared_models.refusals import Refusal

Cell = str | int | float | bool | datetime.date | datetime.time | datetime.timedelta | None

_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))
_SPACES = str.maketrans("\u00a0\u3000\t", "   ")
_DAMAGED_CODE = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)
_YES, _NO = ("是", "√", "y", "yes", "true", "1"), ("否", "×", "n", "no", "false", "0")


@dataclass(frozen=True)
class Kind:
    """How one sort of cell is read and written; `choices` are offered as a list in the workbook. `table` is where the
    codes of a cell come from, of which it may hold `several`; `lines` = it may hold several lines."""

    read: Callable[[Cell], Any]
    write: Callable[[Any], str | int] = str
    choices: tuple[str, ...] = ()
    table: codes.Table | None = None
    several: bool = False
    lines: bool = False


class CellReader:
    """Reads cells of one kind, and remembers what it read: most cells of a column are like another. Raises Refusal for
    a cell that cannot be taken, and for one that is taken otherwise than it stands."""

    _REMEMBERED_MAX = 4096
    _CHARACTERS_MAX = 40

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._known: dict[str, Any] = {}

    def read(self, cell: Cell) -> Any:
        if type(cell) is not str:
            return self._read(cell)
        try:
            return self._known[cell]
        except KeyError:
            value = self._read(cell)
            if len(cell) <= self._CHARACTERS_MAX and len(self._known) < self._REMEMBERED_MAX:
                self._known[cell] = value
            return value

    def _read(self, cell: Cell) -> Any:
        if self._kind is ITEM_TYPE and (taken := zero_lost(cell)):
            raise Refusal("catalogue.cell_zero_lost", value=plain(cell), taken=taken)
        return self._kind.read(cell)


def clean(text: str) -> str:
    """`text` without invisible characters, odd spaces and line ends of other systems, and nothing around it."""
    return text.translate(_INVISIBLE).translate(_SPACES).replace("\r\n", "\n").replace("\r", "\n").strip()


def plain(cell: Cell) -> str:
    """A cell as text: whole numbers without a point. Raises Refusal for a date."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return clean(cell)
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        return str(int(cell)) if float(cell).is_integer() else str(cell)
    raise Refusal("catalogue.cell_date", value=str(cell)[:40])


def zero_lost(cell: Cell) -> str:
    """The two digits of 事项类型 that this cell held before a spreadsheet took its zero, or ""."""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    return f"0{text}" if f"0{text}" in codes.ITEM_TYPES else ""


def label(table: codes.Table, key: str) -> str:
    """A code as a cell shows it: `05 行政给付`; the label alone where it repeats the code or the code is a word."""
    if key not in table:
        return key
    words = table[key][0]
    return words if words.startswith(key) or len(key) > 2 else f"{key} {words}"


def labels(table: codes.Table) -> tuple[str, ...]:
    return tuple(label(table, key) for key in table)


def _key(table: codes.Table, text: str) -> str:
    """The code meant by `05`, `行政给付` or `05 行政给付`. Raises Refusal; "" stays ""."""
    if not text:
        return ""
    for key, (words, _) in table.items():
        if text in (key, words, label(table, key)) or text.split()[0] == key:
            return key
    raise Refusal("catalogue.choice_unknown", value=text[:40], known="、".join(labels(table)))


def _code(cell: Cell) -> str:
    """A long code: a number has lost its leading zeros or its last digits, so it is refused."""
    text = plain(cell)
    if (isinstance(cell, int | float) and not isinstance(cell, bool)) or _DAMAGED_CODE.fullmatch(text):
        raise Refusal("catalogue.cell_code_as_number", value=text[:40])
    return text


def _entries(cell: Cell) -> list[str]:
    return [entry for entry in map(clean, re.split(r"[\n;；]", plain(cell))) if entry]


def _codes(cell: Cell) -> list[str]:
    return [entry for entry in re.split(r"[\s,，、;；]+", plain(cell)) if entry]


def number(default: int | None = None) -> Kind:
    """A whole number of 0 or more; an empty cell is `default`."""

    def read(cell: Cell) -> int | None:
        text = plain(cell)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise Refusal("catalogue.cell_not_a_number", value=text[:40])
        return int(text)

    return Kind(read, lambda value: "" if value is None else int(value))


def flag(default: bool) -> Kind:
    """Yes or no; an empty cell is `default`."""

    def read(cell: Cell) -> bool:
        text = plain(cell).casefold()
        if text and text not in _YES + _NO:
            raise Refusal("catalogue.cell_not_a_flag", value=text[:40])
        return text in _YES if text else default

    return Kind(read, lambda value: "是" if value else "否", ("是", "否"))


def chosen(table: codes.Table, default: str = "") -> Kind:
    """A code of a table; an empty cell is `default`."""
    return Kind(lambda cell: _key(table, plain(cell)) or default, lambda key: label(table, key), labels(table), table)


def chosen_number(table: codes.Table) -> Kind:
    """A code of a table whose codes are single digits, as an integer; an empty cell is 0."""
    return Kind(
        lambda cell: int(_key(table, plain(cell)) or 0),
        lambda key: label(table, str(key)) if key else "",
        labels(table),
        table,
    )


def chosen_numbers(table: codes.Table, default: Sequence[int] = ()) -> Kind:
    """Several codes of such a table, parted by a comma, semicolon or line; an empty cell is `default`."""

    def read(cell: Cell) -> list[int]:
        entries = map(clean, re.split(r"[\n,，、;；]+", plain(cell)))
        return [int(_key(table, entry)) for entry in entries if entry] or list(default)

    return Kind(read, lambda keys: "、".join(label(table, str(key)) for key in keys), (), table, several=True)


TEXT = Kind(plain)
LONG_CODE = Kind(_code)
FACT = Kind(lambda cell: _code(cell) or None, lambda fact: fact or "")
ENTRIES = Kind(_entries, "\n".join, lines=True)
"""A list of texts: one a line, or parted by semicolons."""
PART_CODES = Kind(_codes, "、".join)
"""A list of short codes, parted by anything that is none."""
ITEM_TYPE = Kind(
    lambda cell: zero_lost(cell) or _key(codes.ITEM_TYPES, plain(cell)),
    lambda key: label(codes.ITEM_TYPES, key),
    labels(codes.ITEM_TYPES),
    codes.ITEM_TYPES,
)


def _answers(cell: Cell) -> list[dict[str, str]]:
    lines = (line.split(None, 1) for line in plain(cell).split("\n") if line.strip())
    return [{"code": code, "label": clean("".join(label))} for code, *label in lines]


ANSWERS = Kind(
    _answers,
    lambda answers: "\n".join(f"{each['code']} {each['label']}".strip() for each in answers),
    lines=True,
)
"""The answers of a question: one a line, code and words."""


def _given(cell: Cell) -> list[list[dict[str, Any]]]:
    ways = [clean(way) for way in re.split(r"[\n;；]", plain(cell))]
    return [[_answered(part) for part in re.split(r"[+＋]", way)] for way in ways if way]


def _answered(text: str) -> dict[str, Any]:
    question, _, among = unicodedata.normalize("NFKC", text).partition("=")
    return {"question": question.strip(), "among": [code.strip() for code in among.split("/") if code.strip()]}


def _written(ways: Sequence[Sequence[dict[str, Any]]]) -> str:
    return "\n".join("+".join(_one(each) for each in way) for way in ways)


def _one(each: dict[str, Any]) -> str:
    return f"{each['question']}={'/'.join(each['among'])}" if each["among"] else str(each["question"])


GIVEN = Kind(_given, _written, lines=True)
"""The answers that something depends on, such as `Q1=yes/no+Q2=a`: one way a line, what must meet parted by +."""

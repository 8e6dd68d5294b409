"""The export of the provincial platform: department, group, name, area and codes, but no materials, limits or basis.

Its item code reads `local code-area-000-credit code of the department-1-00`. Rows are real and have real defects, so
each becomes a draft under the code it has, and what is malformed in it is said at its cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from central.catalogue_files.cells import Cell, plain, zero_lost
from central.catalogue_files.report import Fault
from central.catalogue_files.tables import Row, Table
from shared_models import identifiers
from shared_models.catalogue import codes
from shared_models.catalogue.comparing import PLATFORM_CODE
from shared_models.refusals import Refusal

CODE = "item_code"
HEADER = ("department", "group", "name", "area_code", CODE, "task_type", "dept_code")
HEADINGS = {
    "code": CODE,
    "name": "name",
    "item_type": "task_type",
    "level": "area_code",
    "department/code": "dept_code",
}
"""Where the export has the value at a path of an item."""
_PATHS = {column: path for path, column in HEADINGS.items()}
UNGROUPED = "未分类"

_LEVELS = {"city": 3, "district": 4, "street": 5, "community": 6}


@dataclass(frozen=True)
class Draft:
    """One row: its number, the item's value, and what is malformed in the row."""

    row: int
    value: dict[str, Any]
    faults: tuple[Fault, ...]


def is_export(table: Table) -> bool:
    return set(HEADER) <= set(table.header)


def drafts(table: Table) -> Iterator[Draft]:
    """The rows as drafts, in their order."""
    for row in table.rows:
        reader = _RowReader(table, row)
        yield Draft(row.number, reader.value(), tuple(reader.faults))


class _RowReader:
    """Reads one row and collects what is wrong in it."""

    def __init__(self, table: Table, row: Row) -> None:
        self.faults: list[Fault] = []
        self._sheet, self._row = table.name, row.number
        self._cells: dict[str, Cell] = {}
        for number, (heading, cell) in enumerate(zip(table.header, row.cells, strict=False)):
            if number in row.marks:
                self.fault(heading, row.marks[number])
            else:
                self._cells[heading] = cell

    def fault(self, column: str, code: str, **values: str | int) -> None:
        item, path = str(self._cells.get(CODE) or ""), _PATHS.get(column, "")
        self.faults.append(Fault(self._sheet, self._row, column, code, values, item, path))

    def value(self) -> dict[str, Any]:
        code, group = self._text(CODE), self._text("group")
        parts = PLATFORM_CODE.fullmatch(code)
        inside = self._credit_inside(code, parts)
        return {
            "code": code,
            "name": self._text("name"),
            "item_type": self._item_type(),
            "level": self._level(parts),
            "department": {"code": self._department(inside), "name": self._text("department")},
            "keywords": [] if group in ("", UNGROUPED, self._text("name")) else [group],
        }

    def _text(self, column: str) -> str:
        try:
            return plain(self._cells.get(column))
        except Refusal as refusal:
            self.fault(column, refusal.code, **refusal.values)
            self._cells[column] = None
            return ""

    def _item_type(self) -> str:
        text = self._text("task_type")
        key = zero_lost(text) or text
        if key not in codes.ITEM_TYPES:
            self.fault("task_type", "catalogue.choice_unknown", value=text[:40], known="、".join(codes.ITEM_TYPES))
        return key if key in codes.ITEM_TYPES else ""

    def _level(self, parts: re.Match[str] | None) -> int:
        """The export has no level: the area says which tier exercises the item."""
        area = self._text("area_code")
        if parts and parts[2] != area:
            self.fault("area_code", "catalogue.foreign_area_differs", value=area[:40], inside=parts[2])
        try:
            return _LEVELS.get(identifiers.tier_of(identifiers.division(area)), 0)
        except Refusal:
            return 0

    def _credit_inside(self, code: str, parts: re.Match[str] | None) -> str:
        """The credit code inside the item code where it is sound, else ""."""
        if not parts:
            if code:
                self.fault(CODE, "catalogue.foreign_code_malformed", value=code[:60])
            return ""
        credit = parts[4]
        if len(credit) != 18:
            self.fault(CODE, "catalogue.foreign_credit_length", value=credit[:40], length=len(credit))
            return ""
        sound = _sound(credit)
        if not sound:
            self.fault(CODE, "catalogue.foreign_credit_wrong", value=credit)
        return sound

    def _department(self, inside: str) -> str:
        """The department's credit code: its own where sound, else the one inside the item code, else as it stands."""
        text = self._text("dept_code")
        own = _sound(text)
        if own:
            if inside and own != inside:
                self.fault("dept_code", "catalogue.foreign_department_differs", value=own, inside=inside)
            return own
        if inside:
            self.fault("dept_code", "catalogue.foreign_department_replaced", value=text[:40], inside=inside)
        else:
            self.fault("dept_code", "catalogue.foreign_department_code", value=text[:40])
        return inside or text


def _sound(text: str) -> str:
    """The credit code in `text` in its normal form, or "" where it is none."""
    try:
        return identifiers.credit_code(text)
    except Refusal:
        return ""

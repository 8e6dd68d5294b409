"""From items to files: a workbook, a CSV file a sheet, and an empty template. `reading` gives back the same items."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import xlsxwriter

from central.catalogue_files.columns import BASE, OWNER, SHEETS, Column, Sheet
from central.catalogue_files.reading import GUIDE
from central.catalogue_files.survey import ROWS_MAX
from shared_models.catalogue import BaseItem, Item

_CREATED = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
"""The same items give the same bytes, whenever they are written."""
_LOOKS_LIKE_FORMULA = ("=", "+", "-", "@", "'")
_CSV_NAMES = {
    "事项": "items", "情形": "situations", "材料": "materials", "环节": "steps", "表单": "fields",
    "提问": "questions",
}  # fmt: skip


def write_xlsx(items: Iterable[Item], base: Iterable[BaseItem] = ()) -> bytes:
    """A workbook with all sheets, the base list and the guide."""
    return _workbook([msgspec.to_builtins(item) for item in items], [msgspec.to_builtins(each) for each in base])


def write_template() -> bytes:
    """The workbook to fill in: the headers with their lists of choices, and the guide."""
    return _workbook([], [])


def write_csv(items: Iterable[Item], stem: str = "catalogue", base: Iterable[BaseItem] = ()) -> dict[str, bytes]:
    """CSV files in UTF-8 with BOM: `<stem>-items.csv` and so on. A sheet without rows gives no file."""
    values = [msgspec.to_builtins(item) for item in items]
    files = {}
    for sheet in SHEETS:
        rows = list(_rows(sheet, values))
        if rows:
            files[f"{stem}-{_CSV_NAMES[sheet.name]}.csv"] = _csv(sheet, rows)
    if rows := list(_rows(BASE, [msgspec.to_builtins(each) for each in base])):
        files[f"{stem}-base.csv"] = _csv(BASE, rows)
    return files


def _csv(sheet: Sheet, rows: Iterable[list[str | int]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.heading for column in sheet.columns])
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _safe(cell: str | int) -> str | int:
    """A text that a spreadsheet would take for a formula gets the apostrophe that marks text there."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_LOOKS_LIKE_FORMULA) else cell


def _rows(sheet: Sheet, values: Sequence[dict[str, Any]]) -> Iterator[list[str | int]]:
    for value in values:
        owned = [value] if not sheet.part else [{**part, OWNER: value["code"]} for part in value[sheet.part]]
        for each in owned:
            yield [cell_at(column, each) for column in sheet.columns]


def cell_at(column: Column, value: dict[str, Any]) -> str | int:
    """What the cell of a column holds for the value of a row."""
    held = _at(value, column.path)
    cell: str | int = "" if held is None else column.kind.write(held)
    return cell


def _at(value: dict[str, Any] | None, path: str) -> Any:
    head, _, rest = path.partition("/")
    inner = None if value is None else value.get(head)
    return _at(inner, rest) if rest else inner


def _workbook(values: Sequence[dict[str, Any]], base: Sequence[dict[str, Any]]) -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    book.set_properties({"title": "通办事项目录", "created": _CREATED})
    bold = book.add_format({"bold": True, "bg_color": "#E8EEF7", "text_wrap": True, "valign": "top", "border": 1})
    cell = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for sheet in SHEETS:
        _sheet(book.add_worksheet(sheet.name), sheet, _rows(sheet, values), bold, cell)
    _sheet(book.add_worksheet(BASE.name), BASE, _rows(BASE, base), bold, cell)
    _guide(book.add_worksheet(GUIDE), bold, cell)
    book.close()
    return data.getvalue()


def _sheet(page: Any, sheet: Sheet, rows: Iterable[list[str | int]], bold: Any, cell: Any) -> None:
    page.freeze_panes(1, 2)
    for number, column in enumerate(sheet.columns):
        star = "*" if column.heading in sheet.required else ""
        page.set_column(number, number, column.width, cell)
        page.write_string(0, number, column.heading + star, bold)
        if column.kind.choices:
            page.data_validation(1, number, ROWS_MAX, number, {"validate": "list", "source": list(column.kind.choices)})
    for row, cells in enumerate(rows, start=1):
        for number, written in enumerate(cells):
            if isinstance(written, int):
                page.write_number(row, number, written)
            elif written:
                page.write_string(row, number, written, cell)


def _guide(page: Any, bold: Any, cell: Any) -> None:
    lines = [("工作表", "列", "必填", "填写说明")]
    lines += [
        (sheet.name, column.heading, "是" if column.heading in sheet.required else "", column.note)
        for sheet in (*SHEETS, BASE)
        for column in sheet.columns
    ]
    for number, width in enumerate((10, 18, 8, 80)):
        page.set_column(number, number, width, cell)
    for row, line in enumerate(lines):
        for number, text in enumerate(line):
            page.write_string(row, number, text, bold if row == 0 else cell)

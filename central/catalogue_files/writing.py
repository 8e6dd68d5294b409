"""From items to files: a workbook, a CSV file a sheet, and an empty template. `reading` gives back the same items."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import xlsxwriter

from central.catalogue_files.cells import label
from central.catalogue_files.columns import BASE, OWNER, SHEETS, Sheet
from central.catalogue_files.layouts import Cell, Layout, Value, Written, own
from central.catalogue_files.reading import CODES, GUIDE
from central.catalogue_files.survey import ROWS_MAX
from shared_models.catalogue import BaseItem, Item, codes

_CREATED = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
"""The same items give the same bytes, whenever they are written."""
_TITLE_MAX, _MESSAGE_MAX = 32, 255
"""Characters that a spreadsheet shows beside a cell, at most."""
CODE_TABLES = {
    "事项类型": codes.ITEM_TYPES, "行使层级": codes.LEVELS, "服务对象": codes.SERVED, "办件类型": codes.CASE_TYPES,
    "办理形式": codes.CHANNELS, "时限单位": codes.LIMIT_UNITS, "结果类型": codes.RESULT_KINDS, "形式": codes.FORMS,
    "证据等级": codes.GRADES, "办理层级": codes.TIERS, "字段类型": codes.FIELD_TYPES, "格式": codes.FORMATS,
}  # fmt: skip
_LOOKS_LIKE_FORMULA = ("=", "+", "-", "@", "'")
_CSV_NAMES = {
    "事项": "items", "情形": "situations", "材料": "materials", "环节": "steps", "表单": "fields",
    "提问": "questions",
}  # fmt: skip


def write_xlsx(items: Iterable[Item], base: Iterable[BaseItem] = (), layout: Layout = own) -> bytes:
    """A workbook with all sheets, the base list, the guide and the code tables."""
    values = [msgspec.to_builtins(item) for item in items]
    return _workbook(values, [msgspec.to_builtins(each) for each in base], layout)


def write_template() -> bytes:
    """The workbook to fill in: the headers with their lists of choices, and the guide."""
    return _workbook([], [], own)


def write_csv(items: Iterable[Item], stem: str = "catalogue", base: Iterable[BaseItem] = ()) -> dict[str, bytes]:
    """CSV files in UTF-8 with BOM: `<stem>-items.csv` and so on. A sheet without rows gives no file."""
    values = [msgspec.to_builtins(item) for item in items]
    files = {}
    for sheet in SHEETS:
        rows = list(_rows(sheet, values, own(sheet)))
        if rows:
            files[f"{stem}-{_CSV_NAMES[sheet.name]}.csv"] = _csv(sheet, rows)
    if rows := list(_rows(BASE, [msgspec.to_builtins(each) for each in base], own(BASE))):
        files[f"{stem}-base.csv"] = _csv(BASE, rows)
    return files


def _csv(sheet: Sheet, rows: Iterable[list[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.heading for column in sheet.columns])
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _safe(cell: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula gets the apostrophe that marks text there."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_LOOKS_LIKE_FORMULA) else cell


def _rows(sheet: Sheet, values: Sequence[Value], columns: Sequence[Written]) -> Iterator[list[Cell]]:
    for value in values:
        owned = [value] if not sheet.part else [{**part, OWNER: value["code"]} for part in value[sheet.part]]
        for each in owned:
            yield [column.cell(each) for column in columns]


def _workbook(values: Sequence[Value], base: Sequence[Value], layout: Layout) -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    book.set_properties({"title": "通办事项目录", "created": _CREATED})
    bold = book.add_format({"bold": True, "bg_color": "#E8EEF7", "text_wrap": True, "valign": "top", "border": 1})
    cell = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for sheet in SHEETS:
        columns = layout(sheet)
        _sheet(book.add_worksheet(sheet.name), sheet, columns, _rows(sheet, values, columns), bold, cell)
    _sheet(book.add_worksheet(BASE.name), BASE, layout(BASE), _rows(BASE, base, layout(BASE)), bold, cell)
    _guide(book.add_worksheet(GUIDE), layout, bold, cell)
    _codes(book.add_worksheet(CODES), bold, cell)
    book.close()
    return data.getvalue()


def _sheet(
    page: Any, sheet: Sheet, columns: Sequence[Written], rows: Iterable[list[Cell]], bold: Any, cell: Any
) -> None:
    page.freeze_panes(1, 2)
    for number, each in enumerate(columns):
        star = "*" if each.column.heading in sheet.required else ""
        page.set_column(number, number, each.column.width, cell)
        page.write_string(0, number, each.heading + star, bold)
        page.data_validation(1, number, ROWS_MAX, number, _help(each))
    for row, cells in enumerate(rows, start=1):
        for number, written in enumerate(cells):
            if isinstance(written, int):
                page.write_number(row, number, written)
            elif written:
                page.write_string(row, number, written, cell)


def _help(each: Written) -> dict[str, Any]:
    """What shows beside a cell that is being filled in: what goes into it, and the choices where there are any."""
    shown = {"input_title": each.heading[:_TITLE_MAX], "input_message": each.column.note[:_MESSAGE_MAX]}
    return {"validate": "list", "source": list(each.choices), **shown} if each.choices else {"validate": "any", **shown}


def _guide(page: Any, layout: Layout, bold: Any, cell: Any) -> None:
    lines = [
        (sheet.name, each.heading, "是" if each.column.heading in sheet.required else "", each.column.note)
        for sheet in (*SHEETS, BASE)
        for each in layout(sheet)
    ]
    _listed(page, ("工作表", "列", "必填", "填写说明"), lines, (10, 18, 8, 80), bold, cell)


def _codes(page: Any, bold: Any, cell: Any) -> None:
    lines = [
        (heading, label(table, code), code, words, english)
        for heading, table in CODE_TABLES.items()
        for code, (words, english) in table.items()
    ]
    _listed(page, ("列", "填写", "代码", "含义", "English"), lines, (18, 26, 14, 26, 44), bold, cell)


def _listed(
    page: Any, headings: tuple[str, ...], lines: Iterable[tuple[str, ...]], widths: tuple[int, ...], bold: Any,
    cell: Any,
) -> None:  # fmt: skip
    for number, width in enumerate(widths):
        page.set_column(number, number, width, cell)
    for row, line in enumerate((headings, *lines)):
        for number, text in enumerate(line):
            page.write_string(row, number, text, bold if row == 0 else cell)

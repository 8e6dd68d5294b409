"""From bytes to tables: rows of cells with their numbers, inside limits, from a workbook or a CSV file.

Numbered checks, in this order: 1 size · 2 extension · 3 what the content really is · 4 what it unpacks to and how far
it reaches (`survey`) · 5 encoding and quotes of a CSV file · 6 number of rows. Each refuses the whole file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import python_calamine

from central.catalogue_files.cells import Cell, clean
from central.catalogue_files.survey import FORMULA, ROWS_MAX, survey
from shared_models.refusals import Refusal

FILE_BYTES_MAX = 32 * 1024 * 1024
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_FILE_NAME_MAX = 80

csv.field_size_limit(64 * 1024)


@dataclass(frozen=True)
class Row:
    """`number` as a spreadsheet shows it; `marks`: column from 0 -> code of the sentence why not to take its cell."""

    number: int
    cells: Sequence[Cell]
    marks: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """`name` is the sheet's name, or the file's for CSV. `rows` are those below the header that hold anything."""

    name: str
    file: str
    header: tuple[str, ...]
    rows: list[Row]


def plain_name(name: str) -> str:
    """The name of a file without folders, as it is told."""
    return clean(name.replace("\\", "/").rpartition("/")[2])[-_FILE_NAME_MAX:] or "?"


def is_json(name: str, data: bytes) -> bool:
    """Whether a file is named as JSON. Raises Refusal catalogue.file_too_large, file_empty for one that cannot be."""
    file = plain_name(name)
    if not file.lower().endswith(".json"):
        return False
    if len(data) > FILE_BYTES_MAX:
        raise Refusal("catalogue.file_too_large", file=file, size=len(data), most=FILE_BYTES_MAX)
    if not data.strip():
        raise Refusal("catalogue.file_empty", file=file)
    return True


def read_tables(name: str, data: bytes) -> list[Table]:
    """The tables of a file; an empty sheet gives none. Raises Refusal (room `catalogue`, codes `file_…`)."""
    file = plain_name(name)
    if len(data) > FILE_BYTES_MAX:  # 1
        raise Refusal("catalogue.file_too_large", file=file, size=len(data), most=FILE_BYTES_MAX)
    extension = file.lower().rpartition(".")[2]
    if extension not in ("xlsx", "csv"):  # 2
        raise Refusal("catalogue.file_extension", file=file)
    if not data.strip():
        raise Refusal("catalogue.file_empty", file=file)
    return _workbook(file, data) if extension == "xlsx" else _csv(file, data)


def _workbook(file: str, data: bytes) -> list[Table]:
    if data.startswith(_OLE):  # 3
        raise Refusal("catalogue.file_old_or_locked", file=file)
    if not data.startswith(_ZIP):
        raise Refusal("catalogue.file_not_xlsx", file=file)
    marks = survey(file, data)  # 4
    try:
        with python_calamine.load_workbook(io.BytesIO(data)) as book:
            names = [
                sheet.name for sheet in book.sheets_metadata if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            ]
            sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except python_calamine.CalamineError:
        raise Refusal("catalogue.file_not_xlsx", file=file) from None
    found = (_table(name, file, _numbered(rows, marks.get(name, {}))) for name, rows in sheets)
    return [table for table in found if table is not None]


def _numbered(rows: Sequence[Sequence[Cell]], marks: dict[tuple[int, int], str]) -> Iterator[Row]:
    by_row: dict[int, dict[int, str]] = {}
    for (number, column), mark in marks.items():
        by_row.setdefault(number, {})[column - 1] = mark
    for number, cells in enumerate(rows, start=1):
        yield Row(number, cells, by_row.get(number, {}))


def _csv(file: str, data: bytes) -> list[Table]:
    if data.startswith(_ZIP):  # 3
        raise Refusal("catalogue.file_is_a_workbook", file=file)
    try:
        text = data.decode("utf-8-sig")  # 5
    except UnicodeDecodeError as error:
        raise Refusal("catalogue.file_not_utf8", file=file, row=data.count(b"\n", 0, error.start) + 1) from None
    table = _table(file, file, _csv_rows(file, text))
    return [] if table is None else [table]


def _csv_rows(file: str, text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield Row(number, [_unquoted(cell) for cell in cells], _formulas(cells))
    except csv.Error:
        raise Refusal("catalogue.file_csv_broken", file=file, row=number + 1) from None


def _unquoted(cell: str) -> str:
    """A leading apostrophe marks text in a spreadsheet; `writing` sets it where a text would look like a formula."""
    return cell[1:] if cell.startswith("'") else cell


def _formulas(cells: list[str]) -> dict[int, str]:
    return {column: FORMULA for column, cell in enumerate(cells) if cell.startswith("=") and len(cell) > 1}


def _table(name: str, file: str, rows: Iterator[Row]) -> Table | None:
    """The first row that holds anything is the header."""
    header: tuple[str, ...] = ()
    kept: list[Row] = []
    for row in rows:
        if not row.marks and not any(cell not in (None, "") for cell in row.cells):
            continue
        if not header:
            header = tuple(clean(str(cell)) for cell in row.cells)
            continue
        if len(kept) >= ROWS_MAX:  # 6
            raise Refusal("catalogue.file_too_many_rows", sheet=name, most=ROWS_MAX)
        kept.append(row)
    return Table(name, file, header, kept) if header else None

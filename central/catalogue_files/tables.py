"""From bytes to tables: rows of cells with their numbers, inside limits, from a workbook or a CSV file.

Numbered checks, in this order: 1 size · 2 extension · 3 what the content really is · 4 what it unpacks to and how far
it reaches (`survey`) · 5 encoding and quotes of a CSV file · 6 number of rows. Each refuses the whole file.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

import python_calamine

from central.catalogue_files.cells import Cell, clean
from central.catalogue_files.survey import FORMULA, ROWS_MAX, survey
from shared_models.refusals import Refusal

FILE_BYTES_MAX = 96 * 1024 * 1024
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_FILE_NAME_MAX = 80

csv.field_size_limit(64 * 1024)


_MARKED = ("'", "=")
_PIECE_BYTES = 1024 * 1024
_NO_MARKS: Mapping[int, str] = MappingProxyType({})


class Row(NamedTuple):
    """`number` as a spreadsheet shows it; `marks`: column from 0 -> code of the sentence why not to take its cell."""

    number: int
    cells: Sequence[Cell]
    marks: Mapping[int, str] = _NO_MARKS


@dataclass(frozen=True)
class Table:
    """`name` is the sheet's name, or the file's for CSV. `rows` are those below the header that hold anything: they are
    read as they are taken, once, and may raise Refusal; `filled` says whether there are any, `size` about how many."""

    name: str
    file: str
    header: tuple[str, ...]
    rows: Iterable[Row] = ()
    filled: bool = False
    size: int = 0


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
    found = (_table(name, file, _numbered(rows, marks.get(name, {})), len(rows)) for name, rows in sheets)
    return [table for table in found if table is not None]


def _numbered(rows: Sequence[Sequence[Cell]], marks: dict[tuple[int, int], str]) -> Iterator[Row]:
    by_row: dict[int, dict[int, str]] = {}
    for (number, column), mark in marks.items():
        by_row.setdefault(number, {})[column - 1] = mark
    for number, cells in enumerate(rows, start=1):
        yield Row(number, cells, by_row.get(number, _NO_MARKS))


def _csv(file: str, data: bytes) -> list[Table]:
    if data.startswith(_ZIP):  # 3
        raise Refusal("catalogue.file_is_a_workbook", file=file)
    _check_utf8(file, data)  # 5
    table = _table(file, file, _csv_rows(file, data), data.count(b"\n"))
    return [] if table is None else [table]


def _check_utf8(file: str, data: bytes) -> None:
    """Piece by piece, as a whole text takes twice the room of its bytes."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    for place in range(0, len(data) + 1, _PIECE_BYTES):
        piece = data[place : place + _PIECE_BYTES]
        try:
            decoder.decode(piece, final=place + _PIECE_BYTES > len(data))
        except UnicodeDecodeError as error:
            row = data.count(b"\n", 0, place) + piece.count(b"\n", 0, max(0, error.start)) + 1
            raise Refusal("catalogue.file_not_utf8", file=file, row=row) from None


def _csv_rows(file: str, data: bytes) -> Iterator[Row]:
    lines = io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")
    number = 0
    try:
        for number, cells in enumerate(csv.reader(lines, strict=True), start=1):
            quoted = any(cell[:1] in _MARKED for cell in cells)
            yield Row(number, [_unquoted(cell) for cell in cells], _formulas(cells)) if quoted else Row(number, cells)
    except csv.Error:
        raise Refusal("catalogue.file_csv_broken", file=file, row=number + 1) from None


def _unquoted(cell: str) -> str:
    """A leading apostrophe marks text in a spreadsheet; `writing` sets it where a text would look like a formula."""
    return cell[1:] if cell.startswith("'") else cell


def _formulas(cells: list[str]) -> dict[int, str]:
    return {column: FORMULA for column, cell in enumerate(cells) if cell.startswith("=") and len(cell) > 1}


def _table(name: str, file: str, rows: Iterator[Row], size: int) -> Table | None:
    """The first row that holds anything is the header."""
    filled = _filled(name, rows)
    header = next(filled, None)
    if header is None:
        return None
    first = next(filled, None)
    below = () if first is None else chain([first], filled)
    return Table(name, file, tuple(clean(str(cell)) for cell in header.cells), below, first is not None, size)


def _filled(name: str, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows that hold anything, at most so many below the first."""
    kept = 0
    for row in rows:
        if not row.marks and not any(row.cells) and all(cell in (None, "") for cell in row.cells):
            continue
        if kept > ROWS_MAX:  # 6
            raise Refusal("catalogue.file_too_many_rows", sheet=name, most=ROWS_MAX)
        kept += 1
        yield row

"""A look into a workbook before anything opens it as one.

A small file can unpack to gigabytes, and two cells at opposite corners make a reader lay out the whole sheet between
them; one that is told of a billion strings makes room for them, and ends its process where there is none. So the zip
directory is summed first, and then every part is streamed once: it must be what the directory says (size and CRC), hold
no document type, no cell beyond the limits, and announce no more of anything than fits into it. The same pass notes
where formulas and their errors stand, because a reader of values only sees what they gave when the file was last
saved.

Sources: ECMA-376 part 1, 18.3.1.4 (cells), 18.2.19 (sheets); part 2 (relations).
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from shared_models.refusals import Refusal

UNPACKED_BYTES_MAX = 128 * 1024 * 1024
TEXT_CHARACTERS_MAX = 64 * 1024 * 1024
"""Characters in all cells together, a shared string counted each time."""
ENTRIES_MAX = 500
ROWS_MAX = 500_000
"""Rows below the header, in any sheet."""
COLUMNS_MAX = 40
MARKS_MAX = 5_000
_CHUNK_BYTES = 256 * 1024
_NOT_XML = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".emf", ".wmf", ".bin", ".vml")
_UNSOUND = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError, LookupError, ValueError, OverflowError,
    NotImplementedError, RuntimeError,  # packed in an unknown way; encrypted
)  # fmt: skip

FORMULA, ERROR_VALUE = "catalogue.cell_formula", "catalogue.cell_error"


@dataclass
class Part:
    """What one XML part holds, beyond being sound. Only the first two matter in a sheet, only the last in its part.

    `marks`: (row, column) from 1 -> FORMULA or ERROR_VALUE. `shared`: index of the shared string of every cell that has
    one; `lengths`: characters of every shared string. `sheets`: (name, relation id); `relations`: id -> target.
    """

    marks: dict[tuple[int, int], str] = field(default_factory=dict)
    shared: array[int] = field(default_factory=lambda: array("L"))
    lengths: array[int] = field(default_factory=lambda: array("L"))
    sheets: list[tuple[str, str]] = field(default_factory=list)
    relations: dict[str, str] = field(default_factory=dict)


def survey(file: str, data: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """Sheet name -> where formulas stand. Raises Refusal for a workbook that is broken or beyond a limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > ENTRIES_MAX or sum(entry.file_size for entry in entries) > UNPACKED_BYTES_MAX:
                raise Refusal("catalogue.file_unpacks_too_large", file=file, most=UNPACKED_BYTES_MAX)
            whole = sum(entry.file_size for entry in entries)
            parts = {entry.filename: _read(file, archive, entry, whole) for entry in entries}
        _limit_text(file, list(parts.values()))
    except _UNSOUND:
        raise Refusal("catalogue.file_not_xlsx", file=file) from None
    return dict(_marks_of_sheets(file, parts))


def _limit_text(file: str, parts: list[Part]) -> None:
    """One long shared string named by every cell is copied for each of them: what counts is the sum."""
    lengths = next((part.lengths for part in parts if part.lengths), array("L"))
    if sum(lengths[index] for part in parts for index in part.shared) > TEXT_CHARACTERS_MAX:
        raise Refusal("catalogue.file_unpacks_too_large", file=file, most=UNPACKED_BYTES_MAX)


def _marks_of_sheets(file: str, parts: dict[str, Part]) -> Iterator[tuple[str, dict[tuple[int, int], str]]]:
    book, relations = parts.get("xl/workbook.xml"), parts.get("xl/_rels/workbook.xml.rels")
    if book is None or relations is None:
        raise Refusal("catalogue.file_not_xlsx", file=file)
    for name, relation in book.sheets:
        target = relations.relations.get(relation, "")
        part = parts.get(posixpath.normpath(posixpath.join("/xl", target)).lstrip("/"))
        if part is None or not target.endswith(".xml"):
            raise Refusal("catalogue.file_not_xlsx", file=file)
        yield name, part.marks


def _read(file: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, whole: int) -> Part:
    reader = _Reader(file, {"count": whole, "uniqueCount": entry.file_size})
    skipped = entry.filename.lower().endswith(_NOT_XML) or not entry.file_size
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            if not skipped:
                reader.parser.Parse(chunk, False)
    if not skipped:
        reader.parser.Parse(b"", True)
        reader.end_of_cell()
    return reader.part


class _Reader:
    """Streams one XML part and keeps the limits. `announced` = by attribute, how much of something may be announced: a
    thing takes a byte at least."""

    def __init__(self, file: str, announced: dict[str, int]) -> None:
        self.part = Part()
        self._file = file
        self._announced = announced
        self._row = self._column = 0
        self._shared = self._in_value = False
        self._digits = ""
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def end_of_cell(self) -> None:
        if self._digits:
            self.part.shared.append(int(self._digits))
        self._digits = ""

    def _doctype(self, *_: object) -> None:
        raise Refusal("catalogue.file_not_xlsx", file=self._file)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition("}")[2]
        for attribute in self._announced.keys() & attributes.keys():
            if _exceeds(attributes[attribute], self._announced[attribute]):
                raise Refusal("catalogue.file_not_xlsx", file=self._file)
        self._in_value = local == "v" and self._shared
        match local:
            case "c":
                self._cell(attributes)
            case "row":
                self._row, self._column = _number(attributes.get("r"), self._row + 1), 0
            case "f":
                self._mark(FORMULA)
            case "si":
                self.part.lengths.append(0)
            case "sheet":
                relation = next((value for key, value in attributes.items() if key.endswith("}id")), "")
                self.part.sheets.append((attributes.get("name", ""), relation))
            case "Relationship":
                self.part.relations[attributes.get("Id", "")] = attributes.get("Target", "")

    def _text(self, text: str) -> None:
        if self._in_value:
            self._digits += text.strip()
        elif self.part.lengths:
            self.part.lengths[-1] += len(text)

    def _cell(self, attributes: dict[str, str]) -> None:
        self.end_of_cell()
        place, kind = attributes.get("r", ""), attributes.get("t")
        letters = place.rstrip("0123456789")
        self._row = _number(place[len(letters) :], self._row)
        self._column = _column_number(letters) if letters else self._column + 1
        self._shared = kind == "s"
        if self._row > ROWS_MAX + 1:
            raise Refusal("catalogue.file_too_many_rows", sheet=self._file, most=ROWS_MAX)
        if self._column > COLUMNS_MAX:
            raise Refusal("catalogue.file_too_many_columns", sheet=self._file, most=COLUMNS_MAX)
        if kind == "e":
            self._mark(ERROR_VALUE)

    def _mark(self, mark: str) -> None:
        self.part.marks.setdefault((self._row, self._column), mark)
        if len(self.part.marks) > MARKS_MAX:
            raise Refusal("catalogue.file_too_many_formulas", file=self._file, most=MARKS_MAX)


def _number(digits: str | None, otherwise: int) -> int:
    """What is no row counts as beyond every limit: another reader may take it for one that is."""
    if not digits:
        return otherwise
    sound = digits.isascii() and digits.isdigit() and len(digits) < 10 and int(digits) > 0
    return int(digits) if sound else ROWS_MAX + 2


def _exceeds(digits: str, most: int) -> bool:
    """Whether this is more than `most`, or no plain number: another reader may take it for one."""
    return not (digits.isascii() and digits.isdigit() and len(digits) < 10 and int(digits) <= most)


def _column_number(letters: str) -> int:
    """`A` is 1, `AA` is 27. What is no column counts as beyond every limit."""
    if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
        return COLUMNS_MAX + 1
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number

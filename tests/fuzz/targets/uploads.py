"""What is uploaded: forms with files, and the tables of a catalogue."""

from __future__ import annotations

import hashlib
import zipfile
from functools import cache, partial
from io import BytesIO

from central.catalogue_files.reading import read_file
from central.catalogue_files.writing import write_csv, write_xlsx
from deploy import catalogue
from shared_models.refusals import Refusal
from sync_protocol.host.multipart import PartLimits, Parts
from tests.fuzz.targets import Target, without_state

LIMITS = PartLimits(fields_max=5, fields_bytes_max=2000, files_max=2, file_bytes_max=3000, files_bytes_max=5000)
BOUNDARY = b"----tongban"


def multipart(data: bytes) -> str:
    size = 1 + hashlib.sha256(data).digest()[0] % 50
    try:
        parts = Parts(BOUNDARY, LIMITS)
        for start in range(0, len(data), size):
            parts.feed(data[start : start + size])
        values, files = parts.end()
    except Refusal as refusal:
        return refusal.code
    if sum(len(file.data) for file in files) > LIMITS.files_bytes_max or len(values) > LIMITS.fields_max:
        raise ValueError("more was kept than may be")
    return f"read {len(values)} {len(files)}"


def boundary(data: bytes) -> str:
    try:
        Parts(data, LIMITS)
    except Refusal as refusal:
        return refusal.code
    return "read"


def table(name: str, data: bytes) -> str:
    try:
        report = read_file(name, data)
    except Refusal as refusal:
        return refusal.code
    return f"read {len(report.items)}"


def sheet(part: str, data: bytes) -> str:
    """A workbook in which one part is other than it should be."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as book:
        for name, content in _parts_of_a_workbook().items():
            book.writestr(name, data if name == part else content)
    return table("a.xlsx", made.getvalue())


@cache
def _parts_of_a_workbook() -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(write_xlsx(catalogue.load()[:1]))) as book:
        return {name: book.read(name) for name in book.namelist()}


def _forms() -> list[bytes]:
    line = b"--" + BOUNDARY + b"\r\n"
    said = b'Content-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    end = b"--" + BOUNDARY + b"--\r\n"
    text = line + said % (b"name", b"", "李秀英".encode())
    file = line + said % (b"photo", b'; filename="a.jpg"', b"\xff\xd8\xff" + bytes(60))
    empty = line + said % (b"photo", b'; filename=""', b"")
    return [text + end, text + file + empty + end, file * 3 + end, text * 6 + end]


def _part(name: str) -> list[bytes]:
    return [_parts_of_a_workbook()[name]]


PARTS = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml", "book": "xl/workbook.xml"}
TARGETS = (
    Target("multipart", without_state(multipart), _forms),
    Target("boundary", without_state(boundary), lambda: [BOUNDARY, b"a" * 70]),
    Target("csv", without_state(partial(table, "a.csv")), lambda: list(write_csv(catalogue.load()[:1]).values())),
    Target("xlsx", without_state(partial(table, "a.xlsx")), lambda: [write_xlsx(catalogue.load()[:1])]),
    *(
        Target(f"xlsx_{name}", without_state(partial(sheet, part)), partial(_part, part))
        for name, part in PARTS.items()
    ),
)

"""A reader of PDFs that shares nothing with the writer: pages, their size, the text as a reader would copy it, and the
squares of a QR code. It knows what the format says, as far as papers use it."""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.S)
_SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|\(((?:[^\\()]|\\.)*)\) Tj|\[(.*?)\] TJ", re.S)
_SQUARE = re.compile(rb"([\d.]+) ([\d.]+) ([\d.]+) -\3 re f")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class Sheet(NamedTuple):
    """A page: size in millimetres, its text without blanks, and its filled squares (x, y, side) in points."""

    width_mm: float
    height_mm: float
    text: str
    squares: tuple[tuple[float, float, float], ...]


class Pdf:
    """A file, read whole."""

    def __init__(self, data: bytes) -> None:
        assert data.startswith(b"%PDF-")
        self._objects = {int(found[1]): found[2] for found in _OBJECT.finditer(data)}
        box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
        assert box is not None
        width, height = float(box[1]) / 72 * 25.4, float(box[2]) / 72 * 25.4
        pages = [body for body in self._objects.values() if b"/Type /Page\n" in body]
        self.sheets = [Sheet(width, height, *self._page(body)) for body in pages]
        self.fonts = [body for body in self._objects.values() if b"/FontDescriptor\n" in body and b"/Ascent" in body]

    @property
    def all_fonts_embedded(self) -> bool:
        """Whether every font brings its outlines, of those glyphs alone that are used (the tag before its name)."""
        files = [
            self._stream(int(found[1])) for font in self.fonts for found in re.finditer(rb"/FontFile[23]? (\d+)", font)
        ]
        tagged = all(re.search(rb"/FontName /[A-Z]{6}\+", font) for font in self.fonts)
        return bool(self.fonts) and len(files) == len(self.fonts) and all(files) and tagged

    def _page(self, body: bytes) -> tuple[str, tuple[tuple[float, float, float], ...]]:
        content = self._stream(self._named(body, b"Contents"))
        resources = self._objects[self._named(body, b"Resources")]
        tables = {found[1]: self._letters(int(found[2])) for found in re.finditer(rb"/(F\d+) (\d+) 0 R", resources)}
        text, table = "", dict[bytes, str]()
        for font, shown, several in _SHOWN.findall(content):
            if font:
                table = tables[font]
            for raw in re.findall(rb"\(((?:[^\\()]|\\.)*)\)", several, re.S) if several else [shown]:
                codes = _plain(raw)
                text += "".join(table[codes[at : at + 2]] for at in range(0, len(codes), 2))
        squares = tuple((float(x), float(y), float(side)) for x, y, side in _SQUARE.findall(content))
        return "".join(text.split()), squares

    def _letters(self, font: int) -> dict[bytes, str]:
        """Code of a glyph -> what a reader copies for it."""
        table = self._stream(self._named(self._objects[font], b"ToUnicode")).decode()
        pairs = re.findall(r"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>\n", table)
        return {bytes.fromhex(code): bytes.fromhex(text).decode("utf-16-be") for code, text in pairs}

    def _named(self, body: bytes, name: bytes) -> int:
        found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
        assert found is not None, name
        return int(found[1])

    def _stream(self, number: int) -> bytes:
        head, _, rest = self._objects[number].partition(b"stream\n")
        data = rest.rpartition(b"\nendstream")[0]
        return zlib.decompress(data) if b"/FlateDecode" in head else data


def _plain(raw: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), raw, flags=re.S)

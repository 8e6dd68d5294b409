"""Papers as PDF: A5, each copy on sheets of its own, with the characters embedded that they use.

Made from the blocks of a page (`paper_blocks`), so that paper and page can never say different things. The same
case gives the same bytes, as long as fonts and libraries stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from edge_node.fonts import Font
from edge_node.paper_blocks import ASK, FACT, HEAD, LABEL, NUMBER, PLACE, POINT, QR, STAMP, TITLE, Block

if TYPE_CHECKING:
    from fpdf import FPDF

A5_MM = (148.0, 210.0)
MARGIN_MM = 11.0
QR_MM = 27.0
TERM_MM = 27.0
STAMP_MM = 30.0
"""So much is left free for the seal, which has 42 mm and stands across the name of the body."""
IN_HEAD = (PLACE, TITLE, LABEL, NUMBER)
"""What stands beside the QR code."""
SIZES = {TITLE: 16.0, LABEL: 8.5, NUMBER: 11.5, PLACE: 9.5, HEAD: 11.0, ASK: 12.0, STAMP: 9.5}
SIZE = 10.0
NOTE_SIZE = 8.5
LINE = 1.5
"""Height of a line, of the size of its letters."""
POINT_MM = 25.4 / 72
FAMILY = "font"
OWN = "0123456789. "
"""What is written besides: the numbers of points."""

_PIECES = re.compile(r"[（《“‘\[(]*(?:[!-'*-Z\\^-~]+|\s|.)[，。；：、！？）》”’\])]*", re.S)
"""What a line is broken between: words of Latin letters and digits, and characters, with the marks beside them."""


def write(copies: Sequence[Sequence[Block]], title: str, fonts: Sequence[Font], written_ms: int) -> bytes:
    """The PDF of these copies. `fonts`: the one for everything first; all characters must be in one of them.
    `written_ms` = when the paper was given out (since 1970)."""
    pdf = _opened(title, written_ms)
    _embed(pdf, fonts, {ord(each) for each in OWN.join(block.text for blocks in copies for block in blocks)})
    for blocks in copies:
        pdf.add_page()
        _Sheet(pdf).put(blocks)
    return bytes(pdf.output())


def _opened(title: str, written_ms: int) -> FPDF:
    from fpdf import FPDF  # takes 20 MB and half a second, and most stations print from the browser

    pdf = FPDF(format=A5_MM)
    pdf.set_creation_date(datetime.fromtimestamp(written_ms / 1000, UTC))
    pdf.set_title(title)
    pdf.set_lang("zh-CN")
    pdf.set_margin(MARGIN_MM)
    pdf.set_auto_page_break(True, MARGIN_MM)
    return pdf


def _embed(pdf: FPDF, fonts: Sequence[Font], wanted: set[int]) -> None:
    """Reads of each font what is wanted of it: a font has 40,000 characters, a paper uses 200."""
    for place, font in enumerate(fonts):
        held = sorted(wanted & font.characters)
        pdf.add_font(f"{FAMILY}{place}", "", font.path, unicode_range=held, collection_font_number=font.face)
    pdf.set_fallback_fonts([f"{FAMILY}{place}" for place in range(1, len(fonts))])
    pdf.set_font(f"{FAMILY}0", size=SIZE)


class _Sheet:
    """Puts the blocks of one copy below each other."""

    def __init__(self, pdf: FPDF) -> None:
        self._pdf = pdf
        self._head = True
        self._points = 0

    def put(self, blocks: Sequence[Block]) -> None:
        pdf = self._pdf
        left, before = [each for each in blocks if each.kind != QR], PLACE
        for each in blocks:
            if each.kind == QR:
                self._qr(each.text, pdf.w - MARGIN_MM - QR_MM, pdf.get_y())
        for each in left:
            if self._head and each.kind not in IN_HEAD:
                self._end_head()
            if each.kind != before and not self._head:
                pdf.ln(1)
            self._points = self._points + 1 if each.kind == POINT else 0
            self._one(each)
            before = each.kind

    def _end_head(self) -> None:
        """A rule below the number and the QR code."""
        pdf, self._head = self._pdf, False
        y = max(pdf.get_y() + 1.5, MARGIN_MM + QR_MM + 1.5)
        pdf.set_line_width(0.5)
        pdf.line(MARGIN_MM, y, pdf.w - MARGIN_MM, y)
        pdf.set_y(y + 2)

    def _one(self, block: Block) -> None:
        match block.kind:
            case _ if block.kind == FACT and len(block.texts) > 1:
                self._fact(*block.texts)
            case _ if block.kind == POINT:
                self._lines(f"{self._points}.", SIZE, 0, move=False)
                self._lines(block.texts[0], SIZE, 6)
                for note in block.texts[1:]:
                    self._lines(note, NOTE_SIZE, 6)
            case _ if block.kind == STAMP:
                self._stamp(block.texts)
            case _ if block.kind == ASK:
                self._ask(block.texts)
            case _:
                if block.kind == HEAD:
                    self._pdf.ln(1.5)
                self._lines(" ".join(block.texts), SIZES.get(block.kind, SIZE), 0)
                self._pdf.ln(0.8)

    def _fact(self, term: str, *values: str) -> None:
        page, y = self._pdf.page, self._pdf.get_y()
        self._lines(term, NOTE_SIZE, 0, move=False, width=TERM_MM - 2)
        self._lines(" ".join(values), SIZE, TERM_MM)
        if self._pdf.page == page:
            self._pdf.set_y(max(self._pdf.get_y(), y))
        self._pdf.ln(0.6)

    def _ask(self, texts: Sequence[str]) -> None:
        """Whom to ask, in a frame."""
        pdf = self._pdf
        self._room(12)
        pdf.ln(1.5)
        page, top = pdf.page, pdf.get_y()
        pdf.ln(1.5)
        for text in texts:
            self._lines(text, SIZES[ASK], 3, width=self._width - 6)
        pdf.ln(1.5)
        if pdf.page == page:
            pdf.rect(MARGIN_MM, top, self._width, pdf.get_y() - top)
        pdf.ln(2)

    def _stamp(self, texts: Sequence[str]) -> None:
        """Who gives it out, with room for the seal, and who signs."""
        pdf = self._pdf
        self._room(STAMP_MM)
        pdf.set_y(max(pdf.get_y() + STAMP_MM / 2, pdf.h - MARGIN_MM - STAMP_MM))
        half = self._width / max(1, len(texts))
        y, bottom = pdf.get_y(), 0.0
        for place, text in enumerate(texts):
            pdf.set_y(y)
            self._lines(text, SIZES[STAMP], place * half, width=half - 2)
            bottom = max(bottom, pdf.get_y())
        pdf.set_y(bottom)

    @property
    def _width(self) -> float:
        return float(self._pdf.w) - 2 * MARGIN_MM

    def _room(self, height: float) -> None:
        """A new page where less is left on this one."""
        if self._pdf.get_y() + height > self._pdf.h - MARGIN_MM:
            self._pdf.add_page()

    def _lines(self, text: str, size: float, indent: float, *, move: bool = True, width: float = 0) -> None:
        """A text in as many lines as it needs; with `move`, what follows comes below it."""
        pdf, y = self._pdf, self._pdf.get_y()
        most = width or self._width - indent - (QR_MM + 3 if self._head else 0)
        pdf.set_font_size(size)
        height = size * POINT_MM * LINE
        for line in self._broken(text, most):
            self._room(height)
            pdf.set_x(MARGIN_MM + indent)
            pdf.cell(most, height, line, new_x="LMARGIN", new_y="NEXT")
        if not move:
            pdf.set_y(y)
        pdf.set_font_size(SIZE)

    def _broken(self, text: str, most: float) -> Iterator[str]:
        line = ""
        for piece in _PIECES.findall(text):
            if line and self._pdf.get_string_width((line + piece).rstrip()) > most - 2 * self._pdf.c_margin:
                yield line.rstrip()
                line = ""
            line += piece if line else piece.lstrip()
        if line:
            yield line.rstrip()

    def _qr(self, payload: str, x: float, y: float) -> None:
        import segno

        matrix = segno.make(payload, error="m", micro=False).matrix
        side = QR_MM / (len(matrix) + 2)
        for row, cells in enumerate(matrix, 1):
            for column, dark in enumerate(cells, 1):
                if dark:
                    self._pdf.rect(x + column * side, y + row * side, side, side, style="F")

"""A paper as a row of blocks, read from the page that shows it: what a PDF says is what the page says.

The page of a paper has an `<article class="receipt">` for each copy. It is made of few things, and each is a block:
a heading, a paragraph, a point of a list, a fact with its term, the line for seal and signature, and the QR code, whose
title is what it says. A thing that is not known here counts as a paragraph, so that no word is ever left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

PLACE, TITLE, LABEL, NUMBER, HEAD, TEXT, POINT, FACT, ASK, STAMP, QR = (
    "place", "title", "label", "number", "head", "text", "point", "fact", "ask", "stamp", "qr",
)  # fmt: skip
_BY_TAG = {"h1": TITLE, "h2": HEAD, "p": TEXT, "li": POINT}
_BY_CLASS = {
    "receipt-place": PLACE, "receipt-label": LABEL, "receipt-copy": LABEL,
    "receipt-number": NUMBER, "paper-codes": NUMBER, "paper-ask": ASK, "stamp-line": STAMP,
}  # fmt: skip
_PARTED = {"b", "small", "span", "dt", "dd"}
_VOID = {"br", "input", "img", "link", "meta", "hr"}


@dataclass(frozen=True)
class Block:
    """A piece of a paper: its kind, and its texts. A fact has two, its term and its value; a point may have a note."""

    kind: str
    texts: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.texts)


def copies_in(html: str) -> list[list[Block]]:
    """The blocks of each copy on a page, in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.copies


class _Reader(HTMLParser):
    """Notes a block when its tag ends. Inside one, each part begins a text of its own where the kind has several."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._in_facts = False
        self.copies: list[list[Block]] = []
        self._inside = 0
        self._kind = ""
        self._until = 0
        self._texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = (dict(attrs).get("class") or "").split()
        if tag == "article" and "receipt" in names:
            self.copies.append([])
            self._inside = 1
            return
        if not self._inside or tag in _VOID:
            if tag == "br":
                self._texts.append("")
            return
        self._inside += 1
        if not self._kind:
            kind = next((_BY_CLASS[name] for name in names if name in _BY_CLASS), _BY_TAG.get(tag, ""))
            kind = QR if tag == "svg" else FACT if tag == "div" and not kind and self._in_facts else kind
            if kind:
                self._kind, self._until, self._texts = kind, self._inside, [""]
            self._in_facts = self._in_facts or tag == "dl"
        elif tag in _PARTED and self._kind in (FACT, STAMP, ASK, POINT) and self._texts[-1].strip():
            self._texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if not self._inside or tag in _VOID:
            return
        if self._kind and self._inside == self._until:
            texts = tuple(" ".join(text.split()) for text in self._texts)
            if any(texts):
                self.copies[-1].append(Block(self._kind, tuple(text for text in texts if text)))
            self._kind = ""
        self._inside -= 1
        if tag == "dl":
            self._in_facts = False

    def handle_data(self, data: str) -> None:
        if not self._inside:
            return
        if self._kind:
            self._texts[-1] += data
        elif data.strip():
            self.copies[-1].append(Block(TEXT, (" ".join(data.split()),)))

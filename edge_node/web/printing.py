"""A paper as a page and as a PDF: the same words, made from the same page.

A PDF is made only where every character of it can be shown. Where a font lacks one, the refusal names it, with its code
and what it stands in; a page says so beforehand, as soon as a name holds something rare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node import pdf
from edge_node.fonts import Font, Missing
from edge_node.paper_blocks import FACT, Block, copies_in
from edge_node.station import Station
from edge_node.web.context import CLERK, station_of
from shared_models import cases
from shared_models.refusals import Refusal
from sync_protocol.host.guards import require
from sync_protocol.host.pages import Page
from sync_protocol.host.web import render

HEADERS = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
"""What we wrote ourselves needs no sandbox, and browsers show no PDF in one."""
Texts = Iterable[tuple[str, str]]


class Paper(Page, Protocol):
    """A page that shows a paper. `title` names the file; `taken_ms` = when it was given out."""

    @property
    def title(self) -> str: ...
    @property
    def taken_ms(self) -> int: ...
    @property
    def texts(self) -> Texts: ...


def texts_of(application: cases.Application) -> list[tuple[str, str]]:
    """What of an application stands on its papers, by the label of its field in both languages."""
    found = [
        ("姓名 name", application.resident.name),
        ("事项 item", application.item.name + application.situation_name),
        ("单位 body", application.station_name + application.item.department_name),
        *(("材料 material", material.name) for material in application.materials),
    ]
    if isinstance(said := application.declined, cases.Declined):
        found += [("去向 whom to ask", said.ask + said.where), ("说明 note", said.note)]
    return found


def missing_of(station: Station, application: cases.Application) -> tuple[Missing, ...]:
    """What no font here has of an application's papers."""
    return station.fonts.missing(texts_of(application))


def shown_and_printed(word: str, make: Callable[[Request], Paper | Response]) -> list[Route]:
    """The addresses of a paper of a case: the page, and the PDF below the same name. `make` gives the page, or where to
    go instead."""

    @require(CLERK)
    def show(request: Request) -> Response:
        made = make(request)
        return made if isinstance(made, Response) else render(request, made)

    @require(CLERK)
    def print_it(request: Request) -> Response:
        made = make(request)
        return made if isinstance(made, Response) else printed(request, made)

    path = f"/cases/{{number}}/{word}"
    return [Route(path, show, name=word), Route(f"{path}.pdf", print_it, name=f"{word}.pdf")]


def printed(request: Request, page: Paper) -> Response:
    """The papers of a page as one PDF. Raises Refusal papers.no_font, papers.glyphs_missing."""
    copies = copies_in(bytes(render(request, page).body).decode())
    fonts = _fonts(station_of(request), page.texts, copies)
    content = pdf.write(copies, page.title, fonts, page.taken_ms)
    name = quote(f"{page.title}.pdf", safe="")
    headers = {**HEADERS, "Content-Disposition": f"inline; filename*=UTF-8''{name}"}
    return Response(content, headers=headers, media_type="application/pdf")


def _fonts(station: Station, texts: Texts, copies: Sequence[Sequence[Block]]) -> list[Font]:
    """The fonts that these papers need: the one for everything, and those that fill its gaps."""
    fonts = station.fonts.found()
    if not fonts:
        raise Refusal("papers.no_font")
    everything = [*texts, ("正文 text", pdf.OWN), *(_labelled(block) for blocks in copies for block in blocks)]
    if missing := station.fonts.missing(everything, exactly=True):
        raise Refusal("papers.glyphs_missing", characters="、".join(map(str, missing)))
    wanted = {ord(character) for _, text in everything for character in text if not character.isspace()}
    used: list[Font] = []
    for font in fonts:
        if not used or wanted & font.characters:
            used.append(font)
        wanted -= font.characters
    return used


def _labelled(block: Block) -> tuple[str, str]:
    return (block.texts[0], block.text) if block.kind == FACT else ("正文 text", block.text)

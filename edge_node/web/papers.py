"""What the resident takes home: the receipt of an acceptance, and the one-time notice. A5 when printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from edge_node.fonts import Missing
from edge_node.station import Kept, Station
from edge_node.web.context import Worded, note_access, station_of
from edge_node.web.printing import missing_of, shown_and_printed, texts_of
from edge_node.web.state import mark_of
from shared_models import cases, identifiers
from shared_models.catalogue import item_of
from shared_models.refusals import Refusal
from sync_protocol.host.web import redirect
from sync_protocol.store import knowledge
from sync_protocol.store.case_files import CaseRow

QR_MASK = 2
"""Every mask makes a code that every reader takes. Trying all eight for the evenest costs more than the whole page."""


class CasePaper(Worded):
    """What the pages of all papers of a case have in common: the name of the file, and what stands on it."""

    application: cases.Application
    word: ClassVar[str]

    @property
    def title(self) -> str:
        """The name of the paper with the number of its case."""
        return f"{self.word} {self.application.number}"

    @property
    def texts(self) -> list[tuple[str, str]]:
        """What stands on it, by its labels."""
        return texts_of(self.application)


@dataclass(frozen=True)
class ReceiptPage(CasePaper):
    """The receipt of an accepted case. `follow` is where its progress is shown to everybody, "" if not known;
    `mark` names the state shown, so that the page can wait for the next one; `missing_glyphs` = what no font of
    this station has."""

    template: ClassVar[str] = "receipt.html"
    word: ClassVar[str] = "受理回执"
    application: cases.Application
    qr: Markup
    kept: Kept
    mark: str
    follow: str
    taken_ms: int
    missing_glyphs: tuple[Missing, ...]


@dataclass(frozen=True)
class NoticePage(CasePaper):
    """The one-time notice: everything that is missing, named once, in two copies. `where` = code of a material -> where
    it can be had, for those that say so."""

    template: ClassVar[str] = "notice.html"
    word: ClassVar[str] = "一次性告知单"
    application: cases.Application
    missing: tuple[cases.Material, ...]
    where: Mapping[str, str]
    qr: Markup
    kept: Kept
    mark: str
    follow: str
    taken_ms: int
    missing_glyphs: tuple[Missing, ...]


@dataclass(frozen=True)
class PromisePage(CasePaper):
    """The promise of an applicant whose case was accepted with something missing, in two copies."""

    template: ClassVar[str] = "promise.html"
    word: ClassVar[str] = "容缺受理告知承诺书"
    application: cases.Application
    promised: tuple[cases.Material, ...]
    qr: Markup
    taken_ms: int
    missing_glyphs: tuple[Missing, ...]


def qr_svg(application: cases.Application) -> Markup:
    """The QR code of a paper as an inline picture; its title is what it says."""
    payload = identifiers.qr_payload(application.number, application.query_code)
    code = segno.make(payload, error="m", micro=False, mask=QR_MASK)
    return Markup(code.svg_inline(border=1, omitsize=True, svgclass="qr", title=payload))


def _paper(request: Request, wanted: str) -> tuple[CaseRow, cases.Application, Kept, Response | None]:
    """The case, its application and state; and where to go instead, if the case has the other kind of paper."""
    station, number = station_of(request), request.path_params["number"]
    row = station.desk.case(number)
    application = row.case.application
    if application is None:
        raise Refusal("cases.unknown")
    notified = not any(event.kind == cases.ACCEPTED and event.effect == "applied" for event in row.case.events)
    right = "declined" if application.declined else "notice" if notified else "receipt"
    elsewhere = redirect(request, f"/cases/{number}/{right}") if wanted != right else None
    with station.node.read() as db:
        kept = station.kept(station.reach(db), row)
    note_access(request, f"case.{right}", cases.subject_of(number))
    return row, application, kept, elsewhere


def receipt(request: Request) -> ReceiptPage | Response:
    """The receipt; for a case that was not accepted yet, its notice."""
    row, application, kept, elsewhere = _paper(request, "receipt")
    station = station_of(request)
    return elsewhere or ReceiptPage(
        application, qr_svg(application), kept, mark_of(row, kept), station.follow_address(), row.case.taken_ms,
        missing_of(station, application),
    )  # fmt: skip


def notice(request: Request) -> NoticePage | Response:
    """The one-time notice; for a case that was accepted meanwhile, its receipt."""
    row, application, kept, elsewhere = _paper(request, "notice")
    station = station_of(request)
    return elsewhere or NoticePage(
        application, application.missing(), _where(station, application), qr_svg(application), kept,
        mark_of(row, kept), station.follow_address(), row.case.taken_ms, missing_of(station, application),
    )  # fmt: skip


def _where(station: Station, application: cases.Application) -> dict[str, str]:
    """Where the materials of a case can be had, by the item as it was when the case was taken in; nothing where that is
    not here, or is of a later version of this program."""
    with station.node.read() as db:
        value = knowledge.item(db, application.item.hash)
    try:
        return {each.code: each.where for each in item_of(value).materials if each.where}
    except Refusal:
        return {}


def promise(request: Request) -> PromisePage | Response:
    """The promise; for a case in which nothing is promised any more, its receipt."""
    row, application, _, elsewhere = _paper(request, "receipt")
    promised = application.promised()
    if elsewhere is None and not promised:
        elsewhere = redirect(request, f"/cases/{application.number}/receipt")
    missing = missing_of(station_of(request), application)
    return elsewhere or PromisePage(application, promised, qr_svg(application), row.case.taken_ms, missing)


ROUTES = [
    *shown_and_printed("receipt", receipt),
    *shown_and_printed("notice", notice),
    *shown_and_printed("promise", promise),
]

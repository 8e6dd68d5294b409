"""What the resident takes home: the receipt of an acceptance, and the one-time notice. A5 when printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.station import Kept
from edge_node.web.context import CLERK, Worded, note_access, station_of
from edge_node.web.state import mark_of
from shared_models import cases, identifiers
from shared_models.refusals import Refusal
from sync_protocol.host.guards import require
from sync_protocol.host.web import redirect, render
from sync_protocol.store.case_files import CaseRow

QR_MASK = 2
"""Every mask makes a code that every reader takes. Trying all eight for the evenest costs more than the whole page."""


@dataclass(frozen=True)
class ReceiptPage(Worded):
    """The receipt of an accepted case. `follow` is where its progress is shown to everybody, "" if not known;
    `mark` names the state shown, so that the page can wait for the next one."""

    template: ClassVar[str] = "receipt.html"
    application: cases.Application
    qr: Markup
    kept: Kept
    mark: str
    follow: str
    taken_ms: int


@dataclass(frozen=True)
class NoticePage(Worded):
    """The one-time notice: everything that is missing, named once, in two copies."""

    template: ClassVar[str] = "notice.html"
    application: cases.Application
    missing: tuple[cases.Material, ...]
    qr: Markup
    kept: Kept
    mark: str
    follow: str
    taken_ms: int


@dataclass(frozen=True)
class PromisePage(Worded):
    """The promise of an applicant whose case was accepted with something missing, in two copies."""

    template: ClassVar[str] = "promise.html"
    application: cases.Application
    promised: tuple[cases.Material, ...]
    qr: Markup


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


@require(CLERK)
def receipt(request: Request) -> Response:
    """The receipt; for a case that was not accepted yet, its notice."""
    row, application, kept, elsewhere = _paper(request, "receipt")
    page = ReceiptPage(
        application, qr_svg(application), kept, mark_of(row, kept), station_of(request).follow_address(),
        row.case.taken_ms,
    )  # fmt: skip
    return elsewhere or render(request, page)


@require(CLERK)
def notice(request: Request) -> Response:
    """The one-time notice; for a case that was accepted meanwhile, its receipt."""
    row, application, kept, elsewhere = _paper(request, "notice")
    page = NoticePage(
        application, application.missing(), qr_svg(application), kept, mark_of(row, kept),
        station_of(request).follow_address(), row.case.taken_ms,
    )  # fmt: skip
    return elsewhere or render(request, page)


@require(CLERK)
def promise(request: Request) -> Response:
    """The promise; for a case in which nothing is promised any more, its receipt."""
    _, application, _, elsewhere = _paper(request, "receipt")
    promised = application.promised()
    if elsewhere is None and not promised:
        elsewhere = redirect(request, f"/cases/{application.number}/receipt")
    return elsewhere or render(request, PromisePage(application, promised, qr_svg(application)))


ROUTES = [
    Route("/cases/{number}/receipt", receipt),
    Route("/cases/{number}/notice", notice),
    Route("/cases/{number}/promise", promise),
]

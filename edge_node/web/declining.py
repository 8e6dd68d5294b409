"""The form and the paper of an answer that an inquiry is not ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.declining import ASK_MAX, ASKED_MAX, NOTE_MAX, WHERE_MAX, Inquiry, answer, bodies, places
from edge_node.fonts import Missing
from edge_node.station import Kept
from edge_node.web.context import CLERK, Worded, actor_of, note_access, station_of
from edge_node.web.filling import entry_id_of
from edge_node.web.papers import CasePaper, qr_svg
from edge_node.web.printing import missing_of, shown_and_printed
from edge_node.web.state import mark_of
from shared_models import cases
from shared_models.catalogue import Item
from shared_models.identifiers import TEXT_MAX
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors, FormLimits
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import redirect, render, status_of, visit_of

SMALL = FormLimits(fields_max=30, fields_bytes_max=32 * 1024)


@dataclass(frozen=True)
class DeclinePage(Worded):
    """The form. `item` = the item of the catalogue that was asked for, None where it has none; `asked` = what was
    looked for; `bodies` = whom one may be sent to; `places` = (body, address or telephone) as given before."""

    template: ClassVar[str] = "decline.html"
    form: Form
    errors: FormErrors
    entry_id: str
    item: Item | None
    asked: str
    bodies: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    reasons: ClassVar[dict[str, tuple[str, str]]] = cases.DECLINE_REASONS
    asked_max: ClassVar[int] = ASKED_MAX
    ask_max: ClassVar[int] = ASK_MAX
    where_max: ClassVar[int] = WHERE_MAX
    note_max: ClassVar[int] = NOTE_MAX


@dataclass(frozen=True)
class DeclinedPage(CasePaper):
    """The paper: why it is not ours, and whom to ask. `mark` names the state shown."""

    template: ClassVar[str] = "declined.html"
    word: ClassVar[str] = "不予受理告知单"
    application: cases.Application
    declined: cases.Declined
    qr: Markup
    kept: Kept
    mark: str
    taken_ms: int
    missing_glyphs: tuple[Missing, ...]
    reasons: ClassVar[dict[str, tuple[str, str]]] = cases.DECLINE_REASONS


@require(CLERK, limits=SMALL)
def decline(request: Request) -> Response:
    """GET `?item=` (a code) or `?asked=` shows the form. POST `name`, `id_number`, `phone`, `item` or `asked`,
    `reason` (several), `note`, `ask`, `where`: answers the inquiry."""
    form, errors = form_of(request), FormErrors()
    if request.method == "POST":
        number = ""
        with errors.at(""):
            number, faults = answer(station_of(request), _inquiry(request, form), actor_of(request))
            for name, refusal in faults:
                errors.add(name, refusal)
        if number:
            return redirect(request, f"/cases/{number}/declined")
    codes = [refusal.code for _, refusal in errors]
    status = max((status_of(visit_of(request).web, code) for code in codes), default=200)
    return render(request, _page(request, form, errors), status)


def _inquiry(request: Request, form: Form) -> Inquiry:
    return Inquiry(
        form.text("name"), form.text("id_number"), form.text("phone"), form.text("item"), form.text("asked"),
        form.texts("reason"), form.text("note"), form.text("ask"), form.text("where"), entry_id_of(request, form),
    )  # fmt: skip


def _page(request: Request, form: Form, errors: FormErrors) -> DeclinePage:
    station, given = station_of(request), request.query_params
    shelf = station.desk.shelf()
    with station.node.read() as db:
        known = places(station, db)
    item = shelf.items.get(form.text("item") or given.get("item", ""))
    asked = " ".join(given.get("asked", "").split())[:TEXT_MAX]
    entry_id = entry_id_of(request, form)
    return DeclinePage(form, errors, entry_id, item, asked, tuple(bodies(shelf)), tuple(known.items()))


def declined(request: Request) -> DeclinedPage | Response:
    """The paper; for any other case, its receipt."""
    station, number = station_of(request), request.path_params["number"]
    row = station.desk.case(number)
    application = row.case.application
    if application is None:
        raise Refusal("cases.unknown")
    if not isinstance(application.declined, cases.Declined):
        return redirect(request, f"/cases/{number}/receipt")
    with station.node.read() as db:
        kept = station.kept(station.reach(db), row)
    note_access(request, "case.declined", cases.subject_of(number))
    return DeclinedPage(
        application, application.declined, qr_svg(application), kept, mark_of(row, kept), row.case.taken_ms,
        missing_of(station, application),
    )  # fmt: skip


ROUTES = [Route("/decline", decline, methods=["GET", "POST"]), *shown_and_printed("declined", declined)]

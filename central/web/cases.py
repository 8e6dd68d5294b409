"""One case: everything that was handed in, the timeline, the decision, the ruling on what contradicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import continuing, rulings
from central.continuing import Holder, Standing
from central.dossier import IMAGES, Dossier, dossier, file_of
from central.hub import Hub
from central.showing import day_of
from central.web.base import HANDLING, OFFICER, SMALL_FORM, form_for, hub_of, noted, roles_at, status_for
from central.web.worklist import worklist_in
from shared_models.cases import DECLINE_REASONS, PULL_REASONS, RELATIONS, Decide, Settle, is_home
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render, send_file
from sync_protocol.store import accounts
from sync_protocol.store.accounts import Access
from sync_protocol.store.database import Connection

INLINE = (*IMAGES, "application/pdf")


@dataclass(frozen=True)
class CasePage:
    """`light` and `days` say what the clock says, "" once the case is concluded; `deciding` and `settling` whether
    this account may do so now; `errors` belong to `form`, which is the one that was sent;
    `holders` = the nodes right below that hold the case, `standing` the pulls that stand."""

    template: ClassVar[str] = "case.html"
    dossier: Dossier
    light: str
    days: int
    today: date
    deciding: bool
    settling: bool
    decision: Form
    ruling: Form
    errors: FormErrors
    holders: list[Holder]
    standing: list[Standing]
    why: ClassVar[dict[str, tuple[str, str]]] = continuing.REASONS
    declining: ClassVar[dict[str, tuple[str, str]]] = DECLINE_REASONS
    pull_reasons: ClassVar[dict[str, tuple[str, str]]] = PULL_REASONS
    relations: ClassVar[dict[str, tuple[str, str]]] = RELATIONS

    day = staticmethod(day_of)

    @property
    def at_home(self) -> str:
        """The tier that concludes the case."""
        return self.dossier.case.home

    def errors_of(self, form: Form) -> FormErrors:
        """The errors, for the form that they belong to."""
        return self.errors if form.values else FormErrors()


@require(*HANDLING)
def case(request: Request) -> Response:
    """GET: the case; who looked is kept."""
    response = _page(request, FormErrors())
    _note(request, "case.viewed", _number(request))
    return response


@require(OFFICER, limits=SMALL_FORM)
def decide(request: Request) -> Response:
    """POST `outcome` (granted, refused), `reasons`, `result`."""
    form, errors = form_of(request), FormErrors()
    decision = Decide(form.text("outcome"), form.text("reasons"), form.text("result"))
    noted(errors, rulings.gaps_of_decision(decision))
    if not errors:
        with errors.at(""):
            rulings.decide(hub_of(request).node, _number(request), decision, account_at(request).actor)
            return redirect(request, f"/cases/{_number(request)}", "central.decided")
    return _page(request, errors)


@require(*HANDLING, limits=SMALL_FORM)
def settle(request: Request) -> Response:
    """POST `contradicting` (id of a record), `ruling` (stands, yields), `reason`."""
    form, errors = form_of(request), FormErrors()
    ruling = Settle(form.text("contradicting"), form.text("ruling"), form.text("reason"))
    noted(errors, rulings.gaps_of_ruling(ruling))
    if not errors:
        with errors.at(""):
            rulings.settle(hub_of(request).node, _number(request), ruling, account_at(request).actor)
            return redirect(request, f"/cases/{_number(request)}", "central.settled")
    return _page(request, errors)


@require(*HANDLING)
def attachment(request: Request) -> Response:
    """GET: a file of the case. What a station calls a picture is shown as one only if it may be one."""
    hub, number = hub_of(request), _number(request)
    with hub.node.read() as db:
        wanted = file_of(hub, db, number, request.path_params["hash"])
        row = hub.runtime.attachments.row(db, wanted.hash)
    if row is None or not row.whole:
        raise Refusal("central.attachment_on_its_way", name=wanted.name[:80])
    _note(request, "attachment.viewed", number)
    data = b"".join(hub.runtime.attachments.read(row))
    inline = wanted.media_type in INLINE
    return send_file(data, wanted.media_type if inline else "application/octet-stream", wanted.name, inline=inline)


def _number(request: Request) -> str:
    number: str = request.path_params["number"]
    return number


def _page(request: Request, errors: FormErrors) -> Response:
    hub, number = hub_of(request), _number(request)
    with hub.node.read() as db:
        found = dossier(hub, db, number)
        light, days = _light(hub, db, found)
        holders = continuing.holders(hub, db, number)
    case, roles = found.case, roles_at(request)
    home, disputed = is_home(case, hub.tier, hub.me.area) and not case.newer, bool(case.open_conflicts)
    page = CasePage(
        dossier=found,
        light=light,
        days=days,
        today=hub.today(),
        deciding=home and case.status == "accepted" and not disputed and OFFICER in roles,
        settling=home and disputed,
        decision=form_for(request, f"/cases/{number}/decide"),
        ruling=form_for(request, f"/cases/{number}/settle"),
        errors=errors,
        holders=holders,
        standing=continuing.standing(hub, case),
    )
    return render(request, page, status_for(request, errors))


def _light(hub: Hub, db: Connection, found: Dossier) -> tuple[str, int]:
    if found.case.status != "accepted":
        return "", 0
    deadline = found.application.deadline
    return worklist_in(hub, db).lights.of(deadline.day, provisional=deadline.provisional)


def _note(request: Request, purpose: str, number: str) -> None:
    hub, actor = hub_of(request), account_at(request).actor
    access = Access(hub.now_ms(), actor, purpose, f"case/{number}"[:128])
    hub.node.database.write(lambda db: accounts.note_access(db, access))


def routes() -> list[Route]:
    """`/cases/{number}` and what is below it."""
    return [
        Route("/cases/{number}", case),
        Route("/cases/{number}/decide", decide, methods=["POST"]),
        Route("/cases/{number}/settle", settle, methods=["POST"]),
        Route("/cases/{number}/attachments/{hash}", attachment),
    ]

"""Erasure by order: proposing it, the second person's confirmation, and which nodes have carried it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import erasure_report, erasures
from central.erasure_report import OrderReport
from central.erasures import Propose
from central.web.base import ADMIN, SMALL_FORM, SUPERVISOR, hub_of, status_for
from shared_models.erasure import BASIS_MAX
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render
from sync_protocol.store import erasures as kept
from sync_protocol.store.erasures import Proposal


@dataclass(frozen=True)
class ErasuresPage:
    """`actor` may not confirm what he proposed himself."""

    template: ClassVar[str] = "erasures.html"
    proposals: list[Proposal]
    orders: list[OrderReport]
    actor: str
    basis_max: int
    form: Form
    errors: FormErrors


@require(SUPERVISOR, ADMIN)
def listing(request: Request) -> Response:
    return _page(request, FormErrors())


@require(SUPERVISOR, ADMIN, limits=SMALL_FORM)
def propose(request: Request) -> Response:
    """POST one of `case`, `attestation`, `resident`; `reason`, `basis`."""
    form, errors = form_of(request), FormErrors()
    asked = Propose(*(form.text(name) for name in ("case", "attestation", "resident", "reason", "basis")))
    with errors.at("case"):
        erasures.propose(hub_of(request), asked, account_at(request).actor)
        return redirect(request, "/erasures", "erasure.proposed_done")
    return _page(request, errors)


@require(SUPERVISOR, ADMIN, limits=SMALL_FORM)
def confirm(request: Request) -> Response:
    """POST: signs the order that somebody else has proposed."""
    errors = FormErrors()
    with errors.at(""):
        erasures.confirm(hub_of(request), request.path_params["id"], account_at(request).actor)
        return redirect(request, "/erasures", "erasure.ordered_done")
    return _page(request, errors)


@require(SUPERVISOR, ADMIN, limits=SMALL_FORM)
def withdraw(request: Request) -> Response:
    """POST: drops a proposal."""
    errors = FormErrors()
    with errors.at(""):
        erasures.withdraw(hub_of(request), request.path_params["id"])
        return redirect(request, "/erasures", "erasure.withdrawn_done")
    return _page(request, errors)


def _page(request: Request, errors: FormErrors) -> Response:
    hub = hub_of(request)
    with hub.node.read() as db:
        orders, proposals = erasure_report.reports(erasure_report.reader_of(hub.node), db), kept.proposals(db)
    actor = account_at(request).actor
    page = ErasuresPage(proposals, orders, actor, BASIS_MAX, form_of(request), errors)
    return render(request, page, status_for(request, errors))


def routes() -> list[Route]:
    """`/erasures` and what is below it."""
    return [
        Route("/erasures", listing),
        Route("/erasures/propose", propose, methods=["POST"]),
        Route("/erasures/{id:int}/confirm", confirm, methods=["POST"]),
        Route("/erasures/{id:int}/withdraw", withdraw, methods=["POST"]),
    ]

"""A case that another station took in: asked for by its number with a reason, and given back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node import continuing
from edge_node.continuing import Asked
from edge_node.web.context import CLERK, Worded, actor_of, note_access, station_of
from shared_models import cases
from sync_protocol.host.forms import Form, FormErrors, FormLimits
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import redirect, render, status_of, visit_of

SMALL = FormLimits(fields_max=12, fields_bytes_max=8 * 1024)


@dataclass(frozen=True)
class ContinuePage(Worded):
    """A case that is not here: how far the request is, or the form for one. `form` and `errors` are those that were
    sent."""

    template: ClassVar[str] = "continue.html"
    asked: Asked
    form: Form
    errors: FormErrors
    reasons: ClassVar[dict[str, tuple[str, str]]] = cases.PULL_REASONS
    note_max: ClassVar[int] = cases.NOTE_MAX


@require(CLERK)
def show(request: Request) -> Response:
    """The request for a case, or the form for one; the case itself where it is here."""
    return _show(request, FormErrors())


def _show(request: Request, errors: FormErrors) -> Response:
    asked = continuing.asked(station_of(request), request.path_params["number"])
    if asked is None:
        return redirect(request, f"/cases/{request.path_params['number']}")
    codes = [refusal.code for _, refusal in errors]
    status = max((status_of(visit_of(request).web, code) for code in codes), default=200)
    return render(request, ContinuePage(asked, form_of(request), errors), status)


@require(CLERK, limits=SMALL)
def pull(request: Request) -> Response:
    """POST `reason` (one of cases.PULL_REASONS) and `note`."""
    form, errors, number = form_of(request), FormErrors(), request.path_params["number"]
    with errors.at("reason"):
        continuing.pull(station_of(request), number, form.text("reason"), form.text("note"), actor_of(request))
    if errors:
        return _show(request, errors)
    note_access(request, "case.pulled", cases.subject_of(number))
    return redirect(request, f"/cases/{number}/continue", "pulls.asked")


@require(CLERK, limits=SMALL)
def release(request: Request) -> Response:
    """POST `reason`: the case is given back, or the request for it taken back."""
    form, errors, number = form_of(request), FormErrors(), request.path_params["number"]
    with errors.at("reason"):
        continuing.release(station_of(request), number, form.text("reason"), actor_of(request))
    if errors:
        return _show(request, errors)
    return redirect(request, f"/cases/{number}/continue", "pulls.released")


ROUTES = [
    Route("/cases/{number}/continue", show),
    Route("/cases/{number}/continue", pull, methods=["POST"]),
    Route("/cases/{number}/release", release, methods=["POST"]),
]

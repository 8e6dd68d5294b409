"""Closing the alarm that a node runs twice; it is shown on the page of held records."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central.cloning import CloseAlarm
from central.web import held
from central.web.base import ADMIN, SMALL_FORM, SUPERVISOR, hub_of
from sync_protocol.host.forms import FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect

NEITHER = "neither"


@require(SUPERVISOR, ADMIN, limits=SMALL_FORM)
def close(request: Request) -> Response:
    """POST `goes_on` (an incarnation, or `neither`) and `reason`."""
    form, errors, identity = form_of(request), FormErrors(), request.path_params["id"]
    chosen = form.text("goes_on") or "?"
    with errors.at(f"reason-{identity}"):
        goes_on = "" if chosen == NEITHER else chosen
        hub_of(request).node.write(CloseAlarm(identity, goes_on, form.text("reason"), account_at(request).actor))
        return redirect(request, "/held", "clones.closed")
    return held.page(request, errors, identity)


def routes() -> list[Route]:
    return [Route("/held/clones/{id}", close, methods=["POST"])]

"""Who asked for which cases, for the supervisor; and the end of a pull, by an officer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import continuing
from central.continuing import Asked
from central.web.base import ADMIN, HANDLING, SMALL_FORM, SUPERVISOR, hub_of
from shared_models.cases import PULL_REASONS
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render


@dataclass(frozen=True)
class PullsPage:
    """The latest pulls; `refused` of them were too many for their day."""

    template: ClassVar[str] = "pulls.html"
    pulls: list[Asked]
    refused: int
    reasons: ClassVar[dict[str, tuple[str, str]]] = PULL_REASONS


@require(SUPERVISOR, ADMIN)
def pulls(request: Request) -> Response:
    hub = hub_of(request)
    with hub.node.read() as db:
        found = continuing.asked(hub, db)
    return render(request, PullsPage(found, sum(each.row.refused for each in found)))


@require(*HANDLING, limits=SMALL_FORM)
def release(request: Request) -> Response:
    """POST `node` (name of the node whose pull ends) and `reason`."""
    form, number = form_of(request), request.path_params["number"]
    continuing.release(hub_of(request).node, number, form.text("node"), form.text("reason"), account_at(request).actor)
    return redirect(request, f"/cases/{number}", "pulls.ended")


def routes() -> list[Route]:
    """`/pulls`, and the end of a pull below its case."""
    return [Route("/pulls", pulls), Route("/cases/{number}/release", release, methods=["POST"])]

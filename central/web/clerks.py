"""The people of the nodes below: whose keys are known here, and the end of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import clerks
from central.clerks import REASON_MAX, AskClerks, ClerkInfo, RevokeClerk
from central.web.base import ADMIN, SMALL_FORM, SUPERVISOR, hub_of, roles_at, status_for
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.people import KEY_SHOWN
from sync_protocol.host.web import account_at, redirect, render


@dataclass(frozen=True)
class ClerksPage:
    """Everybody whose key was named. `wrong` is the id of the person whom somebody tried to revoke, and could not."""

    template: ClassVar[str] = "clerks.html"
    clerks: list[ClerkInfo]
    revoking: bool
    wrong: str
    form: Form
    errors: FormErrors
    key_shown: int = KEY_SHOWN
    reason_max: int = REASON_MAX


@require(ADMIN, SUPERVISOR)
def listing(request: Request) -> Response:
    return _page(request, FormErrors())


@require(ADMIN, limits=SMALL_FORM)
def revoke(request: Request) -> Response:
    """POST `reason`: the person may not act any more; what was received stays."""
    node, actor, errors = request.path_params["node"], request.path_params["actor"], FormErrors()
    with errors.at(f"reason-{actor}"):
        asked = RevokeClerk(node, actor, form_of(request).text("reason"))
        clerks.revoke(hub_of(request), asked, account_at(request).actor)
        return redirect(request, "/clerks", "central.clerk_revoked")
    return _page(request, errors, actor)


def _page(request: Request, errors: FormErrors, wrong: str = "") -> Response:
    found = clerks.listed(hub_of(request), AskClerks()).clerks
    page = ClerksPage(found, ADMIN in roles_at(request), wrong, form_of(request), errors)
    return render(request, page, status_for(request, errors))


def routes() -> list[Route]:
    """`/clerks` and what is below it."""
    return [Route("/clerks", listing), Route("/clerks/{node}/{actor}/revoke", revoke, methods=["POST"])]

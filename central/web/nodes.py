"""The nodes below this hub: how they stand, inviting another one, revoking one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import segno
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import node_life, operations
from central.hub import Hub
from central.node_life import LetLapse, Renew
from central.operations import ChildStatus, Invite, Invited, Left, Revoke
from central.web.base import ADMIN, SMALL_FORM, SUPERVISOR, hub_of, roles_at, status_for
from shared_models.refusals import Refusal
from shared_models.signing import digest, text_of
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render
from sync_protocol.store import invitations, knowledge
from sync_protocol.store.invitations import InvitationRow

INVITATIONS_SHOWN = 50
WAITS, WAIT_SECONDS = 40, 0.5
"""How often, and after how long, a page that watches versions arrive is looked at before it asks again."""
FIELDS = {"central.node_name_missing": "name", "central.address_malformed": "address"}
"""Which field a refusal is about, where it is not the area."""


@dataclass(frozen=True)
class NodesPage:
    """`waiting` are invitations that nobody has used yet and that are still good; `left` are nodes that moved away;
    `wrong` is the node whose renewal was refused, "" for none."""

    template: ClassVar[str] = "nodes.html"
    children: list[ChildStatus]
    left: list[Left]
    waiting: list[InvitationRow]
    version: int
    now_ms: int
    address: str
    area: str
    inviting: bool
    wrong: str
    form: Form
    errors: FormErrors


@dataclass(frozen=True)
class VersionsPage:
    """Who runs which catalogue version, as a part of another page. `mark` names this state of it."""

    template: ClassVar[str] = "versions.html"
    children: list[ChildStatus]
    version: int
    mark: str


@dataclass(frozen=True)
class InvitationPage:
    """An invitation, shown once: only a hash of its secret is kept."""

    template: ClassVar[str] = "invitation.html"
    invited: Invited
    qr: Markup


@require(ADMIN, SUPERVISOR)
def nodes(request: Request) -> Response:
    return _page(request, FormErrors())


@require(ADMIN, SUPERVISOR)
async def versions(request: Request) -> Response:
    """GET with the mark that is `known`: the new state as soon as there is another one, or 204 after a while."""
    hub, known = hub_of(request), request.query_params.get("known", "")
    for _ in range(WAITS):
        page = await run_in_threadpool(versions_in, hub)
        if page.mark != known:
            return await run_in_threadpool(render, request, page)
        if hub.runtime.wakeup.stopping:
            break
        await hub.sleep(WAIT_SECONDS)
    return Response(status_code=204)


def versions_in(hub: Hub) -> VersionsPage:
    """Who runs which version now; revoked nodes left out."""
    with hub.node.read() as db:
        children = [child for child in operations.children_in(hub, db) if not child.revoked]
        latest = knowledge.latest_number(db)
    state = repr([latest, *((child.node, child.name, child.catalogue_version) for child in children)])
    return VersionsPage(children, latest, text_of(digest(state.encode()))[:16])


@require(ADMIN, limits=SMALL_FORM)
def invite(request: Request) -> Response:
    """POST `area`, `name`, `address`: shows the invitation. A GET goes to the list."""
    if request.method != "POST":
        return redirect(request, "/nodes")
    form, errors = form_of(request), FormErrors()
    asked = Invite(form.text("area"), form.text("name"), form.text("address"))
    try:
        invited = operations.invite(hub_of(request), asked)
    except Refusal as refusal:
        errors.add(FIELDS.get(refusal.code, "area"), refusal)
        return _page(request, errors)
    return render(request, InvitationPage(invited, qr_of(invited.text)))


@require(ADMIN, limits=SMALL_FORM)
def revoke(request: Request) -> Response:
    """POST: the node has no say any more; what it delivered stays."""
    operations.revoke(hub_of(request), Revoke(request.path_params["node"]), account_at(request).actor)
    return redirect(request, "/nodes", "central.node_revoked")


@require(ADMIN, SUPERVISOR, limits=SMALL_FORM)
def renew(request: Request) -> Response:
    """POST `reason`: somebody vouches for the node; what it delivers from now on counts."""
    form, errors, node = form_of(request), FormErrors(), request.path_params["node"]
    with errors.at(f"reason-{node}"):
        node_life.renew(hub_of(request), Renew(node, form.text("reason")), account_at(request).actor)
        return redirect(request, "/nodes", "keys.node_renewed")
    return _page(request, errors, node)


@require(ADMIN, SUPERVISOR, limits=SMALL_FORM)
def lapse(request: Request) -> Response:
    """POST: the node's time is over, and somebody has made sure that it is not this hub that heard nothing."""
    node_life.let_lapse(hub_of(request), LetLapse(request.path_params["node"]), account_at(request).actor)
    return redirect(request, "/nodes", "keys.node_lapsed")


def qr_of(text: str) -> Markup:
    """A text as a QR code, in SVG without a size of its own."""
    drawn = segno.make(text, error="l", micro=False).svg_inline(omitsize=True, border=2)
    return Markup(drawn)  # of segno's own making: the text is in it as modules only


def _page(request: Request, errors: FormErrors, wrong: str = "") -> Response:
    hub = hub_of(request)
    with hub.node.read() as db:
        recent = invitations.recent(db, INVITATIONS_SHOWN)
        children = operations.children_in(hub, db)
        left = operations.left_from(hub, db)
        version = knowledge.latest_number(db)
    page = NodesPage(
        children=children,
        left=left,
        waiting=_waiting(hub, recent),
        version=version,
        now_ms=hub.now_ms(),
        address=hub.runtime.settings.address,
        area=hub.me.area,
        inviting=ADMIN in roles_at(request),
        wrong=wrong,
        form=form_of(request),
        errors=errors,
    )
    return render(request, page, status_for(request, errors))


def _waiting(hub: Hub, recent: list[InvitationRow]) -> list[InvitationRow]:
    now_ms = hub.now_ms()
    return [row for row in recent if not row.used_by and row.expires_ms > now_ms]


def routes() -> list[Route]:
    """`/nodes` and what is below it."""
    return [
        Route("/nodes", nodes),
        Route("/nodes/versions", versions),
        Route("/nodes/invite", invite, methods=["GET", "POST"]),
        Route("/nodes/{node}/lapse", lapse, methods=["POST"]),
        Route("/nodes/{node}/renew", renew, methods=["POST"]),
        Route("/nodes/{node}/revoke", revoke, methods=["POST"]),
    ]

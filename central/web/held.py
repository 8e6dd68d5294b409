"""Held records, one by one: who wrote what, why it has no effect, and the ruling that gives it one or does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import cloning, holding
from central.cloning import Cloned
from central.holding import HeldNode, HeldRecord, RatifyAll, Rule
from central.web.base import ADMIN, SMALL_FORM, SUPERVISOR, hub_of, status_for
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render
from sync_protocol.store import accounts
from sync_protocol.store.accounts import Access
from sync_protocol.store.database import Connection
from sync_protocol.store.holding import RATIFIED, REJECTED, Fork

VERDICTS = {"ratify": RATIFIED, "reject": REJECTED}


@dataclass(frozen=True)
class HeldPage:
    """`wrong` is the record that a ruling was tried on, the alarm, or the node, and refused, "" if none. `waiting` =
    how many records wait in all, of which `held` shows the oldest."""

    template: ClassVar[str] = "held.html"
    held: list[HeldRecord]
    nodes: list[HeldNode]
    waiting: int
    cloned: list[Cloned]
    forks: list[tuple[str, Fork]]
    wrong: str
    form: Form
    errors: FormErrors


@require(SUPERVISOR, ADMIN)
def held(request: Request) -> Response:
    return page(request, FormErrors())


@require(SUPERVISOR, ADMIN, limits=SMALL_FORM)
def rule(request: Request) -> Response:
    """POST `verdict` (ratify, reject) and `reason`."""
    form, errors, identity = form_of(request), FormErrors(), request.path_params["id"]
    verdict = VERDICTS.get(form.text("verdict"), "")
    with errors.at(f"reason-{identity}"):
        holding.rule(hub_of(request).node, Rule(identity, verdict, form.text("reason"), account_at(request).actor))
        return redirect(request, "/held", "central.held_ratified" if verdict == RATIFIED else "central.held_rejected")
    return page(request, errors, identity)


@require(SUPERVISOR, ADMIN, limits=SMALL_FORM)
def ratify_all(request: Request) -> Response:
    """POST `reason`, `seen` (how many the page said) and `sure`: ratifies what one node's held records hold."""
    form, errors, node = form_of(request), FormErrors(), request.path_params["node"]
    seen = form.text("seen")
    with errors.at(f"all-{node}"):
        if not form.text("sure"):
            raise Refusal("central.held_not_sure")
        count = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0
        holding.ratify_all(hub_of(request).node, RatifyAll(node, count, form.text("reason"), account_at(request).actor))
        return redirect(request, "/held", "central.held_ratified_many")
    return page(request, errors, node)


def page(request: Request, errors: FormErrors, wrong: str = "") -> Response:
    """What waits for a person, with what is wrong with the form that was sent."""
    hub = hub_of(request)
    with hub.node.read() as db:
        found = holding.held_records(hub.node, db)
        nodes = holding.held_by_node(hub.node, db)
        forks = holding.proven_forks(hub.node, db)
        twice = cloning.cloned(hub.node, db)
    _note(request, found)
    shown = HeldPage(found, nodes, sum(each.count for each in nodes), twice, forks, wrong, form_of(request), errors)
    return render(request, shown, status_for(request, errors))


def _note(request: Request, found: list[HeldRecord]) -> None:
    """Keeps who was shown the names of applicants."""
    hub, actor = hub_of(request), account_at(request).actor
    shown = [each.number for each in found if each.applicant]

    def note(db: Connection) -> None:
        for number in shown:
            accounts.note_access(db, Access(hub.now_ms(), actor, "case.held", f"case/{number}"))

    if shown:
        hub.node.database.write(note)


def routes() -> list[Route]:
    """`/held` and what is below it."""
    return [
        Route("/held", held),
        Route("/held/nodes/{node}", ratify_all, methods=["POST"]),
        Route("/held/{id}", rule, methods=["POST"]),
    ]

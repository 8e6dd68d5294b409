"""The first page after logging in: what waits for this account, and how the hub is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import issuing, operations, publishing
from central.hub import Hub
from central.operations import ChildStatus
from central.publishing import Change
from central.showing import day_of, masked_name
from central.web.base import ADMIN, HANDLING, ISSUER, SUPERVISOR, hub_of, roles_at
from central.web.worklist import worklist_in
from central.worklist import Line, Load
from sync_protocol.host.guards import require
from sync_protocol.host.web import account_at, render
from sync_protocol.store import case_files, knowledge
from sync_protocol.store.database import Connection
from sync_protocol.store.log import DamagedRecord

FIRST_CASES = 6
FIRST_NODES = 8
QUIET_MS = 60 * 60 * 1000
"""A node that was not heard for so long counts as quiet."""
ISSUED_SHOWN = 200


@dataclass(frozen=True)
class OverviewPage:
    """None stands for what does not concern this account. `nodes` come with the longest silent first; `aside` counts
    records that could not be folded."""

    template: ClassVar[str] = "overview.html"
    load: Load | None
    first: list[Line]
    nodes: list[ChildStatus] | None
    version: int
    change: Change | None
    attestations: int | None
    damage: list[DamagedRecord]
    aside: int
    now_ms: int
    is_city: bool

    masked = staticmethod(masked_name)
    day = staticmethod(day_of)

    @property
    def quiet(self) -> int:
        """How many nodes have been silent for an hour."""
        return sum(self.now_ms - node.contact_ms > QUIET_MS for node in self.nodes or ())

    @property
    def first_nodes(self) -> list[ChildStatus]:
        return (self.nodes or [])[:FIRST_NODES]


@require()
def overview(request: Request) -> Response:
    hub, roles = hub_of(request), roles_at(request)
    with hub.node.read() as db:
        handling = bool(roles & set(HANDLING))
        watching = bool(roles & {ADMIN, SUPERVISOR})
        children = [child for child in operations.children_in(hub, db) if not child.revoked]
        list_ = worklist_in(hub, db)
        page = OverviewPage(
            load=list_.load() if handling else None,
            first=list_.first(FIRST_CASES) if handling else [],
            nodes=sorted(children, key=lambda child: child.contact_ms) if watching else None,
            version=knowledge.latest_number(db),
            change=publishing.change_ahead(db) if ADMIN in roles and hub.is_city else None,
            attestations=_issued(hub, db, account_at(request).department) if ISSUER in roles else None,
            damage=hub.runtime.damage if watching else [],
            aside=len(case_files.aside(db)) if watching else 0,
            now_ms=hub.now_ms(),
            is_city=hub.is_city,
        )
    return render(request, page)


def _issued(hub: Hub, db: Connection, department: str) -> int:
    """How many of the latest attestations of a department are in force."""
    today = hub.today()
    held = issuing.of_department(hub, db, department, ISSUED_SHOWN)
    return sum(each.standing(today) == "valid" for each in held)


def routes() -> list[Route]:
    """`/`."""
    return [Route("/", overview)]

"""How receipts stand before the witness: the logs of the hubs below, the receipts from above, proofs against hubs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central.web.base import ADMIN, SUPERVISOR, hub_of
from sync_protocol.host import witness_report
from sync_protocol.host.doctor import Finding
from sync_protocol.host.guards import require
from sync_protocol.host.web import render
from sync_protocol.host.witness_report import WitnessReport


@dataclass(frozen=True)
class WitnessPage:
    """The report, and the same in sentences."""

    template: ClassVar[str] = "witness.html"
    told: WitnessReport
    findings: tuple[Finding, ...]


@require(SUPERVISOR, ADMIN)
def witness(request: Request) -> Response:
    hub = hub_of(request)
    parent = hub.runtime.settings.parent
    with hub.node.read() as db:
        told = witness_report.report(db, hub.node.roster, hub.node.name, parent.name if parent else "")
    return render(request, WitnessPage(told, tuple(witness_report.findings_of(told, hub.now_ms()))))


def routes() -> list[Route]:
    """`/witness`."""
    return [Route("/witness", witness)]

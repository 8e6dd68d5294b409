"""How this station stands: a page for people, JSON for programs on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.shelf import Shelf
from edge_node.station import Aside, Report
from edge_node.web.context import Worded, station_of
from shared_models.deadlines import DAY_FIRST
from shared_models.refusals import Refusal
from sync_protocol.host import key_report, pages, witness_report
from sync_protocol.host.doctor import Finding
from sync_protocol.host.guards import require
from sync_protocol.host.operator import from_this_machine
from sync_protocol.host.web import render
from sync_protocol.store import case_files, clones, receipts
from sync_protocol.wire.agent import Status


@dataclass(frozen=True)
class StatusPage(Worded):
    """The station's standing. `checked` = how many records were compared, since the
    start, with what was signed. `twice` says that this station runs twice; `times` how long it may be offline, and use
    its key."""

    template: ClassVar[str] = "status.html"
    report: Report
    line_detail: str
    shelf: Shelf
    receipt_ms: int
    parent: str
    parent_address: str
    checked: int
    aside: tuple[Aside, ...]
    calendar_until: str
    witness: tuple[Finding, ...]
    twice: Refusal | None
    times: tuple[Finding, ...]


@require()
def status(request: Request) -> Response:
    """For everybody who works here."""
    station = station_of(request)
    runtime, node = station.runtime, station.node
    parent = runtime.settings.parent
    with node.read() as db:
        standing = receipts.standing(db)
        aside = tuple(Aside(*each) for each in case_files.aside(db))
        cloned = bool(clones.open_alarms(db, node.name))
        told = witness_report.report(db, node.roster, node.name, parent.name if parent else "")
    witness = tuple(witness_report.findings_of(told, node.now()))
    me, report = runtime.settings, station.report()
    member = node.roster.member(parent.name) if parent else None
    until = station.desk.calendar().known_until
    line = runtime.line
    page = StatusPage(
        report,
        _detail(line) if line else "",
        station.desk.shelf(),
        standing.time,
        member.name if member else "",
        parent.address if parent else "",
        runtime.checked,
        aside,
        until.isoformat() if until > DAY_FIRST else "",
        witness,
        Refusal("clones.running_twice", name=me.name, area=me.area, node=node.name) if cloned else None,
        tuple(key_report.findings_of(me.name, report.life)),
    )
    return render(request, page)


def _detail(line: Status) -> str:
    """What the sentence on the line has to tell: when a busy hub will be asked again, or what the line said."""
    return pages.moment(line.again_ms, seconds=True) if line.again_ms else line.detail


def api_status(request: Request) -> Response:
    """For programs on this machine; nothing personal is in it."""
    if not from_this_machine(request):
        raise Refusal("station.loopback_only")
    return Response(msgspec.json.encode(station_of(request).report()), media_type="application/json")


ROUTES = [Route("/status", status), Route("/api/status", api_status)]

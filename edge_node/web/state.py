"""The state of a case as it changes: JSON for programs, a fragment that a page asks for again and again.

The fragment's request is held open until the state is another than the one that the page shows, so that a decision
taken at the hub is seen at the counter within a second.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar, NamedTuple
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.station import Kept, Station
from edge_node.web.context import CLERK, Worded, station_of
from shared_models import texts
from shared_models.refusals import Refusal
from sync_protocol.host.guards import require
from sync_protocol.host.web import render, visit_of
from sync_protocol.store import case_files
from sync_protocol.store.case_files import CaseRow

HELD_SECONDS_MAX = 20.0
STATUS_MAX = 20
LOOK_SECONDS = 1.0
"""A receipt that arrives rings no bell: the state is looked at so often while a request is held."""


@dataclass(frozen=True)
class StatePage(Worded):
    """The inside of the element that shows a case's state. `next` is the address to ask next; `moved` is that of the
    case, where it has another status than when the page was opened, so that there are other things to do; else ""."""

    template: ClassVar[str] = "state.html"
    status: str
    kept: Kept
    next: str
    moved: str


class Now(NamedTuple):
    """A case and its state at one moment."""

    row: CaseRow
    kept: Kept


def mark_of(row: CaseRow, kept: Kept) -> str:
    """Names everything that the fragment shows: it is another when there is something new to show."""
    return f"{row.status}.{kept.state}.{kept.reason.code if kept.reason else ''}"


def _now(station: Station, number: str) -> Now:
    with station.node.read() as db:
        row = case_files.row(db, station.node.vault, number)
        if row is None:
            raise Refusal("cases.unknown")
        return Now(row, station.kept(station.reach(db), row))


@require(CLERK)
async def state(request: Request) -> Response:
    """`?known=` is the mark of what is shown already: then the answer waits for another one, or is 204. `?opened=` is
    the status with which the page was opened; not given, it is that of the mark."""
    station, number = station_of(request), request.path_params["number"]
    known, wakeup = request.query_params.get("known", ""), station.runtime.wakeup
    waited = 0.0
    while True:
        rung = wakeup.count
        now = await asyncio.to_thread(_now, station, number)
        if mark_of(*now) != known:
            return (
                _html(request, number, now) if "text/html" in request.headers.get("accept", "") else _json(request, now)
            )
        if waited >= HELD_SECONDS_MAX or wakeup.stopping or await request.is_disconnected():
            return Response(status_code=204)
        await wakeup.wait(LOOK_SECONDS, rung)
        waited += LOOK_SECONDS


def _html(request: Request, number: str, now: Now) -> Response:
    asked = request.query_params
    opened = asked.get("opened", "")[:STATUS_MAX] or asked.get("known", "").split(".")[0][:STATUS_MAX]
    following = f"/cases/{number}/state?{urlencode({'known': mark_of(*now), 'opened': opened})}"
    moved = f"/cases/{number}" if opened not in ("", now.row.status) else ""
    return render(request, StatePage(now.row.status, now.kept, following, moved))


def _json(request: Request, now: Now) -> Response:
    reason = now.kept.reason
    language = visit_of(request).language
    value = {
        "status": now.row.status,
        "kept": now.kept.state,
        "reason": texts.sentence(reason.code, language, **reason.values) if reason else "",
    }
    return Response(msgspec.json.encode(value), media_type="application/json")


ROUTES = [Route("/cases/{number}/state", state)]

"""What programs ask a hub: children (sync, joining), the operator's commands, and how the hub stands."""

from __future__ import annotations

from functools import partial

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import enrolment, operations
from central.hub import Hub
from central.operations import AskStatus
from central.web.base import hub_of
from shared_models.refusals import Refusal
from sync_protocol.core.joining import JOIN_PATH
from sync_protocol.host.operator import answer_refusal, from_this_machine, operator_route
from sync_protocol.store import accounts

JOIN_BYTES_MAX = 8 * 1024


async def status(request: Request) -> Response:
    """GET /api/status from this machine: `operations.Status` as JSON."""
    if not from_this_machine(request):
        raise Refusal("host.forbidden")
    answer = await run_in_threadpool(operations.status, hub_of(request), AskStatus())
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def join(request: Request) -> Response:
    """POST: the bearer of an unused invitation is admitted. A refusal is JSON `{"code": …, "values": {…}}`."""
    address = request.client.host if request.client else ""
    try:
        answer = await run_in_threadpool(_join, hub_of(request), await request.body(), address)
    except Refusal as refusal:
        return answer_refusal(refusal, 429 if refusal.code == "accounts.too_many" else 422)
    return Response(answer, media_type="application/json")


def _join(hub: Hub, body: bytes, address: str) -> bytes:
    now_ms, (burst, refill_ms) = hub.now_ms(), hub.settings.joins_by_address
    wait_ms = hub.node.database.write(lambda db: accounts.throttle(db, f"join/{address}", now_ms, burst, refill_ms))
    if wait_ms:
        raise Refusal("accounts.too_many", seconds=-(-wait_ms // 1000))
    answer = enrolment.accept(hub.node, enrolment.request_of(body), hub.runtime.resident_key, hub.entropy)
    return enrolment.answer_bytes(answer)


def routes(hub: Hub, token: str) -> list[Route]:
    """`/api/status`, the sync routes, `/sync/v1/join`, `/operator/{verb}`."""
    return [
        Route("/api/status", status),
        *hub.runtime.sync_server.routes(),
        Route(JOIN_PATH, join, methods=["POST"], max_body_size=JOIN_BYTES_MAX),
        operator_route(token, partial(operations.perform, hub)),
    ]

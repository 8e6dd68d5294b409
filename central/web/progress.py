"""The public page: how a case stands, for whoever has its number and query code. No login, no name, no id number.

An unknown number and a wrong code are answered alike: in the same words, and at the same moment after the question,
because every answer that says no waits for that moment. Guessing is slowed down by address and by case number.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central.hub import Hub
from central.showing import day_of
from central.web.base import SMALL_FORM, hub_of, status_for
from shared_models import cases, identifiers, signing
from shared_models.cases import CaseFile
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, public
from sync_protocol.host.web import render
from sync_protocol.store import accounts, case_files
from sync_protocol.store.database import Connection

SHOWN_KINDS = (
    cases.ACCEPTED, cases.NOTIFIED, cases.SUPPLEMENTED, cases.WITHDRAWN, cases.DECIDED, cases.DELIVERED,
    cases.DECLINED,
)  # fmt: skip


class Progress(NamedTuple):
    """What everybody with the code may know. `steps` = kind and moment (ms) of what has happened; `outcome` is ""
    before the decision and while records contradict each other (`disputed`); `due` is the promised day while the case
    is being handled."""

    number: str
    item: str
    department: str
    station: str
    status: str
    due: str
    provisional: bool
    outcome: str
    disputed: bool
    steps: list[tuple[str, int]]


@dataclass(frozen=True)
class ProgressPage:
    """The form, and the answer where there is one."""

    template: ClassVar[str] = "progress.html"
    number: str
    code: str
    progress: Progress | None
    form: Form
    errors: FormErrors

    day = staticmethod(day_of)


@public(SMALL_FORM)
async def progress(request: Request) -> Response:
    """GET: the form, filled from `?c=` of a receipt's QR. POST `number`, `code`: the answer."""
    hub, form, errors = hub_of(request), form_of(request), FormErrors()
    found = None
    if request.method == "POST":
        loop = asyncio.get_running_loop()
        until = loop.time() + hub.settings.progress_seconds
        found = await run_in_threadpool(_asked, hub, form, errors, request.client.host if request.client else "")
        if found is None and any(refusal.code == "central.progress_unknown" for _, refusal in errors):
            await hub.sleep(max(0.0, until - loop.time()))
    number, code = _scanned(request.query_params.get("c", ""))
    response = render(request, ProgressPage(number, code, found, form, errors), status_for(request, errors))
    for _, refusal in errors:
        if refusal.code == "central.progress_wait":
            response.headers["Retry-After"] = str(refusal.values["seconds"])
    return response


def _scanned(text: str) -> tuple[str, str]:
    """Number and code of a receipt's QR; nothing for any other text."""
    try:
        case, code = identifiers.parse_qr(text[: identifiers.TEXT_MAX])
    except Refusal:
        return "", ""
    return case.text, code


def _asked(hub: Hub, form: Form, errors: FormErrors, address: str) -> Progress | None:
    """The answer to a question; None where there is none, and `errors` then says why."""
    number, code = "", ""
    with errors.at("number"):
        number = identifiers.parse_case_number(form.text("number")).text
    with errors.at("code"):
        code = identifiers.normal_query_code(form.text("code"))
    if errors:
        return None
    with errors.at(""):
        _slow_down(hub, address, number)
    if errors:
        return None
    with hub.node.read() as db:
        row = case_files.row(db, hub.vault, number)
    found = None if row is None else _progress(row.case, code)
    if found is None:
        errors.add("", Refusal("central.progress_unknown"))
    return found


def _slow_down(hub: Hub, address: str, number: str) -> None:
    """Raises Refusal central.progress_wait. Whoever asks too much from one address uses up no number's questions."""
    now_ms, settings = hub.now_ms(), hub.settings

    def take(db: Connection) -> int:
        wait_ms = accounts.throttle(db, f"progress/from/{address}", now_ms, *settings.guesses_by_address)
        return wait_ms or accounts.throttle(db, f"progress/case/{number}", now_ms, *settings.guesses_by_number)

    wait_ms = hub.node.database.write(take)
    if wait_ms:
        raise Refusal("central.progress_wait", seconds=-(-wait_ms // 1000))


def _progress(case: CaseFile, code: str) -> Progress | None:
    """None where the code is not that of the case."""
    application = case.application
    if application is None or not signing.equal(application.query_code.encode(), code.encode()):
        return None
    item, deadline = application.item, application.deadline
    handled, disputed = case.status == "accepted", bool(case.open_conflicts)
    steps = [(each.kind, each.ms) for each in case.events if each.effect == "applied" and each.kind in SHOWN_KINDS]
    return Progress(
        case.number, item.name, item.department_name, application.station_name, case.status,
        deadline.day if handled else "", deadline.provisional,
        case.decision.outcome if case.decision and not disputed else "", disputed, steps,
    )  # fmt: skip


def routes() -> list[Route]:
    """`/progress`."""
    return [Route("/progress", progress, methods=["GET", "POST"])]

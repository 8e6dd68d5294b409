"""Published items that are suspended or cancelled: who they are, and doing so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central.halting import REASON_CHARACTERS_MAX, Halting, halt
from central.web.base import ADMIN, SMALL_FORM, hub_of, status_for
from shared_models.catalogue import Halt
from shared_models.catalogue.life import CANCELLED, SUSPENDED
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render
from sync_protocol.store import halting, knowledge
from sync_protocol.store.database import Connection

FIELDS = {
    "halts.reason_missing": "reason",
    "halts.reason_too_long": "reason",
    "halts.day_malformed": "since",
    "halts.until_before": "until",
}
"""Which field a refusal is about, where it is not the codes."""


class Stopped(NamedTuple):
    """An item that is suspended or cancelled; `name` as its last content has it."""

    code: str
    name: str
    halt: Halt


@dataclass(frozen=True)
class HaltsPage:
    """`codes` are those that another page brought along; a hub below the city looks, and changes nothing."""

    template: ClassVar[str] = "halts.html"
    suspended: list[Stopped]
    cancelled: list[Stopped]
    codes: str
    changing: bool
    now_ms: int
    form: Form
    errors: FormErrors
    reason_max: int = REASON_CHARACTERS_MAX


@require(ADMIN, limits=SMALL_FORM)
def halts(request: Request) -> Response:
    """GET: what is suspended and cancelled; `code` fills the form. POST `verb`, `codes`, `reason`, `since`, `until`."""
    form, errors = form_of(request), FormErrors()
    if request.method == "POST":
        codes = tuple(form.text("codes").replace("，", " ").replace(",", " ").split())
        asked = Halting(form.text("verb"), codes, form.text("reason"), form.text("since"), form.text("until"))
        found = FormErrors()
        with found.at(""):
            halt(hub_of(request), asked, account_at(request).actor)
            return redirect(request, "/catalogue/halts", f"halts.done_{asked.verb}")
        for _, refusal in found:
            errors.add(FIELDS.get(refusal.code, "codes"), refusal)
    hub = hub_of(request)
    with hub.node.read() as db:
        page = HaltsPage(
            suspended=_stopped(db, SUSPENDED),
            cancelled=_stopped(db, CANCELLED),
            codes=request.query_params.get("code", "")[:40],
            changing=hub.is_city,
            now_ms=hub.now_ms(),
            form=form,
            errors=errors,
        )
    return render(request, page, status_for(request, errors))


def _stopped(db: Connection, state: str) -> list[Stopped]:
    found = halting.halts(db, state)
    contents = {code: knowledge.last_content(db, code) for code in found}
    return [
        Stopped(code, str(content["name"]) if (content := contents[code]) else "—", halt)
        for code, halt in found.items()
    ]


def routes() -> list[Route]:
    """`/catalogue/halts`."""
    return [Route("/catalogue/halts", halts, methods=["GET", "POST"])]

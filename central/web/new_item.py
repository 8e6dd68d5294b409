"""A new item of the catalogue: from nothing, from the base list, or as a copy of another.

Who does it, at which level, and the basic code make its code. What the base list says of that basic code is left to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central.editing import drafting
from central.editing.drafting import Begin
from central.web.base import ADMIN, SMALL_FORM, hub_of, status_for
from central.web.editing import url_of
from shared_models.catalogue import BaseItem, Item
from shared_models.catalogue.codes import LEVELS
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render
from sync_protocol.store import base_list

BASE_SHOWN = 20


@dataclass(frozen=True)
class NewPage:
    """`found` are entries of the base list whose name holds what was searched for."""

    template: ClassVar[str] = "new_item.html"
    query: str
    found: list[BaseItem]
    copied: Item | None
    basic: str
    form: Form
    errors: FormErrors

    @property
    def levels(self) -> dict[str, tuple[str, str]]:
        return LEVELS


@require(ADMIN, limits=SMALL_FORM)
def new(request: Request) -> Response:
    """GET `q` searches the base list, `basic` chooses from it, `copied` begins from an item. POST makes the draft."""
    hub, form, errors = hub_of(request), form_of(request), FormErrors()
    drafting.city_only(hub.node)
    if request.method == "POST":
        level = form.text("level")
        if level not in LEVELS:
            errors.add("level", Refusal("editing.level_missing"))
        else:
            asked = Begin(
                form.text("department"),
                form.text("department_name"),
                int(level),
                form.text("basic"),
                form.text("copied"),
            )
            try:
                code = drafting.begin(hub.node, asked, account_at(request).actor)
                return redirect(request, url_of(code), "editing.begun")
            except Refusal as refusal:
                errors.add(_FIELD_OF.get(refusal.code.partition("_")[0], "basic"), refusal)
    return _new_page(request, form, errors)


_FIELD_OF = {"identifiers.credit": "department", "editing.unknown": "copied"}


def _new_page(request: Request, form: Form, errors: FormErrors) -> Response:
    query = request.query_params.get("q", "").strip()[:60]
    copied = form.text("copied") or request.query_params.get("copied", "")
    with hub_of(request).node.read() as db:
        entries = base_list.entries(db).values() if query else ()
        found = [each for each in entries if query in each.name or query.upper() in each.code][:BASE_SHOWN]
        source = drafting.find(db, copied) if copied else None
    basic = request.query_params.get("basic", "")[:12]
    page = NewPage(query, found, source.item if source else None, basic, form, errors)
    return render(request, page, status_for(request, errors))


def routes() -> list[Route]:
    """The page that begins an item."""
    return [Route("/catalogue/items/new", new, methods=["GET", "POST"])]

"""Changing many items of the catalogue at once: choose, preview, do all of it, take all of it back.

The address says which items: `code` for each, or `all=1` with a search as on the page of all items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import searching
from central.editing import bulk, drafting
from central.editing.bulk import CHANGES, ITEMS_MAX, VALUE_CHARACTERS_MAX, Asked, Change, Line, Plan
from central.editing.changing import value_of
from central.editing.fields import HEAD, PARTS, Field
from central.web.base import ADMIN, SMALL_FORM, hub_of, status_for
from central.web.items import query_of
from shared_models.catalogue import Item
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render
from sync_protocol.store import bulk_edits, catalogue_text
from sync_protocol.store.bulk_edits import BulkEdit
from sync_protocol.store.database import Connection

_OF_THE_WHOLE = ("editing.bulk_none", "editing.bulk_too_many", "editing.bulk_changed", "editing.unknown_item")


@dataclass(frozen=True)
class BulkPage:
    """`plan` None before the preview; `last` = the bulk edit that can be taken back."""

    template: ClassVar[str] = "bulk.html"
    chosen: int
    plan: Plan | None
    asked: Asked
    changes: Mapping[str, Change]
    last: BulkEdit | None
    form: Form
    errors: FormErrors

    def texts(self, line: Line) -> tuple[str, str]:
        """What stands there before and after."""
        return told(line.before, self.asked), told(line.after, self.asked)

    def label_of(self, asked: Mapping[str, str]) -> tuple[str, str]:
        """What was asked for, in Chinese and English."""
        change = CHANGES.get(asked.get("what", ""))
        return change.label if change else ("", "")


def told(item: Item, asked: Asked) -> str:
    """What stands in an item where `asked` changes it."""
    part, _, path = asked.what.partition("/")
    if part == "material":
        field = PARTS["materials"].field_at(path)
        entries = [each for each in value_of(item)["materials"] if each["name"] == asked.material]
        return "；".join(field.shown(each) for each in entries) if isinstance(field, Field) else ""
    path = {"keyword": "keywords", "no_keyword": "keywords", "basis": "legal_basis"}.get(asked.what, asked.what)
    field = PARTS[HEAD].field_at(path)
    return field.shown(value_of(item)) if field is not None else ""


@require(ADMIN, limits=SMALL_FORM)
def edit_many(request: Request) -> Response:
    """GET: what is to be done. POST `do` = preview or apply, with `what`, `value`, `old`, `material` and `mark`."""
    hub, form, errors = hub_of(request), form_of(request), FormErrors()
    drafting.city_only(hub.node)
    asked = Asked(*(form.text(name)[: VALUE_CHARACTERS_MAX + 1] for name in ("what", "value", "old", "material")))
    with hub.node.read() as db:
        codes = _codes(db, request)
    if form.text("do") == "apply":
        try:
            bulk.apply(hub.node, codes, asked, form.text("mark"), account_at(request).actor)
            return redirect(request, "/catalogue/bulk/done", "editing.bulk_done")
        except Refusal as refusal:
            _add(errors, refusal)
    plan = None
    with hub.node.read() as db:
        last = bulk_edits.last(db)
        if request.method == "POST":
            try:
                plan = bulk.plan(db, codes, asked)
            except Refusal as refusal:
                _add(errors, refusal)
    page = BulkPage(len(codes), plan, asked, CHANGES, last, form, errors)
    return render(request, page, status_for(request, errors))


def _add(errors: FormErrors, refusal: Refusal) -> None:
    """At the field that it is about: the value, unless it says otherwise."""
    if refusal.code in _OF_THE_WHOLE:
        errors.add("", refusal)
    elif refusal.code == "editing.bulk_what":
        errors.add("what", refusal)
    else:
        missing = refusal.code == "editing.bulk_missing"
        errors.add(str(refusal.values["field"]) if missing else "value", refusal)


def _codes(db: Connection, request: Request) -> list[str]:
    """The items that the address chooses, one more than may be at most."""
    query = request.query_params
    if query.get("all"):
        return catalogue_text.find_codes(db, searching.wanted(query_of(query)), ITEMS_MAX + 1)
    return list(dict.fromkeys(query.getlist("code")))[: ITEMS_MAX + 1]


@require(ADMIN, limits=SMALL_FORM)
def done(request: Request) -> Response:
    """GET: the last bulk edit. POST: takes it back."""
    hub, errors = hub_of(request), FormErrors()
    drafting.city_only(hub.node)
    if request.method == "POST":
        with errors.at(""):
            bulk.take_back(hub.node, account_at(request).actor)
            return redirect(request, "/catalogue/items", "editing.bulk_back")
    with hub.node.read() as db:
        last = bulk_edits.last(db)
    page = BulkPage(0, None, Asked(""), CHANGES, last, Form(), errors)
    return render(request, page, status_for(request, errors))


def routes() -> list[Route]:
    """Changing many items, and taking that back."""
    return [
        Route("/catalogue/bulk", edit_many, methods=["GET", "POST"]),
        Route("/catalogue/bulk/done", done, methods=["GET", "POST"]),
    ]

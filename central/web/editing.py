"""Editing an item of the catalogue: its head and each of its lists, one change a form.

`/catalogue/items/{code}/edit?part=materials&at=2` shows the third material; without `at` the list is shown, with
`at=new` an empty entry. What a form says is kept as a draft whether or not it may be published yet: what is wrong with
it stands at its fields. Refused is what cannot be read or kept at all, and what somebody else changed meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central.editing import drafting
from central.editing.changing import (
    ACTIONS,
    ADD,
    REMOVE,
    SET,
    Edit,
    Placed,
    changed_fields,
    empty_entry,
    entry_of,
    mark_of,
    place_of_code,
    placed,
    read,
    value_of,
)
from central.editing.drafting import TooLarge
from central.editing.fields import HEAD, PARTS, Field, Part, Value
from central.web.base import ADMIN, hub_of, status_for
from shared_models.catalogue import ERROR, Finding, Item
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors, FormLimits
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render

EDIT_FORM = FormLimits(fields_max=300, fields_bytes_max=128 * 1024)
NEW, NEXT = "new", "next"
SUMMARY_FIELDS = 4


@dataclass(frozen=True)
class Control:
    """A field as the page shows it: what stands in it, what may be chosen, what is wrong with it, and, where somebody
    else changed the entry meanwhile, what is saved now."""

    field: Field
    options: list[tuple[str, tuple[str, str]]]
    value: str
    chosen: tuple[str, ...]
    findings: list[Finding]
    theirs: str | None

    @property
    def wide(self) -> bool:
        return self.field.column.width >= 30 or self.field.control in ("boxes", "lines")


@dataclass(frozen=True)
class Row:
    """An entry of a list."""

    place: int
    title: str
    summary: str
    mark: str
    findings: list[Finding]
    last: bool


@dataclass(frozen=True)
class Tab:
    """A part with the number of its entries (None = the head) and of what is wrong in it."""

    part: Part
    entries: int | None
    errors: int
    here: bool


@dataclass(frozen=True)
class EditPage:
    """`place` None = the list of a part is shown, -1 = the head or a new entry. `loose` findings belong to no field
    that is shown."""

    template: ClassVar[str] = "editing.html"
    item: Item
    drafted: bool
    published: bool
    tabs: list[Tab]
    part: Part
    rows: list[Row]
    place: int | None
    mark: str
    controls: list[Control]
    loose: list[Finding]
    whole_mark: str
    form: Form
    errors: FormErrors

    @property
    def url(self) -> str:
        return url_of(self.item.code)

    @property
    def errors_found(self) -> int:
        return sum(tab.errors for tab in self.tabs)


def url_of(code: str, **query: str) -> str:
    """The page that edits an item."""
    return f"/catalogue/items/{quote(code, safe='')}/edit" + (f"?{urlencode(query)}" if query else "")


@require(ADMIN, limits=EDIT_FORM)
def edit(request: Request) -> Response:
    """GET: the item, or one entry of it. POST: one change."""
    hub, code = hub_of(request), str(request.path_params["code"])
    if not hub.is_city:
        if request.method == "POST":
            raise Refusal("central.city_only")
        return redirect(request, f"/catalogue/items/{quote(code, safe='')}/preview")
    if request.method == "POST":
        return _posted(request, code)
    part = PARTS.get(request.query_params.get("part", HEAD), PARTS[HEAD])
    return _page(request, code, part, _place(part, request.query_params.get("at", "")), form_of(request), FormErrors())


def _place(part: Part, text: str) -> int | None:
    if part.name == HEAD or text == NEW:
        return -1
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


def _posted(request: Request, code: str) -> Response:
    form, errors = form_of(request), FormErrors()
    action, part = form.text("edit.do"), PARTS.get(form.text("edit.part"), PARTS[HEAD])
    place = _place(part, form.text("edit.at"))
    if action == "discard":
        return _discarded(request, code, form, errors)
    doing = ADD if action in (SET, NEXT) and part.name != HEAD and place == -1 else SET if action == NEXT else action
    if doing not in ACTIONS or place is None:
        return redirect(request, url_of(code))
    typed = doing in (SET, ADD)
    values = read(part, lambda field: _text(form, field), errors) if typed else {}
    if not errors:
        try:
            edited = Edit(part.name, doing, place, form.text("edit.mark"), values)
            code = drafting.change(hub_of(request).node, code, edited, account_at(request).actor)
        except TooLarge as refused:
            for each in placed(refused.findings):
                errors.add(each.field, Refusal(each.finding.code, **each.finding.values))
        except Refusal as refusal:
            about_code = refusal.code in ("editing.code_taken", "editing.code_published")
            errors.add("code" if about_code else "", refusal)
    if errors:
        return _page(request, code, part, place if typed else None, form if typed else Form(), errors, values)
    return redirect(request, _after(code, part, action), "editing.removed" if doing == REMOVE else "editing.saved")


def _text(form: Form, field: Field) -> str:
    return "、".join(form.texts(field.name)) if field.control == "boxes" else form.text(field.name)


def _after(code: str, part: Part, action: str) -> str:
    if part.name == HEAD:
        return url_of(code)
    return url_of(code, part=part.name, at=NEW) if action == NEXT else url_of(code, part=part.name)


def _discarded(request: Request, code: str, form: Form, errors: FormErrors) -> Response:
    hub = hub_of(request)
    with errors.at(""):
        drafting.discard(hub.node, code, form.text("edit.mark"))
        with hub.node.read() as db:
            published = drafting.find(db, code) is not None
        return redirect(request, url_of(code) if published else "/catalogue/items", "editing.discarded")
    return _page(request, code, PARTS[HEAD], -1, Form(), errors)


def _page(
    request: Request, code: str, part: Part, place: int | None, form: Form, errors: FormErrors,
    typed: dict[str, object] | None = None,
) -> Response:  # fmt: skip
    with hub_of(request).node.read() as db:
        shown = drafting.shown(db, code)
        full = drafting.whole(db, shown.item)
        found = list(placed(drafting.findings(db, shown.item)))
    value = value_of(shown.item)
    clash = any(refusal.code == "editing.changed_meanwhile" for _, refusal in errors)
    if clash and typed and part.name != HEAD:
        place = place_of_code(value, part, str(typed.get("code", "")), place)
    entry = None if place is None or (place < 0 and part.name != HEAD) else entry_of(value, part.name, place)
    if entry is None and place is not None:
        place, entry = -1, empty_entry(value, part)
    theirs = changed_fields(part, entry, typed) if clash and entry is not None and typed else {}
    here = [each for each in found if each.part == part.name]
    controls = [] if entry is None else [_control(each, entry, value, place, here, theirs) for each in part.fields]
    seen = {control.field.name for control in controls}
    page = EditPage(
        item=full,
        drafted=shown.drafted,
        published=shown.published,
        tabs=[_tab(each, value, found, part) for each in PARTS.values()],
        part=part,
        rows=_rows(part, value, here),
        place=place,
        mark="" if entry is None else mark_of(entry, part.name),
        controls=controls,
        loose=[each.finding for each in here if each.place == -1 and each.field not in seen],
        whole_mark=drafting.mark_of_all(shown.item),
        form=form,
        errors=errors,
    )
    return render(request, page, status_for(request, errors))


def _control(
    field: Field, entry: Value, item: Value, place: int | None, found: list[Placed], theirs: dict[str, str]
) -> Control:
    own = place if place is not None and place >= 0 else None
    return Control(
        field,
        field.options(item, own) if field.control in ("boxes", "choice") else [],
        field.shown(entry),
        field.chosen(entry),
        [each.finding for each in found if each.place == place and each.field == field.name],
        theirs.get(field.name),
    )


def _tab(part: Part, item: Value, found: list[Placed], here: Part) -> Tab:
    errors = sum(each.part == part.name and each.finding.severity == ERROR for each in found)
    return Tab(part, None if part.name == HEAD else len(item[part.name]), errors, part is here)


def _rows(part: Part, item: Value, found: list[Placed]) -> list[Row]:
    if part.name == HEAD:
        return []
    entries = item[part.name]
    return [
        Row(
            place,
            f"{entry['code']} {entry.get(part.named_by, '')}".strip(),
            _summary(part, entry),
            mark_of(entry, part.name),
            [each.finding for each in found if each.place == place],
            place == len(entries) - 1,
        )
        for place, entry in enumerate(entries)
    ]


def _summary(part: Part, entry: Value) -> str:
    fields = (field for field in part.fields if field.path not in ("code", part.named_by))
    told = [f"{field.label[0]}：{text}" for field in fields if (text := field.shown(entry).replace("\n", "、"))]
    return "；".join(told[:SUMMARY_FIELDS])


def routes() -> list[Route]:
    """The page that edits an item."""
    return [Route("/catalogue/items/{code:path}/edit", edit, methods=["GET", "POST"])]

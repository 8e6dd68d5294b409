"""Home, the one field that takes everything, and an item with its situations.

The field knows by itself what was typed or scanned (`identifiers.what_is`): a case number or the code of a receipt
or its query code opens the case, an id number leads to the resident, an item's code to the item, anything else finds
items. The pages send it by POST, so that
an id number never stands in an address; a plain text goes on as an address that can be kept and shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.drafts import ID_MAX
from edge_node.station import Report
from edge_node.web import residents
from edge_node.web.asking import asking_address
from edge_node.web.context import CLERK, Worded, actor_of, note_access, station_of
from edge_node.web.drafts import Unfinished, unfinished
from edge_node.web.listed import READY, Listed, listed
from shared_models import identifiers
from shared_models.catalogue import Item, Material, codes, needed
from shared_models.catalogue.forms import plain
from shared_models.identifiers import Kind
from shared_models.refusals import Refusal
from sync_protocol.host.forms import FormLimits
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render, status_of, visit_of
from sync_protocol.store import case_files, leads
from sync_protocol.store.case_files import Filter

RECENT = 8
SMALL = FormLimits(fields_max=12, fields_bytes_max=8 * 1024)


@dataclass(frozen=True)
class HomePage(Worded):
    """The first page: the search field, the latest cases (for clerks only), how the line stands."""

    template: ClassVar[str] = "home.html"
    report: Report
    items: int
    may_serve: bool
    recent: tuple[Listed, ...]
    unfinished: list[Unfinished]
    of_others: list[Unfinished]
    open_notices: int
    open_decided: int


@dataclass(frozen=True)
class SearchPage(Worded):
    """What was found. `elsewhere` is a case number that is in order and not here: the case may be continued here.
    `draft` = the begun application that an item is looked for, "" if none, and `whose` it is, as far as known;
    `stopped` = those of the items that are not to be applied for, and why."""

    template: ClassVar[str] = "search.html"
    text: str
    items: tuple[Item, ...]
    problem: Refusal | None = None
    elsewhere: str = ""
    draft: str = ""
    whose: str = ""
    stopped: Mapping[str, Refusal] = field(default_factory=dict)


@dataclass(frozen=True)
class FoundItems(Worded):
    """The list of items alone, for the field that searches while one types."""

    template: ClassVar[str] = "found_items.html"
    items: tuple[Item, ...]
    stopped: Mapping[str, Refusal]


@dataclass(frozen=True)
class Way:
    """A situation and what it asks for."""

    code: str
    name: str
    question: str
    materials: tuple[Material, ...]


@dataclass(frozen=True)
class ItemPage(Worded):
    """One item: what it is, how long it takes, and the situations to choose from. `draft` = the begun application that
    is to go on with one of them, "" if none; `stopped` says why it is not to be applied for, None where it is."""

    template: ClassVar[str] = "item.html"
    item: Item
    version: int
    served: tuple[tuple[str, str], ...]
    kind: tuple[str, str]
    ways: tuple[Way, ...]
    draft: str
    stopped: Refusal | None


@require()
def home(request: Request) -> Response:
    """The first page."""
    station = station_of(request)
    may_serve = CLERK in account_at(request).roles
    recent: tuple[Listed, ...] = ()
    own: list[Unfinished] = []
    others: list[Unfinished] = []
    notices = decided = 0
    if may_serve:
        with station.node.read() as db:
            rows = case_files.rows(db, station.node.vault, Filter(), limit=RECENT)
            notices = case_files.count(db, Filter(statuses=("notified",)))
            decided = case_files.count(db, READY)
        recent = listed(station, rows)
        own, others = unfinished(station, actor_of(request))
        note_access(request, "cases.recent", "cases")
    shelf = station.desk.shelf()
    return render(
        request, HomePage(station.report(), len(shelf.items), may_serve, recent, own, others, notices, decided)
    )


@require(CLERK, limits=SMALL)
def search(request: Request) -> Response:
    """GET `?q=` and POST `q` or `scan`: what was typed decides what is done."""
    form = form_of(request)
    posted = request.method == "POST"
    text = (form.text("q") or form.text("scan")) if posted else request.query_params.get("q", "")
    text = " ".join(text.split())[: identifiers.TEXT_MAX]
    kind = identifiers.what_is(text)
    try:
        if (answer := _recognised(request, kind, text)) is not None:
            return answer
    except Refusal as refusal:
        status = status_of(visit_of(request).web, refusal.code)
        elsewhere = _number(text) if refusal.code == "cases.unknown" else ""
        return render(request, SearchPage("", (), refusal, elsewhere), status)
    if posted:
        return redirect(request, f"/search?{urlencode({'q': text})}" if text else "/")
    return _items(request, kind, text)


def _recognised(request: Request, kind: Kind, text: str) -> Response | None:
    """Where a number or a code leads; None where it is a text, or a code that is not known here. Raises Refusal."""
    station = station_of(request)
    match kind:
        case "qr":
            return _open_case(request, identifiers.parse_qr(text)[0].text)
        case "case_number":
            return _open_case(request, identifiers.parse_case_number(text).text)
        case "resident_id":
            return residents.shown(request, text)
        case "query_code":
            with station.node.read() as db:
                found = leads.with_query_code(db, station.node.vault, identifiers.normal_query_code(text), 1)
            return _open_case(request, found[0].number) if found else None
        case "item_code":
            code, draft = plain(text).replace(" ", "").upper(), _draft(request)
            if code in station.desk.shelf().items:
                return redirect(request, f"/items/{code}{'?' + urlencode({'draft': draft}) if draft else ''}")
    return None


def _items(request: Request, kind: Kind, text: str) -> Response:
    """The items for a text. A code that is wrong is told so, and one that is not known here."""
    problem, draft = _problem_of(kind, text), _draft(request)
    found = () if problem else tuple(station_of(request).desk.find(text))
    if not found and kind == "query_code":
        problem = Refusal("desk.query_code_unknown")
    stopped, whose = station_of(request).desk.stopped(found), residents.whose(request, draft)
    return render(request, SearchPage(text, found, problem, draft=draft, whose=whose, stopped=stopped))


def _problem_of(kind: Kind, text: str) -> Refusal | None:
    try:
        if kind == "credit_code":
            identifiers.credit_code(text)
        if kind == "item_code":
            identifiers.item_code(text)
    except Refusal as refusal:
        return refusal
    return None


def _number(text: str) -> str:
    """The case number in what was typed or scanned. Raises Refusal."""
    return (
        identifiers.parse_qr(text)[0] if identifiers.what_is(text) == "qr" else identifiers.parse_case_number(text)
    ).text


def _open_case(request: Request, number: str) -> Response:
    station_of(request).desk.case(number)
    return redirect(request, f"/cases/{number}")


@require(CLERK, limits=SMALL)
def suggest(request: Request) -> Response:
    """The items for what has been typed so far; nothing for what looks like a number."""
    text = form_of(request).text("q")
    plain = identifiers.what_is(text) == "text" and not text[:6].isdigit()
    found = station_of(request).desk.find(text)[:8] if plain else []
    return render(request, FoundItems(tuple(found), station_of(request).desk.stopped(found)))


@require(CLERK)
def item(request: Request) -> Response:
    """An item with its situations; one that has questions asks them first, unless `list=1` says that the clerk knows
    the situation. One that is suspended says so, and leads nowhere."""
    desk = station_of(request).desk
    shelf = desk.shelf()
    found = shelf.item(request.path_params["code"])
    stopped = desk.stopped([found]).get(found.code)
    if found.questions and stopped is None and "list" not in request.query_params:
        return redirect(request, asking_address(found.code, {}, _draft(request)))
    ways = tuple(Way(s.code, s.name, s.question, needed(found, s.code)) for s in found.situations)
    served = tuple(codes.SERVED[str(each)] for each in found.served if str(each) in codes.SERVED)
    kind = codes.ITEM_TYPES.get(found.item_type, ("—", "—"))
    return render(request, ItemPage(found, shelf.number, served, kind, ways, _draft(request), stopped))


def _draft(request: Request) -> str:
    return request.query_params.get("draft", "")[:ID_MAX]


ROUTES = [
    Route("/", home),
    Route("/search", search, methods=["GET", "POST"]),
    Route("/suggest", suggest, methods=["POST"]),
    Route("/items/{code}", item),
]

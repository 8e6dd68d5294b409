"""The catalogue: versions, drafts and what is wrong with them, files coming in, publishing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import exports, operations, publishing
from central.catalogue_files import write_template, write_xlsx
from central.catalogue_files.exporting import FORMATS, Format, packed
from central.exports import Export
from central.operations import Publish
from central.publishing import Change
from central.web import imports
from central.web.base import ADMIN, hub_of, page_number, status_for
from central.web.nodes import VersionsPage, versions_in
from shared_models.catalogue import ERROR, Finding, Item, basic_code, check, inherited, item_of
from shared_models.refusals import Refusal
from sync_protocol.host.forms import XLSX, Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render, send_file
from sync_protocol.store import base_list, knowledge
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts
from sync_protocol.store.knowledge import VersionRow

VERSIONS_SHOWN = 8
DRAFTS_A_PAGE = 20
FILE_TYPE = "application/octet-stream"
SHOWN = {"": None, "complete": True, "incomplete": False}


@dataclass(frozen=True)
class DraftLine:
    """An item with what is wrong with it; `published` says whether the latest version holds its code."""

    item: Item
    findings: list[Finding]
    published: bool

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == ERROR]


@dataclass(frozen=True)
class CataloguePage:
    """`change` is None below the city, where `drafts` are the published items; `base` = number of the base list and its
    entries; `shown` is "", complete or incomplete; `twice` = a number was given to two versions, and none came after
    them."""

    template: ClassVar[str] = "catalogue.html"
    versions: list[VersionRow]
    change: Change | None
    base: tuple[int, int]
    now_ms: int
    drafts: list[DraftLine]
    total: int
    number: int
    shown: str
    running: VersionsPage
    twice: bool
    form: Form
    errors: FormErrors

    @property
    def formats(self) -> dict[str, Format]:
        """What the catalogue is handed out in."""
        return FORMATS

    @property
    def latest(self) -> int:
        return self.versions[0].number if self.versions else 0

    @property
    def last(self) -> int:
        return -(-self.total // DRAFTS_A_PAGE)


@require(ADMIN)
def catalogue(request: Request) -> Response:
    return _catalogue(request, FormErrors())


@require(ADMIN)
def publish(request: Request) -> Response:
    """POST `withdrawn` (codes), `effective` (a day), both optional: publishes the next version."""
    if request.method != "POST":
        return redirect(request, "/catalogue")
    errors = FormErrors()
    form = form_of(request)
    withdrawn = tuple(form.text("withdrawn").replace("，", " ").replace(",", " ").split())
    try:
        operations.publish(hub_of(request), Publish(withdrawn, form.text("effective")), account_at(request).actor)
    except Refusal as refusal:
        about_day = refusal.code.startswith("central.effective_")
        errors.add("effective" if about_day else "withdrawn" if withdrawn else "", refusal)
        return _catalogue(request, errors)
    return redirect(request, "/catalogue", "central.published")


@require(ADMIN)
def workbook(request: Request) -> Response:
    """All drafts as a workbook, or the empty one to fill in."""
    hub = hub_of(request)
    if request.path_params["which"] == "template":
        return send_file(write_template(), XLSX.media_type, "事项目录模板.xlsx")
    with hub.node.read() as db:
        items = Drafts(db).all()
    return send_file(write_xlsx(items), XLSX.media_type, f"事项目录草稿-{hub.today()}.xlsx")


@require(ADMIN)
def export(request: Request) -> Response:
    """GET `drafts` (1 = the drafts instead of what is published): the catalogue in the format that the path names."""
    hub, name = hub_of(request), request.path_params["format"]
    errors = FormErrors()
    with errors.at(""):
        done = exports.export(hub, Export(name, request.query_params.get("drafts") == "1" and hub.is_city))
        if len(done.files) == 1:
            return send_file(done.files[0].content, FILE_TYPE, f"{hub.today()}-{done.files[0].name}")
        files = {file.name: file.content for file in done.files}
        return send_file(packed(files), FILE_TYPE, f"{hub.today()}-catalogue-{name}.zip")
    return _catalogue(request, errors)


def _catalogue(request: Request, errors: FormErrors) -> Response:
    hub, number = hub_of(request), page_number(request)
    wanted = request.query_params.get("shown", "")
    shown = wanted if wanted in SHOWN else ""
    with hub.node.read() as db:
        versions = publishing.versions(db, VERSIONS_SHOWN)
        change = publishing.change_ahead(db) if hub.is_city else None
        total, cut = (_drafts if hub.is_city else _published)(db, shown, (number - 1) * DRAFTS_A_PAGE)
        entries = base_list.some(db, {basic_code(item.code) for item in cut})
        base = base_list.latest(db), base_list.count(db)
        twice = hub.is_city and knowledge.number_used_twice(db)
    cut = [inherited(item, entries) for item in cut]
    held = versions[0].items if versions else {}
    page = CataloguePage(
        versions=versions,
        change=change,
        base=base,
        now_ms=hub.now_ms(),
        drafts=[DraftLine(item, check(item), item.code in held) for item in cut],
        total=total,
        number=number,
        shown=shown,
        running=versions_in(hub),
        twice=twice,
        form=form_of(request),
        errors=errors,
    )
    return render(request, page, status_for(request, errors))


def _drafts(db: Connection, shown: str, offset: int) -> tuple[int, list[Item]]:
    """How many drafts there are to be shown, and a page of them, by code."""
    drafts, whole = Drafts(db), SHOWN[shown]
    counts = drafts.counts()
    total = {None: counts.total, True: counts.complete, False: counts.total - counts.complete}[whole]
    return total, drafts.some(offset, DRAFTS_A_PAGE, whole)


def _published(db: Connection, _: str, offset: int) -> tuple[int, list[Item]]:
    """The items of the latest version in the same way: what a hub below the city can look at."""
    latest = knowledge.latest_version(db)
    values = [] if latest is None else list(knowledge.items_of(db, latest))
    return len(values), [item_of(value) for value in values[offset : offset + DRAFTS_A_PAGE]]


def routes() -> list[Route]:
    """`/catalogue` and what is below it."""
    return [
        Route("/catalogue", catalogue),
        Route("/catalogue/publish", publish, methods=["GET", "POST"]),
        *imports.routes(),
        Route("/catalogue/export/{format}", export),
        Route("/catalogue/{which}.xlsx", workbook),
    ]

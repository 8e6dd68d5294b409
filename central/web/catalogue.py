"""The catalogue: versions, drafts and what is wrong with them, files coming in, publishing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import importing, operations, publishing
from central.catalogue_files import write_template, write_xlsx
from central.importing import FaultyRow, KeptReport, Kind, RowFault
from central.operations import Publish
from central.publishing import Change
from central.web.base import ADMIN, hub_of, page_number, status_for
from central.web.nodes import VersionsPage, versions_in
from shared_models.catalogue import ERROR, Finding, Item, check, item_of
from shared_models.refusals import Refusal
from sync_protocol.host.forms import CSV, MIB, XLSX, Form, FormErrors, FormLimits
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render, send_file
from sync_protocol.store import knowledge
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts
from sync_protocol.store.knowledge import VersionRow

VERSIONS_SHOWN = 8
DRAFTS_A_PAGE = 20
ROWS_A_PAGE = 25
KINDS_SHOWN = 20
MEGABYTES_MAX = 16
IMPORT_FORM = FormLimits(20, 64 * 1024, files_max=6, file_bytes_max=MEGABYTES_MAX * MIB, types=(XLSX, CSV))
SHOWN = ("complete", "incomplete")


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
    """`change` is None below the city, where `drafts` are the published items; `shown` is "", complete or
    incomplete."""

    template: ClassVar[str] = "catalogue.html"
    versions: list[VersionRow]
    change: Change | None
    drafts: list[DraftLine]
    total: int
    number: int
    shown: str
    running: VersionsPage
    form: Form
    errors: FormErrors

    @property
    def latest(self) -> int:
        return self.versions[0].number if self.versions else 0

    @property
    def last(self) -> int:
        return -(-self.total // DRAFTS_A_PAGE)


@dataclass(frozen=True)
class ImportPage:
    """The form, and the report of the last import: what is wrong most often, then row by row."""

    template: ClassVar[str] = "import.html"
    report: KeptReport | None
    rows: list[FaultyRow]
    total: int
    number: int
    code: str
    column: str
    form: Form
    errors: FormErrors

    @property
    def kinds(self) -> list[tuple[RowFault, int]]:
        """The most frequent faults, each with its first place and how often it was found."""
        return self.report.kinds()[:KINDS_SHOWN] if self.report else []

    @property
    def common(self) -> frozenset[Kind]:
        """The kinds of fault that most rows have: they are not repeated at each row."""
        return self.report.common() if self.report else frozenset()

    @property
    def last(self) -> int:
        return -(-self.total // ROWS_A_PAGE)

    @property
    def query(self) -> str:
        return urlencode({"code": self.code, "column": self.column}) if self.code else ""

    @property
    def megabytes(self) -> int:
        return MEGABYTES_MAX

    @staticmethod
    def url_of(code: str, column: str) -> str:
        """The report with the rows that have this fault."""
        return "/catalogue/import?" + urlencode({"code": code, "column": column}) + "#rows"


@require(ADMIN)
def catalogue(request: Request) -> Response:
    return _catalogue(request, FormErrors())


@require(ADMIN)
def publish(request: Request) -> Response:
    """POST `withdrawn` (codes, optional): publishes the next version."""
    if request.method != "POST":
        return redirect(request, "/catalogue")
    errors = FormErrors()
    withdrawn = tuple(form_of(request).text("withdrawn").replace("，", " ").replace(",", " ").split())
    with errors.at("withdrawn" if withdrawn else ""):
        operations.publish(hub_of(request), Publish(withdrawn), account_at(request).actor)
        return redirect(request, "/catalogue", "central.published")
    return _catalogue(request, errors)


@require(ADMIN, limits=IMPORT_FORM)
def import_(request: Request) -> Response:
    """GET: the form and the last report. POST `file` (one or several): imports, then shows the report."""
    form, errors = form_of(request), FormErrors()
    if request.method == "POST":
        with errors.at("file"):
            files = form.uploads("file")
            if not files:
                raise Refusal("central.file_missing")
            importing.import_files(hub_of(request).node, [(upload.name, upload.data) for upload in files])
            return redirect(request, "/catalogue/import", "central.imported")
    return _import(request, errors)


@require(ADMIN)
def workbook(request: Request) -> Response:
    """All drafts as a workbook, or the empty one to fill in."""
    hub = hub_of(request)
    if request.path_params["which"] == "template":
        return send_file(write_template(), XLSX.media_type, "事项目录模板.xlsx")
    with hub.node.read() as db:
        items = Drafts(db).all()
    return send_file(write_xlsx(items), XLSX.media_type, f"事项目录草稿-{hub.today()}.xlsx")


def _catalogue(request: Request, errors: FormErrors) -> Response:
    hub, number = hub_of(request), page_number(request)
    wanted = request.query_params.get("shown", "")
    shown = wanted if wanted in SHOWN else ""
    with hub.node.read() as db:
        versions = publishing.versions(db, VERSIONS_SHOWN)
        change = publishing.change_ahead(db) if hub.is_city else None
        items = _drafts(db, shown) if hub.is_city else _published(db)
    held = versions[0].items if versions else {}
    cut = items[(number - 1) * DRAFTS_A_PAGE : number * DRAFTS_A_PAGE]
    page = CataloguePage(
        versions=versions,
        change=change,
        drafts=[DraftLine(item, check(item), item.code in held) for item in cut],
        total=len(items),
        number=number,
        shown=shown,
        running=versions_in(hub),
        form=form_of(request),
        errors=errors,
    )
    return render(request, page, status_for(request, errors))


def _drafts(db: Connection, shown: str) -> list[Item]:
    """The drafts that are to be shown, by code."""
    if shown == "complete":
        return Drafts(db).all(complete_only=True)
    left_out = {item.code for item in Drafts(db).all(complete_only=True)} if shown else set()
    return [item for item in Drafts(db).all() if item.code not in left_out]


def _published(db: Connection) -> list[Item]:
    """The items of the latest version, by code: what a hub below the city can look at."""
    latest = knowledge.latest_version(db)
    return [] if latest is None else [item_of(value) for value in knowledge.items_of(db, latest)]


def _import(request: Request, errors: FormErrors) -> Response:
    hub, number, query = hub_of(request), page_number(request), request.query_params
    code, column = query.get("code", "")[:80], query.get("column", "")[:80]
    with hub.node.read() as db:
        report = importing.last_report(db)
    rows = report.rows_with((code, column) if code else None) if report else []
    page = ImportPage(
        report=report,
        rows=rows[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE],
        total=len(rows),
        number=number,
        code=code,
        column=column,
        form=form_of(request),
        errors=errors,
    )
    return render(request, page, status_for(request, errors))


def routes() -> list[Route]:
    """`/catalogue` and what is below it."""
    return [
        Route("/catalogue", catalogue),
        Route("/catalogue/publish", publish, methods=["GET", "POST"]),
        Route("/catalogue/import", import_, methods=["GET", "POST"]),
        Route("/catalogue/{which}.xlsx", workbook),
    ]

"""Files of the catalogue come in by the browser: read first, looked at, and then taken or thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import wait
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import importing
from central.catalogue_files.differing import Cell, differences
from central.import_report import DROP, FaultyRow, KeptReport, Kind, RowFault
from central.importing import Begun, Progress
from central.web.base import ADMIN, hub_of, page_number, status_for
from shared_models.refusals import Refusal
from sync_protocol.host.forms import CSV, JSON, MIB, XLSX, Form, FormErrors, FormLimits, Upload
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render
from sync_protocol.store.drafts import CHANGED, EDITED, KEPT, NEW, SAME, Drafts, Staged, Staging

ROWS_A_PAGE = 25
CHANGES_A_PAGE = 20
KINDS_SHOWN = 20
MEGABYTES_MAX = 16
IMPORT_FORM = FormLimits(20, 64 * 1024, files_max=6, file_bytes_max=MEGABYTES_MAX * MIB, types=(XLSX, CSV, JSON))
OPEN_SECONDS, WAIT_SECONDS = 15.0, 3.0
"""How long the answer to a posted file waits, first until it is found to be readable at all, then for the report; after
that it shows how far the import is instead."""
SHOWN = {
    "": Staging(), NEW: Staging((NEW,)), CHANGED: Staging((CHANGED,)), SAME: Staging((SAME,)), KEPT: Staging((KEPT,)),
    EDITED: Staging((EDITED,)), "faulty": Staging(sound=False),
}  # fmt: skip
"""Filters of what an import would do."""
Outcomes = dict[tuple[str, bool], int]


def _counted(outcomes: Outcomes, wanted: Staging) -> int:
    return sum(
        number
        for (outcome, sound), number in outcomes.items()
        if (not wanted.outcomes or outcome in wanted.outcomes) and wanted.sound in (None, sound)
    )


@dataclass(frozen=True)
class ImportPage:
    """The form, and the report of the last import: what is wrong most often, then row by row. While an import is
    `running`, that is shown instead; `ended` is the import begun last, where nobody has been told how it ended.
    `outcomes` is what an import that waits would do."""

    template: ClassVar[str] = "import.html"
    running: Progress | None
    ended: Progress | None
    report: KeptReport | None
    outcomes: Outcomes
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

    def count(self, shown: str) -> int:
        """How many items of an import that waits a filter shows."""
        return _counted(self.outcomes, SHOWN[shown])

    @staticmethod
    def url_of(code: str, column: str) -> str:
        """The report with the rows that have this fault."""
        return "/catalogue/import?" + urlencode({"code": code, "column": column}) + "#rows"


@dataclass(frozen=True)
class ChangeLine:
    """An item of an import that waits, with the cells that become other."""

    staged: Staged
    cells: list[Cell]

    @property
    def name(self) -> str:
        item = self.staged.after or self.staged.before
        return item.name if item else ""


@dataclass(frozen=True)
class ChangesPage:
    """What an import that waits would do, item by item; `shown` is a filter of `SHOWN`."""

    template: ClassVar[str] = "import_changes.html"
    report: KeptReport
    outcomes: Outcomes
    lines: list[ChangeLine]
    shown: str
    number: int

    @property
    def total(self) -> int:
        return self.count(self.shown)

    @property
    def last(self) -> int:
        return -(-self.total // CHANGES_A_PAGE)

    def count(self, shown: str) -> int:
        """How many items a filter shows."""
        return _counted(self.outcomes, SHOWN[shown])


@require(ADMIN, limits=IMPORT_FORM)
def import_(request: Request) -> Response:
    """GET: the form and the last report, or how far an import is. POST `file` (one or several): reads them, and shows
    what they would change; what takes longer goes on by itself."""
    form, errors = form_of(request), FormErrors()
    if request.method == "POST":
        with errors.at("file"):
            files = form.uploads("file")
            if not files:
                raise Refusal("central.file_missing")
            begun = _begun(request, files, errors)
            if begun is None:
                return _import(request, errors)
            begun.opened.wait(OPEN_SECONDS)
            if not wait([begun.report], WAIT_SECONDS).done:
                return redirect(request, "/catalogue/import")
            begun.report.result()
            return redirect(request, "/catalogue/import", "imports.read")
    return _import(request, errors)


def _begun(request: Request, files: Sequence[Upload], errors: FormErrors) -> Begun | None:
    """The import of these files, None where it may not begin, for whatever file."""
    with errors.at(""):
        read = [(upload.name, upload.data) for upload in files]
        return importing.begin_import(hub_of(request).node, read, author=account_at(request).actor)
    return None


@require(ADMIN)
def decide(request: Request) -> Response:
    """POST `decision` (see `import_report`), `number` (of the import that was looked at)."""
    if request.method != "POST":
        return redirect(request, "/catalogue/import")
    form, errors = form_of(request), FormErrors()
    number, decision = form.text("number"), form.text("decision")
    try:
        importing.decide(hub_of(request).node, decision, int(number) if number.isdecimal() else 0)
    except Refusal as refusal:
        errors.add("", refusal)
        return _import(request, errors)
    return redirect(request, "/catalogue/import", "imports.dropped" if decision == DROP else "imports.taken_by_choice")


@require(ADMIN)
def changes(request: Request) -> Response:
    """GET `shown` (a filter), `page`: what the import that waits would do."""
    hub, number = hub_of(request), page_number(request)
    wanted = request.query_params.get("shown", "")
    shown = wanted if wanted in SHOWN else ""
    with hub.node.read() as db:
        report = importing.last_report(db)
        if report is None or not report.waits:
            return redirect(request, "/catalogue/import")
        drafts = Drafts(db)
        outcomes = drafts.outcomes(report.number)
        staged = drafts.staged(report.number, SHOWN[shown], (number - 1) * CHANGES_A_PAGE, CHANGES_A_PAGE)
    lines = [
        ChangeLine(each, differences(each.before, each.after) if each.before and each.after else []) for each in staged
    ]
    return render(request, ChangesPage(report, outcomes, lines, shown, number))


def _import(request: Request, errors: FormErrors) -> Response:
    hub, number, query = hub_of(request), page_number(request), request.query_params
    code, column = query.get("code", "")[:80], query.get("column", "")[:80]
    with hub.node.read() as db:
        report, last = importing.last_report(db), importing.progress(db)
        outcomes = Drafts(db).outcomes(report.number) if report and report.waits else {}
    running = last if last and last.under_way(hub.node.incarnation, hub.now_ms()) else None
    rows = report.rows_with((code, column) if code else None) if report else []
    page = ImportPage(
        running=running,
        ended=last if last and not running and (last.phase or last.code) and not errors else None,
        report=report,
        outcomes=outcomes,
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
    """`/catalogue/import` and what is below it."""
    return [
        Route("/catalogue/import", import_, methods=["GET", "POST"]),
        Route("/catalogue/import/changes", changes),
        Route("/catalogue/import/decide", decide, methods=["GET", "POST"]),
    ]

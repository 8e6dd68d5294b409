"""A village day on a page: lines of residents checked, those that are good taken in, all receipts printed at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node import batch
from edge_node.batch import Judged
from edge_node.desk import Intake
from edge_node.web.context import CLERK, Worded, actor_of, note_access, station_of
from edge_node.web.filling import entry_id_of
from edge_node.web.papers import qr_svg
from edge_node.web.printing import printed, texts_of
from shared_models import cases
from shared_models.catalogue import FormField
from shared_models.refusals import Refusal
from sync_protocol.host.forms import CSV, MIB, Form, FormErrors, FormLimits
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import redirect, render, status_of, visit_of

CHECK, ACCEPT = "check", "accept"
LINES, FILE, SURE = "lines", "file", "sure"
BATCH = FormLimits(fields_max=200, files_max=1, file_bytes_max=MIB, types=(CSV,))
PRINT = FormLimits(fields_max=batch.LINES_MAX + 10)
ENCODINGS = ("utf-8-sig", "gb18030")


class Row(NamedTuple):
    """A line on the page: what was found in it, and the number of its case once it was taken in, "" before."""

    judged: Judged
    number: str
    refusal: Refusal | None

    @property
    def masked(self) -> str:
        text = self.judged.line.values.get("id_number", "")
        return text[:4] + "*" * 10 + text[-4:] if len(text) == 18 else text


@dataclass(frozen=True)
class BatchPage(Worded):
    """The lines, what is wrong with them, and the cases that came of them. `columns` = headings in their order."""

    template: ClassVar[str] = "batch.html"
    intake: Intake
    form: Form
    errors: FormErrors
    batch_id: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    most: ClassVar[int] = batch.LINES_MAX

    @property
    def fields(self) -> tuple[FormField, ...]:
        return self.intake.item.fields

    @property
    def taken(self) -> tuple[str, ...]:
        return tuple(row.number for row in self.rows if row.number)

    @property
    def good(self) -> int:
        """How many lines may be taken in."""
        return sum(row.judged.good for row in self.rows)

    @staticmethod
    def choices(field: FormField) -> list[tuple[str, str]]:
        """The choices of a field as the macro `select` takes them."""
        return [(choice, choice) for choice in field.choices]


class Paper(NamedTuple):
    """What the receipt of one case needs."""

    application: cases.Application
    qr: Markup
    taken_ms: int


@dataclass(frozen=True)
class ReceiptsPage(Worded):
    """Receipts of several cases, each on a sheet of its own."""

    template: ClassVar[str] = "receipts.html"
    papers: tuple[Paper, ...]
    follow: str
    title: ClassVar[str] = "受理回执"

    @property
    def taken_ms(self) -> int:
        return max((paper.taken_ms for paper in self.papers), default=0)

    @property
    def texts(self) -> list[tuple[str, str]]:
        """What stands on them, by its labels."""
        return [each for paper in self.papers for each in texts_of(paper.application)]


@require(CLERK, limits=BATCH)
def show(request: Request) -> Response:
    """GET shows the empty lines; POST `lines` or `file` checks them, and takes in those that are good where `action` is
    accept and `sure` is ticked."""
    station, form, errors = station_of(request), form_of(request), FormErrors()
    code, situation = request.path_params["code"], request.query_params.get("situation", "")
    if not situation:
        return redirect(request, f"/items/{code}")
    intake = station.desk.intake(code, situation)
    batch_id, text = entry_id_of(request, form), ""
    with errors.at(FILE):
        text = _text(form)
    if text and not form.text(LINES):
        form = Form((*((key, value) for key, value in form.values if key != LINES), (LINES, text)), (), form.action)
    judged: list[Judged] = []
    if form.values and not errors:
        with errors.at(LINES):
            lines = batch.lines_of(text, intake.item.fields)
            judged = batch.judge(station.desk, intake, lines, _common(form, intake), batch_id)
    rows = [Row(each, "", None) for each in judged]
    if form.text("action") == ACCEPT and judged:
        rows = _take_in(request, form, errors, judged)
    columns = tuple(batch.columns_of(intake.item.fields))
    page = BatchPage(intake, form, errors, batch_id, columns, tuple(rows))
    codes = [refusal.code for _, refusal in errors]
    return render(request, page, max((status_of(visit_of(request).web, each) for each in codes), default=200))


def _text(form: Form) -> str:
    """The lines as typed, or those of the file where nothing was typed. Raises Refusal."""
    upload = form.upload(FILE)
    if form.text(LINES) or upload is None:
        return form.text(LINES)
    for encoding in ENCODINGS:
        try:
            return upload.data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("batch.not_utf8")


def _common(form: Form, intake: Intake) -> dict[str, str]:
    names = ("address", *(f"field.{each.code}" for each in intake.item.fields))
    return {name: form.text(name) for name in names if form.text(name)}


def _take_in(request: Request, form: Form, errors: FormErrors, judged: Sequence[Judged]) -> list[Row]:
    if not form.has(SURE, "yes"):
        errors.add(SURE, Refusal("batch.materials_unsaid"))
    elif not any(each.good for each in judged):
        errors.add("", Refusal("batch.nothing_good"))
    if errors:
        return [Row(each, "", None) for each in judged]
    return [_taken(request, each) for each in judged]


def _taken(request: Request, each: Judged) -> Row:
    """A line that is good is a case; one that is refused only now (a full disk) says so beside itself."""
    if each.checked is None or not each.good:
        return Row(each, "", None)
    try:
        return Row(each, station_of(request).desk.accept(each.checked, actor_of(request)), None)
    except Refusal as refusal:
        return Row(each, "", refusal)


@require(CLERK, limits=PRINT)
def receipts(request: Request) -> Response:
    """POST `number` of every case whose receipt is wanted."""
    return render(request, _receipts(request))


@require(CLERK, limits=PRINT)
def receipts_pdf(request: Request) -> Response:
    """The same as one PDF."""
    return printed(request, _receipts(request))


def _receipts(request: Request) -> ReceiptsPage:
    station, papers = station_of(request), []
    for number in form_of(request).texts("number"):
        row = station.desk.case(number)
        application = row.case.application
        if application is None:
            raise Refusal("cases.unknown")
        papers.append(Paper(application, qr_svg(application), row.case.taken_ms))
        note_access(request, "case.receipt", cases.subject_of(number))
    return ReceiptsPage(tuple(papers), station.follow_address())


ROUTES = [
    Route("/items/{code}/batch", show, methods=["GET", "POST"]),
    Route("/receipts", receipts, methods=["POST"]),
    Route("/receipts.pdf", receipts_pdf, methods=["POST"]),
]

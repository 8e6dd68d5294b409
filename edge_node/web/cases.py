"""The list of cases, with filters and pages, and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.station import Station
from edge_node.web.context import CLERK, Worded, note_access, station_of
from edge_node.web.listed import READY, Listed
from edge_node.web.words import KEPT, LISTS, STATUSES, TO_HAND_OVER
from shared_models import identifiers
from shared_models.refusals import Refusal
from sync_protocol.host.guards import require
from sync_protocol.host.pages import masked
from sync_protocol.host.web import redirect, render, send_file, visit_of
from sync_protocol.store import case_files
from sync_protocol.store.case_files import PAGE_MAX, CaseRow, Filter
from sync_protocol.store.database import Connection

PAGE_ROWS = 20
LOOKED_AT_MAX = 2000
"""A text is looked for in names, which rest sealed: so many of the newest cases are opened for it."""
EXPORT_MAX = 10_000


class Asked(NamedTuple):
    """What a list is asked for: a status or another of `LISTS` ("" = all), and a text or number ("" = none)."""

    status: str
    text: str

    @property
    def filter(self) -> Filter:
        if self.status == TO_HAND_OVER:
            return READY
        return Filter(statuses=(self.status,) if self.status else ())

    def fits(self, row: CaseRow) -> bool:
        if self.status == TO_HAND_OVER:
            return row.status in READY.statuses and not row.conflict
        return self.status in ("", row.status)

    def query(self, **more: str) -> str:
        return urlencode({key: value for key, value in (("status", self.status), ("text", self.text)) if value} | more)


@dataclass(frozen=True)
class CasesPage(Worded):
    """A page of the list. `bounded` = how many of the newest cases a text was looked for in (0 = no text)."""

    template: ClassVar[str] = "cases.html"
    rows: tuple[Listed, ...]
    total: int
    number: int
    last: int
    asked: Asked
    bounded: int
    problem: Refusal | None

    @property
    def url(self) -> str:
        return f"/cases?{self.asked.query(page='')}{{page}}"

    @property
    def csv_url(self) -> str:
        return f"/cases.csv?{self.asked.query()}"


def _asked(request: Request) -> Asked:
    given = request.query_params
    status = given.get("status", "")
    return Asked(status if status in LISTS else "", " ".join(given.get("text", "").split())[: identifiers.TEXT_MAX])


@require(CLERK)
def listing(request: Request) -> Response:
    """`?status=`, `?text=` (part of the item's or the applicant's name; an id number; a case number, which opens the
    case), `?page=`."""
    station, asked = station_of(request), _asked(request)
    problem = None
    try:
        if number := _number(asked.text):
            return redirect(request, f"/cases/{station.desk.case(number).number}")
        found = _found(station, asked) if asked.text else None
    except Refusal as refusal:
        problem, found = refusal, []
    with station.node.read() as db:
        total = case_files.count(db, asked.filter) if found is None else len(found)
        last = max(1, -(-total // PAGE_ROWS))
        page = min(max(1, _whole(request.query_params.get("page", ""))), last)
        start = (page - 1) * PAGE_ROWS
        rows = found[start : start + PAGE_ROWS] if found is not None else case_files.rows(
            db, station.node.vault, asked.filter, limit=PAGE_ROWS, offset=start
        )  # fmt: skip
        reach = station.reach(db)
    note_access(request, "cases.list", "cases")
    listed = tuple(Listed(row, station.kept(reach, row)) for row in rows)
    return render(request, CasesPage(listed, total, page, last, asked, LOOKED_AT_MAX if asked.text else 0, problem))


def _number(text: str) -> str:
    """The case number that a text is, or carries as a QR code; "" for any other text. Raises Refusal."""
    kind = identifiers.what_is(text)
    if kind == "qr":
        return identifiers.parse_qr(text)[0].text
    return identifiers.parse_case_number(text).text if kind == "case_number" else ""


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 1


def _found(station: Station, asked: Asked) -> list[CaseRow]:
    """The cases for a text: a resident's by id number, else those that have it in a name. Raises Refusal."""
    if identifiers.what_is(asked.text) == "resident_id":
        rows = station.desk.cases_of(station.desk.check_resident(asked.text))
        return [row for row in rows if asked.fits(row)]
    with station.node.read() as db:
        return [row for row in islice(_all(station, db, asked.filter), LOOKED_AT_MAX) if _has(row, asked.text)]


def _all(station: Station, db: Connection, wanted: Filter) -> Iterator[CaseRow]:
    """Every case that a filter lets through, newest first."""
    offset = 0
    while rows := case_files.rows(db, station.node.vault, wanted, limit=PAGE_MAX, offset=offset):
        yield from rows
        offset += len(rows)


def _has(row: CaseRow, text: str) -> bool:
    application = row.case.application
    if application is None:
        return False
    looked_at = (row.number, application.item.name, application.resident.name, application.situation_name)
    return any(text.casefold() in each.casefold() for each in looked_at)


@require(CLERK)
def export(request: Request) -> Response:
    """The rows of the list as CSV for a spreadsheet, with id numbers masked."""
    station, asked = station_of(request), _asked(request)
    english = int(visit_of(request).language == "en")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([pair[english] for pair in COLUMNS])
    with station.node.read() as db:
        reach = station.reach(db)
        rows = _found(station, asked) if asked.text else islice(_all(station, db, asked.filter), EXPORT_MAX)
        for row in rows:
            writer.writerow(map(_safe, _cells(Listed(row, station.kept(reach, row)), english)))
    note_access(request, "cases.export", "cases")
    return send_file(("\ufeff" + out.getvalue()).encode(), "text/csv; charset=utf-8", f"cases-{station.desk.today}.csv")


COLUMNS = (
    ("办件编号", "Case number"),
    ("事项", "Item"),
    ("情形", "Situation"),
    ("申请人", "Applicant"),
    ("身份证号（隐去中段）", "ID number (masked)"),
    ("收件日期", "Taken in"),
    ("承诺日期", "Promised"),
    ("办件状态", "Status"),
    ("留存状态", "Kept"),
)


def _cells(listed: Listed, english: int) -> list[str]:
    row, application = listed.row, listed.row.case.application
    states = [STATUSES[row.status][english], KEPT[listed.kept.state][english]]
    if application is None:
        return [row.number, "", "", "", "", row.day, row.due, *states]
    return [
        row.number, application.item.name, application.situation_name, application.resident.name,
        masked(application.resident.id_number), row.day, row.due, *states,
    ]  # fmt: skip


def _safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t")) else cell


ROUTES = [Route("/cases", listing), Route("/cases.csv", export)]

"""What this tier has to conclude: the list, its filters, and the same as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central.hub import Hub, calendar_in
from central.showing import day_of, masked_name
from central.web.base import HANDLING, hub_of, page_number
from central.worklist import LIGHTS, SCAN_MAX, Found, Lights, Line, Wanted, Worklist
from shared_models import identifiers
from shared_models.roster import DISTRICT
from sync_protocol.host.forms import clean
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import redirect, render, send_file
from sync_protocol.store import case_files
from sync_protocol.store.case_files import CaseRow
from sync_protocol.store.database import Connection

PAGE_SIZE = 20
TEXT_MAX = 60
FILTERS = ("item", "department", "station", "light", "text")
COLUMNS = (
    "办件编号", "事项名称", "事项编码", "实施部门", "受理站点", "区划", "受理日期", "承诺到期日", "期限", "剩余工作日",
)  # fmt: skip
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "'")


@dataclass(frozen=True)
class WorklistPage:
    """`query` = the filters as they stand in the address."""

    template: ClassVar[str] = "worklist.html"
    wanted: Wanted
    found: Found
    number: int
    query: str

    @property
    def last(self) -> int:
        return -(-self.found.total // PAGE_SIZE)

    @property
    def filtered(self) -> bool:
        return not self.wanted.plain

    @property
    def only_conflicts(self) -> bool:
        """Whether all contradictions were asked for, and nothing narrower."""
        return self.wanted == Wanted(conflict=True)

    @property
    def scanned(self) -> int:
        """How many cases were looked at where not all were."""
        return SCAN_MAX if self.found.cut else 0

    masked = staticmethod(masked_name)
    day = staticmethod(day_of)


@dataclass(frozen=True)
class ResidentPage:
    """The cases of one resident at this hub, newest first."""

    template: ClassVar[str] = "resident.html"
    rows: list[CaseRow]

    day = staticmethod(day_of)


def worklist_in(hub: Hub, db: Connection) -> Worklist:
    """The worklist of this hub's tier as it stands today."""
    lights = Lights(calendar_in(db), hub.today(), hub.settings.warn_days)
    return Worklist(db, hub.vault, hub.tier, lights, hub.me.area if hub.tier == DISTRICT else "")


@require(*HANDLING)
def worklist(request: Request) -> Response:
    hub, wanted, number = hub_of(request), _wanted(request), page_number(request)
    with hub.node.read() as db:
        found = worklist_in(hub, db).page(wanted, number, PAGE_SIZE)
    return render(request, WorklistPage(wanted, found, number, _query(wanted)))


@require(*HANDLING)
def worklist_csv(request: Request) -> Response:
    """The whole list as filtered, without anybody's name."""
    hub, wanted = hub_of(request), _wanted(request)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    with hub.node.read() as db:
        writer.writerows([safe_cell(cell) for cell in _cells(line)] for line in worklist_in(hub, db).lines(wanted))
    return send_file(text.getvalue().encode("utf-8-sig"), "text/csv", f"worklist-{hub.today()}.csv")


@require(*HANDLING)
def find(request: Request) -> Response:
    """One field for what is scanned or typed: a case number or a receipt's QR opens the case, an id number lists the
    resident's cases, anything else is looked for in the worklist."""
    hub, text = hub_of(request), form_of(request).text("scan")[: identifiers.TEXT_MAX]
    kind = identifiers.what_is(text)
    if kind == "qr":
        return redirect(request, f"/cases/{identifiers.parse_qr(text)[0].text}")
    if kind == "case_number":
        return redirect(request, f"/cases/{identifiers.parse_case_number(text).text}")
    if kind == "resident_id":
        resident = identifiers.resident_id(text, hub.today())
        with hub.node.read() as db:
            return render(request, ResidentPage(case_files.rows_of_resident(db, hub.vault, resident.number)))
    return redirect(request, "/worklist?" + urlencode({"text": text[:TEXT_MAX]}))


def _wanted(request: Request) -> Wanted:
    query = request.query_params
    texts = {name: clean(query.get(name, ""))[:TEXT_MAX].strip() for name in FILTERS}
    if texts["light"] not in LIGHTS:
        texts["light"] = ""
    return Wanted(**texts, conflict=query.get("conflict") == "1")


def _query(wanted: Wanted) -> str:
    values = {name: value for name, value in wanted._asdict().items() if value and name != "conflict"}
    return urlencode({**values, "conflict": "1"} if wanted.conflict else values)


def _cells(line: Line) -> tuple[str | int, ...]:
    row, item = line.row, line.application.item
    light = {"red": "已超期", "yellow": "即将到期", "green": "期限内"}[line.light]
    return (
        row.number, item.name, item.code, item.department_name, line.application.station_name, row.area, row.day,
        row.due, light, line.days,
    )  # fmt: skip


def safe_cell(cell: str | int) -> str | int:
    """A text that a spreadsheet would take for a formula gets the apostrophe that marks text there."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def routes() -> list[Route]:
    """`/worklist`, `/worklist.csv`, `/find`."""
    return [
        Route("/worklist", worklist),
        Route("/worklist.csv", worklist_csv),
        Route("/find", find, methods=["POST"]),
    ]

"""The audit of the catalogue: what is wrong, how often, where, and how that went from version to version."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, urlencode

import xlsxwriter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import auditing
from central.catalogue_files.hints import hint
from central.editing.changing import placed
from central.editing.fields import PARTS
from central.hub import Hub
from central.web.base import ADMIN, SMALL_FORM, SUPERVISOR, hub_of, page_number
from central.web.worklist import safe_cell
from shared_models import texts
from shared_models.catalogue import ERROR, SEVERITY, WARNING, Finding
from shared_models.refusals import Refusal
from shared_models.roster import CITY
from sync_protocol.host.forms import CSV, XLSX, FileType
from sync_protocol.host.guards import require
from sync_protocol.host.web import redirect, render, send_file
from sync_protocol.store import catalogue_audits, knowledge
from sync_protocol.store.catalogue_audits import DRAFTS, AuditRow, FindingRow, Wanted
from sync_protocol.store.database import Connection

FINDINGS_A_PAGE = 30
VERSIONS_SHOWN = 24
COLUMNS = ("程度", "事项编码", "事项名称", "位置", "问题", "怎样修改", "代码")
CHART_WIDTH, CHART_HEIGHT = 640, 160


@dataclass(frozen=True)
class Line:
    """A finding as the list shows it: `part`, `place` and `label` say where in the item, place from 1, 0 = none;
    `edit` = the address where it is mended, "" below the city."""

    row: FindingRow
    part: tuple[str, str]
    place: int
    label: str
    edit: str

    def hint(self, language: str) -> str:
        return hint(self.row.finding, self.row.values, self.row.item, self.label, language)


@dataclass(frozen=True)
class Trend:
    """A line of the chart: how often in each version, and the points of the line in its picture."""

    severity: str
    points: str
    dots: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True)
class AuditPage:
    """`audit` is that of the drafts or of the version published last, None where none was made yet; `examples` = of
    each finding the first; `history` are the audits of the latest versions, the oldest first."""

    template: ClassVar[str] = "audit.html"
    drafts: bool
    city: bool
    audit: AuditRow | None
    lines: list[Line]
    examples: dict[str, FindingRow]
    total: int
    wanted: Wanted
    number: int
    history: list[AuditRow]

    @property
    def last(self) -> int:
        return -(-self.total // FINDINGS_A_PAGE)

    @property
    def of(self) -> str:
        return "drafts" if self.drafts else "published"

    def url(self, **changed: str) -> str:
        """This list with other filters."""
        asked = {"of": self.of, **self.wanted._asdict(), **changed}
        return "/catalogue/audit?" + urlencode({name: value for name, value in asked.items() if value})

    def export(self, suffix: str) -> str:
        """The list as filtered, as a file."""
        return self.url().replace("/audit?", f"/audit/list.{suffix}?", 1)

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """(finding, severity, how often), errors first, then the most frequent."""
        counts = self.audit.counts if self.audit else {}
        found = [(code, SEVERITY.get(code, WARNING), number) for code, number in counts.items()]
        return sorted(found, key=lambda each: (each[1] != ERROR, -each[2], each[0]))

    @property
    def top(self) -> int:
        """The highest count of the chart."""
        return max((max(each.errors, each.warnings) for each in self.history), default=0)

    @property
    def trends(self) -> list[Trend]:
        return [self._trend(ERROR, [each.errors for each in self.history]),
                self._trend(WARNING, [each.warnings for each in self.history])]  # fmt: skip

    def _trend(self, severity: str, counts: list[int]) -> Trend:
        step, top = CHART_WIDTH / max(1, len(counts) - 1), max(1, self.top)
        dots = tuple(
            (round(place * step, 1), round(CHART_HEIGHT * (1 - count / top), 1), count)
            for place, count in enumerate(counts)
        )
        return Trend(severity, " ".join(f"{x},{y}" for x, y, _ in dots), dots)


@require(ADMIN, SUPERVISOR, limits=SMALL_FORM)
def audit(request: Request) -> Response:
    """GET `of` (drafts or published), `finding`, `severity`, `item`: the findings of the last audit. POST: audits
    anew."""
    hub = hub_of(request)
    drafts = request.query_params.get("of", "") == "drafts" and hub.tier == CITY
    if request.method == "POST":
        auditing.audit(hub, auditing.Audit(drafts=drafts))
        return redirect(request, "/catalogue/audit?of=" + ("drafts" if drafts else "published"), "auditing.done")
    wanted, number = _wanted(request), page_number(request)
    with hub.node.read() as db:
        row = _row(db, drafts=drafts)
        version = row.version if row else DRAFTS
        place = (number - 1) * FINDINGS_A_PAGE
        found = catalogue_audits.findings(db, version, wanted, place, FINDINGS_A_PAGE) if row else []
        page = AuditPage(
            drafts=drafts,
            city=hub.tier == CITY,
            audit=row,
            lines=[_line(each, hub.tier == CITY) for each in found],
            examples=catalogue_audits.first_of_each(db, version) if row else {},
            total=catalogue_audits.count(db, version, wanted) if row else 0,
            wanted=wanted,
            number=number,
            history=catalogue_audits.history(db, VERSIONS_SHOWN),
        )
    return render(request, page)


@require(ADMIN, SUPERVISOR)
def export(request: Request) -> Response:
    """The whole list as filtered, as CSV or as a workbook."""
    hub = hub_of(request)
    drafts = request.query_params.get("of", "") == "drafts" and hub.tier == CITY
    with hub.node.read() as db:
        row = _row(db, drafts=drafts)
        if row is None:
            raise Refusal("auditing.none")
        found = catalogue_audits.findings(db, row.version, _wanted(request), 0, auditing.LISTED_MAX)
    lines = [COLUMNS, *map(_cells, found)]
    kind = XLSX if request.path_params["suffix"] == "xlsx" else CSV
    return send_file(_written(kind, lines), kind.media_type, _name(hub, row, kind))


def _row(db: Connection, *, drafts: bool) -> AuditRow | None:
    latest = knowledge.latest_number(db)
    return catalogue_audits.audit(db, DRAFTS if drafts else latest) if drafts or latest else None


def _line(row: FindingRow, city: bool) -> Line:
    """Where in the item, as the editor counts and names it."""
    (where,) = placed([Finding(row.finding, row.field, dict(row.values))])
    part = PARTS[where.part]
    field = next((each for each in part.fields if each.name == where.field), None)
    asked = {"part": part.name, **({"at": str(where.place)} if where.place >= 0 else {})}
    edit = f"/catalogue/items/{quote(row.item, safe='')}/edit?{urlencode(asked)}" if city and row.item else ""
    return Line(row, part.label, where.place + 1, field.label[0] if field else "", edit)


def _wanted(request: Request) -> Wanted:
    query = request.query_params
    severity = query.get("severity", "")
    return Wanted(
        query.get("finding", "")[:60], severity if severity in (ERROR, WARNING) else "", query.get("item", "")[:60]
    )


def _cells(row: FindingRow) -> tuple[str, ...]:
    line = _line(row, city=False)
    where = [line.part[0], f"第 {line.place} 条" if line.place else "", line.label]
    sentence = texts.sentence(row.finding, "zh", **row.values)
    return (
        "错误" if row.severity == ERROR else "提醒", row.item, row.name, " · ".join(each for each in where if each),
        sentence, line.hint("zh"), row.finding,
    )  # fmt: skip


def _written(kind: FileType, lines: list[tuple[str, ...]]) -> bytes:
    if kind is CSV:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([safe_cell(cell) for cell in line] for line in lines)
        return text.getvalue().encode("utf-8-sig")
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("审计")
        for place, line in enumerate(lines):
            for column, cell in enumerate(line):
                sheet.write_string(place, column, cell)
        sheet.autofilter(0, 0, len(lines) - 1, len(COLUMNS) - 1)
        sheet.freeze_panes(1, 0)
    return written.getvalue()


def _name(hub: Hub, row: AuditRow, kind: FileType) -> str:
    what = f"第{row.version}版" if row.version else "草稿"
    return f"事项目录审计-{what}-{hub.today()}{kind.suffix}"


def routes() -> list[Route]:
    """`/catalogue/audit` and the list as a file."""
    return [
        Route("/catalogue/audit", audit, methods=["GET", "POST"]),
        Route("/catalogue/audit/list.{suffix}", export),
    ]

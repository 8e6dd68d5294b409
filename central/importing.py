"""Catalogue files come in: read, kept as drafts, and the report of what was wrong kept for whoever mends the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import msgspec

from central.catalogue_files import Fault, ImportReport, read_files
from shared_models import texts
from shared_models.refusals import Refusal
from shared_models.roster import CITY
from sync_protocol.node import Node
from sync_protocol.store import state
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts, Stored

REPORT = "import_report"
FAULTS_KEPT_MAX = 20_000
COMMON_MIN = 20

Kind = tuple[str, str]
"""(code of the sentence, column): faults that are mended in the same way."""


class RowFault(msgspec.Struct, frozen=True):
    """A `Fault` as it is kept: `row` counts from 1, the header is 1; `column` "" = the whole row."""

    sheet: str
    row: int
    column: str
    code: str
    severity: str
    values: dict[str, str | int]
    item: str

    @property
    def kind(self) -> Kind:
        return self.code, self.column

    def sentence(self, language: str) -> str:
        return texts.sentence(self.code, language, **self.values)


class KeptReport(msgspec.Struct, frozen=True):
    """What the last import found. `rows` of items were read; `complete` of its items may be published; `added`,
    `changed`, `unchanged` and `kept` (a better draft was there) count drafts; `left_off` faults are not listed."""

    at_ms: int
    files: tuple[str, ...]
    rows: int
    complete: int
    incomplete: int
    added: int
    changed: int
    unchanged: int
    kept: int
    errors: int
    warnings: int
    left_off: int
    faults: tuple[RowFault, ...]

    def kinds(self) -> list[tuple[RowFault, int]]:
        """(first fault of its kind, how often), the most frequent first: what to mend once for all rows."""
        first: dict[Kind, RowFault] = {}
        for fault in self.faults:
            first.setdefault(fault.kind, fault)
        return [(first[kind], number) for kind, number in self._tally().most_common()]

    def common(self) -> frozenset[Kind]:
        """The kinds of fault that most rows have, such as a column that a whole file lacks."""
        return frozenset(kind for kind, number in self._tally().items() if number > max(COMMON_MIN, self.rows // 2))

    def rows_with(self, kind: Kind | None = None) -> list[FaultyRow]:
        """The rows that have a fault of this kind; without one, those that have a fault which most rows do not have.
        In the order of the file; what most rows have is left out of each."""
        common = self.common()
        found = []
        for (sheet, row), group in groupby(self.faults, key=lambda fault: (fault.sheet, fault.row)):
            faults = tuple(group)
            own = tuple(fault for fault in faults if fault.kind == kind or fault.kind not in common)
            if own and (kind is None or any(fault.kind == kind for fault in own)):
                found.append(FaultyRow(sheet, row, next((fault.item for fault in faults if fault.item), ""), own))
        return found

    def _tally(self) -> Counter[Kind]:
        return Counter(fault.kind for fault in self.faults)


class FaultyRow(msgspec.Struct, frozen=True):
    """A row of a file with what is wrong in it."""

    sheet: str
    row: int
    item: str
    faults: tuple[RowFault, ...]


def import_files(node: Node, files: Sequence[tuple[str, bytes]]) -> KeptReport:
    """Reads files (name, content) that belong together, keeps their items as drafts and the report beside them.

    Raises Refusal central.city_only, or `catalogue.file_…` where a file as a whole cannot be used."""
    if node.member.tier != CITY:
        raise Refusal("central.city_only")
    found = read_files(files)
    names = tuple(name for name, _ in files)

    def keep(db: Connection) -> KeptReport:
        now_ms = node.now()
        stored = Drafts(db).put_many(found.items, "、".join(names)[:200], now_ms)
        report = _kept(found, names, stored, now_ms)
        state.put(db, REPORT, msgspec.to_builtins(report))
        return report

    return node.database.write(keep)


def last_report(db: Connection) -> KeptReport | None:
    """The report of the last import at this hub."""
    kept = state.get(db, REPORT)
    return None if kept is None else msgspec.convert(kept, KeptReport)


def _kept(found: ImportReport, names: tuple[str, ...], stored: Stored, now_ms: int) -> KeptReport:
    listed = found.faults[:FAULTS_KEPT_MAX]
    return KeptReport(
        now_ms, names, found.rows, len(found.complete), len(found.items) - len(found.complete), *stored,
        found.errors, found.warnings, found.left_off + len(found.faults) - len(listed), tuple(map(_row_fault, listed)),
    )  # fmt: skip


def _row_fault(fault: Fault) -> RowFault:
    return RowFault(fault.sheet, fault.row, fault.column, fault.code, fault.severity, fault.values, fault.item)

"""Catalogue files come in: read, kept as drafts, and the report of what was wrong kept for whoever mends the file.

A large file takes a while, and nobody waits for it: it is read beside the work, its drafts are written in slices with
room for others in between, and all of them show at once at the end. How far it is stands in the database (`progress`).
An import that breaks off, with its process or for a full disk, has changed nothing that anybody sees.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from itertools import groupby, islice
from typing import NamedTuple

import msgspec
import structlog

from central.catalogue_files import Fault, ImportReport, read_files
from shared_models import texts
from shared_models.catalogue import Item
from shared_models.refusals import Refusal
from shared_models.roster import CITY
from sync_protocol.host.logs import names_of, places_of
from sync_protocol.node import Node
from sync_protocol.store import base_list, state
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts, Overtaken, Ready, Stored, ready

REPORT, PROGRESS = "import_report", "import_progress"
FAULTS_KEPT_MAX = 20_000
COMMON_MIN = 20
SLICE = 400
"""Drafts a transaction: some milliseconds for whoever wants to write as well."""
SILENT_MS_MAX = 120_000
READING, KEEPING = "reading", "keeping"

log = structlog.get_logger("tongban.import")

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
    `changed`, `unchanged` and `kept` (a better draft was there) count drafts; `left_off` faults are not listed; `base`
    entries of a base list were in the files, and left alone."""

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
    base: int = 0

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


class Progress(msgspec.Struct, frozen=True):
    """How the import stands that was begun last: `phase` is READING or KEEPING, "" when it is over; `done` of `total`
    steps of the phase. `code` with `values` says why it failed, "" where it did not."""

    number: int
    incarnation: str
    files: tuple[str, ...]
    begun_ms: int
    at_ms: int
    phase: str
    done: int = 0
    total: int = 0
    code: str = ""
    values: dict[str, str | int] = {}

    def under_way(self, incarnation: str, now_ms: int) -> bool:
        """Whether it goes on: in the process of this incarnation, and not silent for minutes."""
        return bool(self.phase) and self.incarnation == incarnation and now_ms - self.at_ms < SILENT_MS_MAX

    @property
    def failure(self) -> Refusal | None:
        return Refusal(self.code, **self.values) if self.code else None


def progress(db: Connection) -> Progress | None:
    """The import that was begun last at this hub."""
    kept = state.get(db, PROGRESS)
    return None if kept is None else msgspec.convert(kept, Progress)


def import_files(node: Node, files: Sequence[tuple[str, bytes]]) -> KeptReport:
    """Reads files (name, content) that belong together, keeps their items as drafts and the report beside them.

    Raises Refusal central.city_only, central.import_under_way, or `catalogue.file_…` where a file as a whole cannot be
    used; central.import_overtaken."""
    return _Import(node, files).run()


class Begun(NamedTuple):
    """An import that goes on by itself. `opened` is set once its files were found to be readable, or it has ended."""

    opened: threading.Event
    report: Future[KeptReport]


def begin_import(node: Node, files: Sequence[tuple[str, bytes]]) -> Begun:
    """The same beside the work, in a thread that a stopping process does not wait for. Raises Refusal
    central.city_only, central.import_under_way; the others come with the report."""
    work = _Import(node, files)
    begun = Begun(work.opened, Future())

    def run() -> None:
        try:
            begun.report.set_result(work.run())
        except BaseException as error:  # noqa: BLE001  # it is the caller's
            begun.report.set_exception(error)
        begun.opened.set()

    threading.Thread(target=run, name="import", daemon=True).start()
    return begun


class _Import:
    """One import, noted as under way as soon as it is made."""

    def __init__(self, node: Node, files: Sequence[tuple[str, bytes]]) -> None:
        if node.member.tier != CITY:
            raise Refusal("central.city_only")
        self.opened = threading.Event()
        self._node = node
        self._files = files
        self._names = tuple(name for name, _ in files)
        self._progress = node.database.write(self._begin)

    def _begin(self, db: Connection) -> Progress:
        now_ms, before = self._node.now(), progress(db)
        if before is not None and before.under_way(self._node.incarnation, now_ms):
            raise Refusal("central.import_under_way", files="、".join(before.files)[:80])
        begun = Progress(Drafts(db).begin(), self._node.incarnation, self._names, now_ms, now_ms, READING)
        _note(db, begun)
        return begun

    def run(self) -> KeptReport:
        """Reads and keeps. Where it fails, why is noted as well."""
        try:
            with self._node.read() as db:
                base = base_list.entries(db)
            found = read_files(self._files, self._told, base=tuple(base.values()))
            self._sweep()
            return self._show(found, self._stage(found))
        except Overtaken:
            raise Refusal("central.import_overtaken") from None
        except Refusal as refusal:
            self._failed(refusal)
            raise
        except Exception as error:
            log.error("incident", error=names_of(error), where=places_of(error))  # perhaps nobody waits any more
            self._failed(Refusal("central.import_broke_off"))
            raise

    def _told(self, done: int, total: int) -> None:
        self.opened.set()
        self._node.database.write(lambda db: self._step(db, READING, done, total))

    def _step(self, db: Connection, phase: str, done: int = 0, total: int = 0, why: Refusal | None = None) -> None:
        """Notes how far the import is, or why it failed. Raises Overtaken where another one has begun since."""
        present = progress(db)
        if present is None or present.number != self._progress.number:
            raise Overtaken
        now = msgspec.structs.replace(self._progress, at_ms=self._node.now(), phase=phase, done=done, total=total)
        _note(db, now if why is None else msgspec.structs.replace(now, code=why.code, values=dict(why.values)))

    def _sweep(self) -> None:
        after: str | None = ""
        while after is not None:
            after = self._node.database.write(partial(_sweep, after=after))

    def _stage(self, found: ImportReport) -> Stored:
        total, done, stored = len(found.items), 0, Stored(0, 0, 0, 0)
        source = "、".join(self._names)[:200]
        for items in _slices(found.items):
            drafts = [ready(item, item.code not in found.incomplete) for item in items]
            done += len(drafts)

            def keep(db: Connection, drafts: list[Ready] = drafts, done: int = done) -> Stored:
                self._step(db, KEEPING, done, total)
                return Drafts(db).stage(self._progress.number, drafts, source, self._node.now())

            stored = Stored(*map(sum, zip(stored, self._node.database.write(keep), strict=True)))
        return stored

    def _show(self, found: ImportReport, stored: Stored) -> KeptReport:
        report = _kept(found, self._names, stored, self._node.now())
        plain = msgspec.to_builtins(report)

        def show(db: Connection) -> None:
            Drafts(db).finish(self._progress.number)
            state.put(db, REPORT, plain)
            self._step(db, "")

        self._node.database.write(show)
        with suppress(Refusal):  # all is shown; what stays behind, the next import sweeps away
            self._sweep()
        return report

    def _failed(self, refusal: Refusal) -> None:
        """Notes why. Where not even that can be written, the import counts as broken off as soon as it is silent."""
        with suppress(Refusal, Overtaken):
            self._node.database.write(lambda db: self._step(db, "", why=refusal))


def _sweep(db: Connection, after: str) -> str | None:
    return Drafts(db).sweep(after, SLICE)


def _slices(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    rest = iter(items)
    while piece := tuple(islice(rest, SLICE)):
        yield piece


def _note(db: Connection, stand: Progress) -> None:
    state.put(db, PROGRESS, msgspec.to_builtins(stand))


def last_report(db: Connection) -> KeptReport | None:
    """The report of the last import at this hub."""
    kept = state.get(db, REPORT)
    return None if kept is None else msgspec.convert(kept, KeptReport)


def _kept(found: ImportReport, names: tuple[str, ...], stored: Stored, now_ms: int) -> KeptReport:
    listed = found.faults[:FAULTS_KEPT_MAX]
    return KeptReport(
        now_ms, names, found.rows, len(found.complete), len(found.items) - len(found.complete), *stored,
        found.errors, found.warnings, found.left_off + len(found.faults) - len(listed), tuple(map(_row_fault, listed)),
        len(found.base),
    )  # fmt: skip


def _row_fault(fault: Fault) -> RowFault:
    return RowFault(fault.sheet, fault.row, fault.column, fault.code, fault.severity, fault.values, fault.item)

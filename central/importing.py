"""Catalogue files come in: read, laid ready where nobody sees them, and taken into the drafts once somebody said so.

A large file takes a while, and nobody waits for it: it is read beside the work, its drafts are written in slices with
room for others in between. How far it is stands in the database (`progress`). An import that breaks off, with its
process or for a full disk, has changed nothing that anybody sees; one that is read to its end waits
(`KeptReport.waits`) through any end of the process, until `decide` shows all of it, its sound items or nothing, in one
small transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import NamedTuple

import msgspec
import structlog
from msgspec.structs import replace

from central.catalogue_files import Fault, ImportReport, read_files
from central.catalogue_files.differing import differences
from central.import_report import ALL, DECISIONS, DROP, EVERY, SOUND, WAIT, ChangedItem, KeptReport, RowFault
from central.node_life import OPERATOR
from shared_models.catalogue import Item
from shared_models.refusals import Refusal
from shared_models.roster import CITY
from sync_protocol.host.logs import names_of, places_of
from sync_protocol.node import Node
from sync_protocol.store import base_list, state
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import (
    CHANGED,
    EDITED,
    KEPT,
    NEW,
    SAME,
    Drafts,
    Overtaken,
    Ready,
    Staged,
    Staging,
    Stored,
    ready,
)  # fmt: skip

REPORT, PROGRESS = "import_report", "import_progress"
FAULTS_KEPT_MAX = 20_000
SLICE = 400
"""Drafts a transaction: some milliseconds for whoever wants to write as well."""
SILENT_MS_MAX = 120_000
READING, KEEPING = "reading", "keeping"

log = structlog.get_logger("tongban.import")


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


def import_files(
    node: Node, files: Sequence[tuple[str, bytes]], decision: str = EVERY, author: str = OPERATOR
) -> KeptReport:
    """Reads files (name, content) that belong together, and does with them what was decided beforehand: WAIT, ALL,
    SOUND or EVERY. With ALL, files that have an error are left waiting. What comes of them are drafts of `author`.

    Raises Refusal central.city_only, central.import_under_way, or `catalogue.file_…` where a file as a whole cannot be
    used; central.import_overtaken, imports.base_changed."""
    return _Import(node, files, decision, author).run()


class Begun(NamedTuple):
    """An import that goes on by itself. `opened` is set once its files were found to be readable, or it has ended."""

    opened: threading.Event
    report: Future[KeptReport]


def begin_import(node: Node, files: Sequence[tuple[str, bytes]], decision: str = WAIT, author: str = OPERATOR) -> Begun:
    """The same beside the work, in a thread that a stopping process does not wait for. Raises Refusal
    central.city_only, central.import_under_way; the others come with the report."""
    work = _Import(node, files, decision, author)
    begun = Begun(work.opened, Future())

    def run() -> None:
        try:
            begun.report.set_result(work.run())
        except BaseException as error:  # noqa: BLE001  # it is the caller's
            begun.report.set_exception(error)
        begun.opened.set()

    threading.Thread(target=run, name="import", daemon=True).start()
    return begun


def decide(node: Node, decision: str, number: int = 0) -> KeptReport:
    """Does with the import that waits what was decided: ALL, SOUND, EVERY or DROP. `number` is that which was looked
    at, 0 = whichever waits.

    Raises Refusal central.city_only, central.import_overtaken, imports.none_waits, has_errors, base_changed."""
    if node.member.tier != CITY:
        raise Refusal("central.city_only")
    if decision not in DECISIONS:
        raise Refusal("imports.none_waits")

    def act(db: Connection) -> KeptReport:
        report = last_report(db)
        if report is None or not report.waits:
            raise Refusal("imports.none_waits")
        if number not in (0, report.number):
            raise Refusal("central.import_overtaken")
        return _decided(db, report, decision)

    return node.database.write(act)


def _decided(db: Connection, report: KeptReport, decision: str) -> KeptReport:
    """Carries the decision out and notes it. Raises Refusal imports.has_errors, imports.base_changed, and Overtaken."""
    drafts = Drafts(db)
    if decision == DROP:
        drafts.drop(report.number)
        return _note_report(db, replace(report, decided=DROP))
    if decision == ALL and report.errors:
        raise Refusal("imports.has_errors", errors=report.errors)
    if base_list.latest(db) != report.base_number:
        raise Refusal("imports.base_changed")
    taken = drafts.outcomes(report.number)
    added, changed, same, kept = (
        sum(number for (outcome, sound), number in taken.items() if outcome == each and (sound or decision != SOUND))
        for each in (NEW, CHANGED, SAME, KEPT)
    )
    drafts.finish(report.number, sound_only=decision == SOUND)
    return _note_report(
        db, replace(report, decided=decision, added=added, changed=changed, unchanged=same, kept=kept)
    )  # fmt: skip


def changes_ahead(db: Connection, report: KeptReport, most: int) -> tuple[ChangedItem, ...]:
    """What an import that waits would do with its items, those that it leaves as they are left out; () for another."""
    if not report.waits:
        return ()
    staged = Drafts(db).staged(report.number, Staging((NEW, CHANGED, KEPT, EDITED)), 0, most)
    return tuple(_changed(each) for each in staged)


def _changed(each: Staged) -> ChangedItem:
    item = each.after or each.before
    cells = differences(each.before, each.after) if each.before and each.after else []
    headings = dict.fromkeys(f"{cell.sheet}{cell.part} {cell.heading}".strip() for cell in cells)
    return ChangedItem(each.code, item.name if item else "", each.outcome, each.sound, tuple(headings))


def _note_report(db: Connection, report: KeptReport) -> KeptReport:
    state.put(db, REPORT, msgspec.to_builtins(report))
    return report


class _Import:
    """One import, noted as under way as soon as it is made."""

    def __init__(self, node: Node, files: Sequence[tuple[str, bytes]], decision: str, author: str) -> None:
        if node.member.tier != CITY:
            raise Refusal("central.city_only")
        self.opened = threading.Event()
        self._node = node
        self._files = files
        self._decision = decision
        self._author = author
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
        """Reads, lays ready, and does what was decided. Where it fails, why is noted as well."""
        try:
            with self._node.read() as db:
                base, base_number = base_list.entries(db), base_list.latest(db)
            found = read_files(self._files, self._told, base=tuple(base.values()))
            self._sweep()
            return self._lay_ready(found, self._stage(found), base_number)
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
        now = replace(self._progress, at_ms=self._node.now(), phase=phase, done=done, total=total)
        _note(db, now if why is None else replace(now, code=why.code, values=dict(why.values)))

    def _sweep(self) -> None:
        after: str | None = ""
        while after is not None:
            after = self._node.database.write(partial(_sweep, after=after))

    def _stage(self, found: ImportReport) -> Stored:
        total, done, stored = len(found.items), 0, Stored(0, 0, 0, 0)
        source = source_of(self._names)
        for items in _slices(found.items):
            drafts = [ready(item, item.code not in found.incomplete, item.code not in found.faulty) for item in items]
            done += len(drafts)

            def keep(db: Connection, drafts: list[Ready] = drafts, done: int = done) -> Stored:
                self._step(db, KEEPING, done, total)
                return Drafts(db).stage(self._progress.number, drafts, source, self._node.now(), self._author)

            stored = Stored(*map(sum, zip(stored, self._node.database.write(keep), strict=True)))
        return stored

    def _lay_ready(self, found: ImportReport, stored: Stored, base_number: int) -> KeptReport:
        report = _kept(found, self._names, stored, self._node.now(), (self._progress.number, base_number))

        def act(db: Connection) -> KeptReport:
            self._step(db, "")
            waits = self._decision == WAIT or (self._decision == ALL and report.errors)
            return _note_report(db, report) if waits else _decided(db, report, self._decision)

        kept = self._node.database.write(act)
        with suppress(Refusal):  # all is shown; what stays behind, the next import sweeps away
            self._sweep()
        return kept

    def _failed(self, refusal: Refusal) -> None:
        """Notes why. Where not even that can be written, the import counts as broken off as soon as it is silent."""
        with suppress(Refusal, Overtaken):
            self._node.database.write(lambda db: self._step(db, "", why=refusal))


def source_of(names: Sequence[str]) -> str:
    """What the drafts of an import name as their source: its files."""
    return "、".join(names)[:200]


def _sweep(db: Connection, after: str) -> str | None:
    return Drafts(db).sweep(after, SLICE)


def _slices(items: Iterable[Item]) -> Iterator[tuple[Item, ...]]:
    rest = iter(items)
    while piece := tuple(islice(rest, SLICE)):
        yield piece


def _note(db: Connection, stand: Progress) -> None:
    state.put(db, PROGRESS, msgspec.to_builtins(stand))


def last_report(db: Connection) -> KeptReport | None:
    """The report of the last import at this hub. One that waited until another was begun counts as dropped."""
    kept = state.get(db, REPORT)
    if kept is None:
        return None
    report, last = msgspec.convert(kept, KeptReport), progress(db)
    overtaken = report.waits and last is not None and last.number != report.number
    return replace(report, decided=DROP) if overtaken else report


def _kept(
    found: ImportReport, names: tuple[str, ...], stored: Stored, now_ms: int, numbers: tuple[int, int]
) -> KeptReport:
    listed = found.faults[:FAULTS_KEPT_MAX]
    return KeptReport(
        now_ms, names, found.rows, len(found.items) - len(found.incomplete), len(found.incomplete), *stored,
        found.errors, found.warnings, found.left_off + len(found.faults) - len(listed), tuple(map(_row_fault, listed)),
        len(found.base), *numbers, len(found.items) - len(found.faulty), WAIT,
    )  # fmt: skip


def _row_fault(fault: Fault) -> RowFault:
    return RowFault(fault.sheet, fault.row, fault.column, fault.code, fault.severity, fault.values, fault.item)

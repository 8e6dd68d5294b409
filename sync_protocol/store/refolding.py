"""Folding a whole case again from its records: because one came late or beside others, or because another program was
installed, which understands more of the critical kinds than the last one did, or less.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from sqlite_utils.utils import sqlite3

from shared_models.cases import (
    ERASED,
    FIRST,
    CaseFile,
    Event,
    Fact,
    application_in,
    apply,
    is_critical,
    opened,
)
from shared_models.projections import case_file as folding
from shared_models.records import Record
from shared_models.roster import Roster
from sync_protocol.store import case_files, critical, leads
from sync_protocol.store.case_files import Card
from sync_protocol.store.log import Log, Row
from sync_protocol.store.vault import Vault


def fact_of(roster: Roster, record: Record) -> Fact:
    """What the fold of a case needs of a record. Raises canonical.NotCanonical."""
    header = record.header
    tier = tier_of(roster, header.node)
    return Fact(record.id, header.kind, header.node, tier, header.actor, header.hlc, header.parents, record.value())


def opened_by(roster: Roster, number: str, record: Record) -> CaseFile | None:
    """The case that a record begins, where nothing else is known of it; None where it takes the long way, by
    `fact_of` and `apply`, to tell. `record` has its body."""
    header = record.header
    if header.parents or header.kind not in FIRST or record.body is None:
        return None
    application = application_in(record.body)
    if application is None:
        return None
    event = Event(
        record.id, header.kind, header.node, tier_of(roster, header.node), header.actor, header.hlc[0], "applied"
    )
    return opened(number, event, header.area, application)


def tier_of(roster: Roster, node: str) -> str:
    """The tier of a node, "" for one that is not known."""
    member = roster.member(node)
    return member.tier if member else ""


def refold(card: Card, rows: Sequence[Row], roster: Roster, known: frozenset[str]) -> None:
    """The whole case from all its rows, in the one order. What has no body waits. `known` = critical kinds; one that is
    not known makes the case read-only already while it waits for what it follows."""
    here = [row for row in rows if row.record.body is not None]
    places = {row.record.id: row.position for row in here}
    areas = {row.record.id: row.record.header.area for row in here}
    line, waiting = folding.ordered([fact_of(roster, row.record) for row in here])
    case = CaseFile(card.case.number)
    for each in line:
        case = apply(case, each, areas[each.id], known)
    unknown = {fact.kind for fact in waiting if is_critical(fact.kind)} - known
    card.case = replace(case, newer=tuple(sorted({*case.newer, *unknown}))) if unknown else case
    card.positions = [places[each.id] for each in line]
    card.waiting = [places[each.id] for each in waiting]
    card.waiting += [row.position for row in rows if row.record.body is None]


def note_critical(db: sqlite3.Connection, case: CaseFile) -> None:
    """Keeps that a case holds a critical kind, and whether it is read-only because of it."""
    if case.newer or any(is_critical(event.kind) for event in case.events):
        critical.note(db, case.number, frozen=bool(case.newer))


def recognise(db: sqlite3.Connection, log: Log, vault: Vault, roster: Roster, known: frozenset[str]) -> None:
    """Folds the cases with critical kinds again where the last program knew others than this one. Constant work where
    nothing changed."""
    if critical.known(db) == known:
        return
    cards = case_files.load_all(db, vault, critical.cases(db))
    for card in cards.values():
        rows = log.at(db, sorted({*card.positions, *card.waiting}))
        if card.case.status != ERASED:  # of what was erased only a tombstone stays
            refold(card, rows, roster, known)
            note_critical(db, card.case)
    case_files.save(db, vault, cards)
    leads.keep(db, vault, cards)
    critical.keep_known(db, known)

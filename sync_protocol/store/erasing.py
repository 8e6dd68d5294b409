"""What an order of erasure does to the tables: bodies go, and of a case or an attestation a tombstone stays.

What stays follows from the records alone: where they stand and what they are about. So it is the same whether the order
came before them, after them, or between them, and a rebuild, which knows all orders from its start, gives it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from sqlite_utils.utils import sqlite3

from shared_models import cases, erasure
from shared_models.erasure import Order
from shared_models.records import header_of
from sync_protocol.store import bodies, case_files, critical, erasures, holding, knowledge, leads
from sync_protocol.store.case_files import Card
from sync_protocol.store.log import ABOVE, OWN, DamagedRecord, Log, Row


def erase_case(db: sqlite3.Connection, log: Log, order: Order, card: Card | None) -> Card | None:
    """Takes away what is here of a case, folded, waiting, set aside or held; gives its tombstone, None where nothing
    of it was folded. `card` is the case as it was."""
    number = order.subject.partition("/")[2]
    folded = {*case_files.take_back(db, order.subject), *(card.positions + card.waiting if card else ())}
    case_files.forget_resident(db, number)
    leads.forget(db, number)
    critical.forget(db, number)
    rows = _take(db, log, order, folded)
    return None if not rows else _tombstone(db, log, number, rows)


def erase_attestation(db: sqlite3.Connection, log: Log, order: Order) -> None:
    """Takes an attestation away, and whom it is about."""
    identity = order.subject.partition("/")[2]
    place = knowledge.attestation_record(db, identity)
    aside = case_files.take_back(db, order.subject)
    if _take(db, log, order, [*aside, *([] if place is None else [place])]):
        knowledge.bare_attestation(db, identity)
    elif knowledge.is_revoked(db, identity):  # where only that is here, the log itself has to be looked through
        erasures.forget(db, order, [])


def join(db: sqlite3.Connection, log: Log, number: str, card: Card | None, row: Row) -> Card:
    """The tombstone of a case after one more of its records."""
    rows = [] if card is None else log.at(db, card.positions)
    return _tombstone(db, log, number, [*(each for each in rows if each.position != row.position), row])


def _take(db: sqlite3.Connection, log: Log, order: Order, positions: Iterable[int]) -> list[Row]:
    """Forgets the bodies at these places and of what is held; gives the rows that an order covers and that are not."""
    rows = [row for row in _rows(db, log, positions) if erasure.covers(order, row.record.header)]
    places = {row.position for row in rows}
    held = [position for position, header in holding.headers(db) if erasure.covers(order, header_of(header))]
    every = [*rows, *(row for row in _rows(db, log, held) if row.position not in places)]
    if every:
        files = [name for row in every for name in files_named_by(row)]
        erasures.forget(db, order, [row.position for row in every], files)
    return rows


def _rows(db: sqlite3.Connection, log: Log, positions: Iterable[int]) -> list[Row]:
    """The rows at these places; a body that is damaged is no loss, and goes first."""
    found = []
    for position in sorted(set(positions)):
        try:
            found += log.at(db, [position])
        except DamagedRecord:
            bodies.forget_bodies(db, [position])
            with suppress(DamagedRecord):
                found += log.at(db, [position])
    return found


def _tombstone(db: sqlite3.Connection, log: Log, number: str, rows: list[Row]) -> Card:
    rows = sorted(rows, key=lambda row: row.position)
    mine = [row.position for row in rows if row.source != ABOVE]
    origin = rows[0].source if rows[0].source != ABOVE else OWN
    journal = log.journal_place(db, mine[-1]) if mine else 0
    return Card(cases.erased(number), [row.position for row in rows], [], journal, origin)


def files_named_by(row: Row) -> set[str]:
    """The files that the body of a record names, where it is here and can be read."""
    try:
        return erasures.attachments_in(row.record.value())
    except ValueError:
        return set()

"""What goes up once more: records that came from above, or came from below though they were known from above.

A journal holds what its node wrote or took in from below. Three kinds of records enter it late, because whoever stands
above may have been restored and may need them again:

- of this node or of one below it, handed back from above
- of a node above, kept here, which an opening of that node leaves behind
- taken in from a child, and known already from above: what a child was given a receipt for, the journal carries

`regained` names these entries: all others stand in the order of the log. Functions take the connection of the running
transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.records import Record
from sync_protocol.core.verdicts import Chain
from sync_protocol.store.database import insert
from sync_protocol.store.log import ABOVE, Log

migrations = Migrations("regained")


@migrations()
def tables(db: Tables) -> None:
    db.execute("CREATE TABLE regained (record INTEGER PRIMARY KEY, journal INTEGER NOT NULL)")
    db.execute("CREATE INDEX regained_in_journal ON regained (journal)")


def add(db: sqlite3.Connection, log: Log, late: Iterable[tuple[int, str]]) -> None:
    """Puts kept records (position, id) that are not in the journal at its end, in this order."""
    waiting = list(late)
    places = log.to_journal(db, waiting)
    insert(db, "regained", [(position, place) for (position, _), place in zip(waiting, places, strict=True)])


def places_after(db: sqlite3.Connection, place: int) -> set[int]:
    """The places in the journal, after this one, at which a regained record stands."""
    return {int(row[0]) for row in db.execute("SELECT journal FROM regained WHERE journal > ?", (place,))}


def from_above(db: sqlite3.Connection, record: Record) -> int | None:
    """The position of a record that is kept, came from above, and is not in the journal; else None."""
    header = record.header
    row = db.execute(
        f"SELECT record.position FROM record WHERE {_LATE} AND record.id = ? AND record.seq = ?"
        " AND record.chain = (SELECT number FROM chain WHERE node = ? AND incarnation = ?)",
        (ABOVE, record.id, header.seq, header.node, header.incarnation),
    ).fetchone()
    return None if row is None else int(row[0])


def left_over(db: sqlite3.Connection, chain: Chain, after_seq: int, before: int) -> Sequence[tuple[int, str]]:
    """The records (position, id) of a chain after a number that came from above and are not in the journal, as far
    as the chain's opening and they stand before a position in the log."""
    found = db.execute(
        f"SELECT record.position, record.id FROM record WHERE {_LATE} AND record.seq > ? AND record.position < ?"
        " AND record.chain = (SELECT number FROM chain WHERE node = ? AND incarnation = ?)"
        " AND EXISTS (SELECT 1 FROM record AS first WHERE first.chain = record.chain AND first.seq = 1"
        " AND first.position < ?) ORDER BY record.seq",
        (ABOVE, after_seq, before, *chain, before),
    )
    return [(int(row[0]), str(row[1])) for row in found]


_LATE = "record.source = ? AND NOT EXISTS (SELECT 1 FROM regained WHERE regained.record = record.position)"

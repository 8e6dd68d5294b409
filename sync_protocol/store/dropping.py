"""Cases that are dropped, and come back; and what else a hub says of a record beside handing it down.

A node that has no reason left to hold a case forgets the bodies that came from above; headers and signatures stay, so
chains and proofs verify. What it wrote itself or took in from below stays whole: it must be able to deliver that again.
When the case is pulled once more the bodies come back for records that are here already, each judged by its header's
hash. A body that went for another reason does not come back.

`told` keeps this in the order of the log, so that a fold which begins anew gives the same streams.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.records import Record, body_is_true
from sync_protocol.store import bodies
from sync_protocol.store.vault import Vault

GONE, BACK = "gone", "back"
"""The body of a record went because its case is not held any more; it came back."""
DROP, UNKNOWN, LIMIT = "drop", "unknown", "limit"
"""Reasons of entries that say something of a record: the case that it is about is not yours any more; the city has the
pull and holds no such case; the pull is one too many of its day."""
SAID = frozenset({DROP, UNKNOWN, LIMIT})

migrations = Migrations("dropping")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE told (number INTEGER PRIMARY KEY, after INTEGER NOT NULL, record INTEGER NOT NULL,"
        " reason TEXT NOT NULL)",
        "CREATE INDEX told_of_record ON told (record, number)",
    ):
        db.execute(statement)


class Told(NamedTuple):
    """`number` counts from 1; `after` = the last position of the log by then; `record` = a position in it."""

    number: int
    after: int
    record: int
    reason: str


def tell(db: sqlite3.Connection, records: Iterable[int], reason: str) -> None:
    """Notes what was said of these records, behind everything that the log holds by now."""
    (after,) = db.execute("SELECT coalesce(max(position), 0) FROM record").fetchone()
    db.executemany(
        "INSERT INTO told (after, record, reason) VALUES (?,?,?)", [(after, each, reason) for each in records]
    )


def told_after(db: sqlite3.Connection, number: int, before: int) -> list[Told]:
    """What was said after `number`, up to a position in the log."""
    found = db.execute("SELECT number, after, record, reason FROM told WHERE number > ? ORDER BY number", (number,))
    return list(takewhile(lambda told: told.after < before, (Told(*row) for row in found)))


def said_of(db: sqlite3.Connection, position: int) -> str:
    """The latest of SAID that was said of a record, "" for nothing."""
    row = db.execute(
        "SELECT reason FROM told WHERE record = ? AND reason NOT IN (?,?) ORDER BY number DESC LIMIT 1",
        (position, GONE, BACK),
    ).fetchone()
    return "" if row is None else str(row[0])


def is_gone(db: sqlite3.Connection, position: int) -> bool:
    """Whether a body went with its case, and has not come back."""
    row = db.execute(
        "SELECT reason FROM told WHERE record = ? AND reason IN (?,?) ORDER BY number DESC LIMIT 1",
        (position, GONE, BACK),
    ).fetchone()
    return row is not None and row[0] == GONE


def drop(db: sqlite3.Connection, release: int, positions: Iterable[int]) -> None:
    """Forgets the bodies at `positions`, because of the record at `release`."""
    going = [position for position in positions if not is_gone(db, position)]
    bodies.forget_bodies(db, going)
    tell(db, going, GONE)
    tell(db, [release], DROP)


def take_back(db: sqlite3.Connection, vault: Vault, records: Sequence[Record]) -> None:
    """Keeps the bodies of those of `records` that are here without theirs, because their case was dropped."""
    if db.execute("SELECT 1 FROM told WHERE reason = ? LIMIT 1", (GONE,)).fetchone() is None:
        return
    back = []
    for record in records:
        position = position_of(db, record)
        if position is not None and record.body is not None and is_gone(db, position) and body_is_true(record):
            (sealed,) = vault.seal_bodies([record.body])
            db.execute("UPDATE record SET body = ? WHERE position = ?", (sealed, position))
            back.append(position)
    tell(db, back, BACK)


def position_of(db: sqlite3.Connection, record: Record) -> int | None:
    """Where a record stands in the log; None where it is not kept."""
    header = record.header
    row = db.execute(
        "SELECT record.position FROM chain JOIN record ON record.chain = chain.number"
        " WHERE chain.node = ? AND chain.incarnation = ? AND record.seq = ? AND record.id = ?",
        (header.node, header.incarnation, header.seq, record.id),
    ).fetchone()
    return None if row is None else int(row[0])

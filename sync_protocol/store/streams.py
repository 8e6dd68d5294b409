"""Streams: what goes down, written at fan-out and never filtered on read; and the cursors that follow them.

A stream is a dense list of entries; each names a record of the log, the reason for which it goes there, and a running
hash. A reader keeps one cursor a stream: position and hash. A cursor whose hash does not match was taken from another
history (a restored hub, a restored child): the reader goes back to the start, and what it holds already is harmless.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.signing import fingerprint

MARK_LENGTH = 11

migrations = Migrations("streams")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE stream_entry (stream TEXT NOT NULL, position INTEGER NOT NULL, record INTEGER NOT NULL,"
        " reason TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (stream, position)) WITHOUT ROWID",
        "CREATE TABLE stream_head (stream TEXT PRIMARY KEY, position INTEGER NOT NULL, mark TEXT NOT NULL)",
        "CREATE TABLE cursor (stream TEXT PRIMARY KEY, position INTEGER NOT NULL, mark TEXT NOT NULL)",
        "CREATE TABLE interest (subject TEXT NOT NULL, node TEXT NOT NULL, reason TEXT NOT NULL,"
        " PRIMARY KEY (subject, node)) WITHOUT ROWID",
    ):
        db.execute(statement)


class Cursor(NamedTuple):
    """How far a reader is: position of the last entry read (0 = none) and its mark (11 characters)."""

    position: int
    mark: str


START = Cursor(0, "")


class StreamEntry(NamedTuple):
    position: int
    record: int
    reason: str
    mark: str


def next_mark(mark: str, identity: str) -> str:
    """The running hash of a stream, cut to 66 bits: enough to notice another history, small on the wire."""
    return fingerprint(f"{mark}{identity}".encode())[:MARK_LENGTH]


def add(db: sqlite3.Connection, stream: str, record: int, identity: str, reason: str) -> None:
    """Appends a record to a stream."""
    row = db.execute("SELECT position, mark FROM stream_head WHERE stream = ?", (stream,)).fetchone()
    position, mark = (row[0] + 1, row[1]) if row else (1, "")
    mark = next_mark(mark, identity)
    db.execute("INSERT INTO stream_entry VALUES (?,?,?,?,?)", (stream, position, record, reason, mark))
    db.execute("INSERT OR REPLACE INTO stream_head VALUES (?,?,?)", (stream, position, mark))


def head(db: sqlite3.Connection, stream: str) -> Cursor:
    row = db.execute("SELECT position, mark FROM stream_head WHERE stream = ?", (stream,)).fetchone()
    return START if row is None else Cursor(row[0], row[1])


def matches(db: sqlite3.Connection, stream: str, cursor: Cursor) -> bool:
    """Whether a cursor was taken from this history of the stream."""
    if cursor.position == 0:
        return True
    row = db.execute(
        "SELECT mark FROM stream_entry WHERE stream = ? AND position = ?", (stream, cursor.position)
    ).fetchone()
    return row is not None and row[0] == cursor.mark


def entries(db: sqlite3.Connection, stream: str, after: int, limit: int) -> list[StreamEntry]:
    found = db.execute(
        "SELECT position, record, reason, mark FROM stream_entry WHERE stream = ? AND position > ?"
        " ORDER BY position LIMIT ?",
        (stream, after, limit),
    )
    return [StreamEntry(*row) for row in found]


def cursors(db: sqlite3.Connection) -> dict[str, Cursor]:
    """The reader's own cursors, by class of stream."""
    return {row[0]: Cursor(row[1], row[2]) for row in db.execute("SELECT stream, position, mark FROM cursor")}


def move_cursor(db: sqlite3.Connection, stream: str, cursor: Cursor) -> None:
    db.execute("INSERT OR REPLACE INTO cursor VALUES (?,?,?)", (stream, *cursor))


def interested(db: sqlite3.Connection, subject: str) -> list[str]:
    """The children that a subject concerns."""
    found = db.execute("SELECT node FROM interest WHERE subject = ? ORDER BY node", (subject,))
    return [row[0] for row in found]


def add_interest(db: sqlite3.Connection, subject: str, node: str, reason: str) -> bool:
    """Notes that a subject concerns a child; False where that was known."""
    done = db.execute("INSERT OR IGNORE INTO interest VALUES (?,?,?)", (subject, node, reason))
    return bool(done.rowcount)

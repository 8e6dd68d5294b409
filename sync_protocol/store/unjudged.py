"""Records from above that could not be judged, because too little is known here of whoever wrote them.

A hub that was restored may sign with a key of which its child has not heard; what a new node wrote may come before its
admission does. Such a record is not kept. What is kept is where in its stream it stood, and as how its author was known
then: as soon as the roster says something else of that author, the stream is read again from there. Functions take the
connection of the running transaction.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.records import Record
from sync_protocol.store import case_files, landmarks
from sync_protocol.store.database import having
from sync_protocol.store.streams import Cursor

MAY_CHANGE = frozenset({"sync.unknown_node", "sync.outside_grant", "sync.bad_signature"})
"""Refusals that follow from what the roster says of the author."""
NOTED_MAX = 10_000
"""Beyond that a stream is full of what nobody here can judge, and is not read again for each of it."""

migrations = Migrations("unjudged")


@migrations()
def tables(db: Tables) -> None:
    """unjudged: a record (id), its author and as how that one was known, the cursor of its stream before the answer
    that brought it, and its place among what is set aside."""
    db.execute(
        "CREATE TABLE unjudged (record TEXT PRIMARY KEY, author TEXT NOT NULL, known TEXT NOT NULL,"
        " stream TEXT NOT NULL, position BIGINT NOT NULL, mark TEXT NOT NULL, aside BIGINT NOT NULL)"
    )


def note(db: sqlite3.Connection, record: Record, code: str, known: str, stream: str, before: Cursor) -> None:
    """Sets a record aside that was refused with this code, and notes where to find it again if that may change."""
    header = record.header
    if db.execute("SELECT 1 FROM unjudged WHERE record = ?", (record.id,)).fetchone():
        return
    place = case_files.set_aside_unkept(db, header.subject, code)
    if code in MAY_CHANGE and db.execute("SELECT COUNT(*) FROM unjudged").fetchone()[0] < NOTED_MAX:
        db.execute(
            "INSERT INTO unjudged VALUES (?,?,?,?,?,?,?)", (record.id, header.node, known, stream, *before, place)
        )


def authors(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """(author, as how it was known) of all that is noted."""
    return [tuple(row) for row in db.execute("SELECT DISTINCT author, known FROM unjudged")]


def look_again(db: sqlite3.Connection, of: Collection[str]) -> None:
    """Moves the streams back to before the first noted record of these authors. What stands behind that place is judged
    anew, and no longer noted."""
    places = having(db, "SELECT stream, position, mark FROM unjudged WHERE author", sorted(of))
    first: dict[str, Cursor] = {}
    for stream, *cursor in places:
        place = Cursor(*cursor)
        first[stream] = min(first.get(stream, place), place)
    for stream, place in first.items():
        behind = (stream, place.position)
        db.execute(
            "DELETE FROM set_aside WHERE record IN (SELECT aside FROM unjudged WHERE stream = ? AND position >= ?)",
            behind,
        )
        db.execute("DELETE FROM unjudged WHERE stream = ? AND position >= ?", behind)
        landmarks.go_back(db, stream, place)

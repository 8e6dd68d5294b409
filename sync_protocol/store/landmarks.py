"""Places that a reader of a stream has passed, so that it need not begin anew where its hub came back with another one.

Of all cursors that it ever had a reader keeps a few: of those that lie about as far back, the first and the last, and
so at most twice as many as the length of the stream has binary digits. Wherever the two histories parted, one of them
lies at most about twice as far back. Functions take the connection of the running transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from sync_protocol.store import streams
from sync_protocol.store.streams import Cursor

LANDMARKS_MAX = 128
"""Of one stream: more than twice the digits of the last place that there is."""

migrations = Migrations("landmarks")


@migrations()
def tables(db: Tables) -> None:
    db.execute(
        "CREATE TABLE landmark (stream TEXT NOT NULL, position INTEGER NOT NULL, mark TEXT NOT NULL,"
        " PRIMARY KEY (stream, position)) WITHOUT ROWID"
    )


def worth_keeping(positions: Sequence[int], head: int) -> list[int]:
    """Of ascending positions before `head`, the first and the last at each distance, in powers of two."""
    kept: dict[int, tuple[int, int]] = {}
    for position in positions:
        far = (head - position).bit_length()
        kept[far] = (kept.get(far, (position, position))[0], position)
    return sorted({position for pair in kept.values() for position in pair})


def advance(db: sqlite3.Connection, stream: str, cursor: Cursor) -> None:
    """Moves a cursor on, and remembers where it stood. It stays where an answer is older than what was read meanwhile
    from a stick."""
    before = streams.cursors(db).get(stream, streams.START)
    if cursor.position <= before.position:
        return
    if before.position:
        db.execute("INSERT OR REPLACE INTO landmark VALUES (?,?,?)", (stream, *before))
    positions = [place.position for place in behind(db, stream, cursor.position)][::-1]
    for position in set(positions) - set(worth_keeping(positions, cursor.position)):
        db.execute("DELETE FROM landmark WHERE stream = ? AND position = ?", (stream, position))
    streams.move_cursor(db, stream, cursor)


def go_back(db: sqlite3.Connection, stream: str, cursor: Cursor) -> None:
    """Moves a cursor back to a place that was passed; what lay behind it is of another history."""
    db.execute("DELETE FROM landmark WHERE stream = ? AND position >= ?", (stream, cursor.position))
    streams.move_cursor(db, stream, cursor)


def behind(db: sqlite3.Connection, stream: str, position: int) -> list[Cursor]:
    """The places that are remembered before a position, the latest first."""
    found = db.execute(
        "SELECT position, mark FROM landmark WHERE stream = ? AND position < ? ORDER BY position DESC LIMIT ?",
        (stream, position, LANDMARKS_MAX),
    )
    return [Cursor(*row) for row in found]

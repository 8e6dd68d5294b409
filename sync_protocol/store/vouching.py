"""Records of the roster that a hub took in from below: they go up, and sideways only where they are needed.

Who holds a case must know its authors to check them, and the rulings on what they wrote. What a hub writes itself or
gets from above is in its stream `control` for everybody; what the hub of another branch wrote on one of its nodes goes
into a child's stream before the first record of that node does, and from then on as it comes.
"""

from __future__ import annotations

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

migrations = Migrations("vouching")


@migrations()
def tables(db: Tables) -> None:
    db.execute(
        "CREATE TABLE vouching (subject TEXT NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (subject, record))"
        " WITHOUT ROWID"
    )


def keep(db: sqlite3.Connection, subject: str, record: int) -> None:
    db.execute("INSERT OR IGNORE INTO vouching VALUES (?,?)", (subject, record))


def of(db: sqlite3.Connection, subject: str) -> list[int]:
    """Where in the log they stand, in its order."""
    found = db.execute("SELECT record FROM vouching WHERE subject = ? ORDER BY record", (subject,))
    return [int(row[0]) for row in found]

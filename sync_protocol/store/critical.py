"""Which cases hold a record of a critical kind, and which of these kinds were known when they were folded.

A case with a critical kind that this program does not know is folded as far as it is understood, and read-only. Once
another program is installed, newer or older, these cases are folded again, and no others.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from sync_protocol.store import state

KNOWN = "critical_known"

migrations = Migrations("critical")


@migrations()
def tables(db: Tables) -> None:
    db.execute("CREATE TABLE critical_case (number TEXT PRIMARY KEY, frozen INTEGER NOT NULL) WITHOUT ROWID")


def note(db: sqlite3.Connection, number: str, *, frozen: bool) -> None:
    """A record of a critical kind is in this case; `frozen` = of a kind that is not known."""
    db.execute("INSERT OR REPLACE INTO critical_case VALUES (?,?)", (number, int(frozen)))


def forget(db: sqlite3.Connection, number: str) -> None:
    """The case was erased: nobody asks any more what is in it."""
    db.execute("DELETE FROM critical_case WHERE number = ?", (number,))


def cases(db: sqlite3.Connection) -> list[str]:
    """The numbers of all cases that hold such a record."""
    return [str(row[0]) for row in db.execute("SELECT number FROM critical_case ORDER BY number")]


def frozen(db: sqlite3.Connection) -> int:
    """How many cases are read-only because of it."""
    return int(db.execute("SELECT count(*) FROM critical_case WHERE frozen = 1").fetchone()[0])


def known(db: sqlite3.Connection) -> frozenset[str]:
    """The critical kinds that were known when everything here was folded."""
    return frozenset(state.get(db, KNOWN, []))


def keep_known(db: sqlite3.Connection, kinds: Iterable[str]) -> None:
    state.put(db, KNOWN, sorted(kinds))

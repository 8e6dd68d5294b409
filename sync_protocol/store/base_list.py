"""The base list of the catalogue: what an item is called, what it is and what it rests on, the same at every level.

A `catalogue.base` record carries what changed: `number`, one more than that of the one before; `set`, entries as they
are now; `removed`, basic codes that left. Entries are public and rest plain, as canonical JSON.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models import canonical
from shared_models.catalogue import BaseItem, base_of

KIND = "catalogue.base"

migrations = Migrations("base_list")


@migrations()
def first_tables(tables: Tables) -> None:
    """base_item: one row an entry. base_change: one row a record that changed them."""
    tables.execute("CREATE TABLE base_item (code TEXT PRIMARY KEY, value BLOB NOT NULL)")
    tables.execute("CREATE TABLE base_change (number INTEGER PRIMARY KEY, record BIGINT NOT NULL)")


def keep(db: sqlite3.Connection, body: dict[str, Any], record: int) -> None:
    """Applies a change. Raises ValueError for a number that is not the next one (rollback, replay, hole)."""
    number = int(body["number"])
    if number != latest(db) + 1:
        raise ValueError(f"base list {number} does not follow the one held")
    for code in body["removed"]:
        db.execute("DELETE FROM base_item WHERE code = ?", (str(code),))
    for value in body["set"]:
        db.execute("INSERT OR REPLACE INTO base_item VALUES (?,?)", (str(value["code"]), canonical.encode(value)))
    db.execute("INSERT INTO base_change VALUES (?,?)", (number, record))


def latest(db: sqlite3.Connection) -> int:
    """The number of the last change, 0 before the first."""
    return int(db.execute("SELECT coalesce(max(number), 0) FROM base_change").fetchone()[0])


def count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM base_item").fetchone()[0])


def entries(db: sqlite3.Connection) -> dict[str, BaseItem]:
    """All entries by their codes, in the order of these."""
    rows = db.execute("SELECT code, value FROM base_item ORDER BY code")
    return {code: base_of(canonical.decode(bytes(value))) for code, value in rows}


def some(db: sqlite3.Connection, codes: Iterable[str]) -> dict[str, BaseItem]:
    """The entries with these codes."""
    found = (db.execute("SELECT code, value FROM base_item WHERE code = ?", (code,)).fetchone() for code in codes)
    return {row[0]: base_of(canonical.decode(bytes(row[1]))) for row in found if row is not None}

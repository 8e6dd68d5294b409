"""Small named documents of a database: how far it is folded, the roster, the calendar, who it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

migrations = Migrations("state")


@migrations()
def tables(db: Tables) -> None:
    db.execute("CREATE TABLE state (name TEXT PRIMARY KEY, value BLOB NOT NULL)")


def get(db: sqlite3.Connection, name: str, default: Any = None) -> Any:
    """The JSON value kept under `name`."""
    row = db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
    return default if row is None else msgspec.json.decode(bytes(row[0]))


def put(db: sqlite3.Connection, name: str, value: Any) -> None:
    db.execute("INSERT OR REPLACE INTO state VALUES (?,?)", (name, msgspec.json.encode(value)))


class Remembered:
    """A kept document with a copy in memory, checked against a stamp at each use: a transaction that was rolled back,
    or another that went before, can never leave a stale copy behind."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._held: tuple[int, Any] = (-1, None)

    def get(self, db: sqlite3.Connection, load: Callable[[Any], Any]) -> Any:
        """The document, read and passed through `load` only where the copy is not of the present stamp."""
        stamp = int(get(db, f"{self._name}.stamp", 0))
        held_stamp, value = self._held
        if stamp != held_stamp:
            value = load(get(db, self._name))
            self._held = (stamp, value)
        return value

    def put(self, db: sqlite3.Connection, value: Any, plain: Any) -> None:
        """Keeps `plain` (JSON); `value` is what `get` gives from now on, unless the transaction is rolled back."""
        stamp = int(get(db, f"{self._name}.stamp", 0)) + 1
        put(db, self._name, plain)
        put(db, f"{self._name}.stamp", stamp)
        self._held = (stamp, value)

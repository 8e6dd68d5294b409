"""Draft items at the city hub: what was imported or edited, until it is published as a version.

Rules
- `Drafts` works on the caller's connection and is part of the caller's transaction.
- An import never takes anything away: a draft that is complete stays as it is when a file brings less for its code,
  unless the caller says `replace`, as an editor does whose user sees what is lost.
- What is written again unchanged keeps its time and source.

Items are public and rest plain, as canonical JSON. Times are milliseconds since 1970 (`_ms`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models import canonical
from shared_models.catalogue import Item, complete, item_of, to_value

migrations = Migrations("drafts")


@migrations()
def first_tables(tables: Tables) -> None:
    """item_drafts: one row an item code."""
    tables.execute(
        "CREATE TABLE item_drafts (code TEXT PRIMARY KEY, value TEXT NOT NULL, complete INTEGER NOT NULL,"
        " updated_ms BIGINT NOT NULL, source TEXT NOT NULL)"
    )
    tables.execute("CREATE INDEX item_drafts_complete ON item_drafts (complete, code)")


class Stored(NamedTuple):
    """What `put_many` did, in numbers of items: new, changed, the same already, and kept because better."""

    added: int
    changed: int
    unchanged: int
    kept: int


class Counts(NamedTuple):
    """All drafts, and those that may be published."""

    total: int
    complete: int


class Drafts:
    """The drafts in one database. Does not begin or end transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def put_many(self, items: Iterable[Item], source: str, now_ms: int, *, replace: bool = False) -> Stored:
        """Writes items under their codes; `source` says where they come from, such as a file's name."""
        tally = {"added": 0, "changed": 0, "unchanged": 0, "kept": 0}
        for item in items:
            tally[self._put(item, source, now_ms, replace)] += 1
        return Stored(**tally)

    def _put(self, item: Item, source: str, now_ms: int, replace: bool) -> str:
        value, whole = canonical.encode(to_value(item)).decode(), complete(item)
        held = self._db.execute("SELECT value, complete FROM item_drafts WHERE code = ?", (item.code,)).fetchone()
        if held is not None and held[0] == value:
            return "unchanged"
        if held is not None and held[1] and not whole and not replace:
            return "kept"
        self._db.execute(
            "INSERT INTO item_drafts (code, value, complete, updated_ms, source) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (code) DO UPDATE SET value = excluded.value, complete = excluded.complete,"
            " updated_ms = excluded.updated_ms, source = excluded.source",
            (item.code, value, int(whole), now_ms, source),
        )
        return "added" if held is None else "changed"

    def all(self, complete_only: bool = False) -> list[Item]:
        """The drafts in the order of their codes."""
        rows = self._db.execute(
            "SELECT value FROM item_drafts WHERE complete >= ? ORDER BY code", (int(complete_only),)
        )
        return [_item(row[0]) for row in rows]

    def get(self, code: str) -> Item | None:
        row = self._db.execute("SELECT value FROM item_drafts WHERE code = ?", (code,)).fetchone()
        return None if row is None else _item(row[0])

    def remove(self, code: str) -> bool:
        """Whether there was a draft under `code`; there is none now."""
        return bool(self._db.execute("DELETE FROM item_drafts WHERE code = ?", (code,)).rowcount)

    def counts(self) -> Counts:
        row = self._db.execute("SELECT COUNT(*), COALESCE(SUM(complete), 0) FROM item_drafts").fetchone()
        return Counts(int(row[0]), int(row[1]))


def _item(text: str) -> Item:
    return item_of(canonical.decode(text.encode()))

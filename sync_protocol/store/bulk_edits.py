"""The last change of many drafts at once: what it was, and the drafts as they were before, to take it back by.

Only the last one is kept. Items are public and rest plain, as canonical JSON. Times are in milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models import canonical
from shared_models.catalogue import Item, item_of, to_value

migrations = Migrations("bulk_edits")


@migrations()
def tables(db: Tables) -> None:
    """bulk_edit: at most one row. bulk_edit_item: one row an item that it changed."""
    db.execute("CREATE TABLE bulk_edit (at_ms BIGINT NOT NULL, actor TEXT NOT NULL, asked TEXT NOT NULL)")
    db.execute("CREATE TABLE bulk_edit_item (code TEXT PRIMARY KEY, before TEXT, after TEXT NOT NULL)")


class Before(NamedTuple):
    """An item that was changed: the draft before, None where there was none; and the content hash of that after."""

    code: str
    draft: Item | None
    after: str


class BulkEdit(NamedTuple):
    """`asked` is what was asked for, as plain JSON; `items` how many it changed."""

    at_ms: int
    actor: str
    asked: dict[str, Any]
    items: int


def keep(db: sqlite3.Connection, at_ms: int, actor: str, asked: dict[str, Any], changed: Iterable[Before]) -> None:
    """Notes a change, in place of the one before."""
    forget(db)
    db.execute("INSERT INTO bulk_edit VALUES (?, ?, ?)", (at_ms, actor, msgspec.json.encode(asked).decode()))
    db.executemany(
        "INSERT INTO bulk_edit_item VALUES (?, ?, ?)",
        ((each.code, _text(each.draft) if each.draft else None, each.after) for each in changed),
    )


def forget(db: sqlite3.Connection) -> None:
    """There is none to take back any more."""
    db.execute("DELETE FROM bulk_edit")
    db.execute("DELETE FROM bulk_edit_item")


def last(db: sqlite3.Connection) -> BulkEdit | None:
    """The change that can be taken back."""
    row = db.execute("SELECT at_ms, actor, asked, (SELECT COUNT(*) FROM bulk_edit_item) FROM bulk_edit").fetchone()
    return None if row is None else BulkEdit(row[0], row[1], msgspec.json.decode(row[2]), row[3])


def items(db: sqlite3.Connection) -> list[Before]:
    """What it changed, by code."""
    rows = db.execute("SELECT code, before, after FROM bulk_edit_item ORDER BY code")
    return [Before(code, _item(before) if before else None, after) for code, before, after in rows.fetchall()]


def _text(item: Item) -> str:
    return canonical.encode(to_value(item)).decode()


def _item(text: str) -> Item:
    return item_of(canonical.decode(text.encode()))

"""Which items are suspended or cancelled, as the versions that came so far say.

Rules
- It counts as soon as it is here, whichever version is in force: a version that lies ahead does not hold it up.
- A suspended item has its days; whoever asks judges by his own clock. What is cancelled is so for every clock.
- An entry that cannot be read is passed over: the version that carries it holds for its items like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.catalogue import Halt
from shared_models.catalogue.life import CANCELLED, SUSPENDED

migrations = Migrations("halting")


@migrations()
def first_tables(tables: Tables) -> None:
    """item_halt: one row an item that is suspended or cancelled; `version` is that which said so."""
    tables.execute(
        "CREATE TABLE item_halt (code TEXT PRIMARY KEY, state TEXT NOT NULL, reason TEXT NOT NULL,"
        " from_ms BIGINT NOT NULL, until_ms BIGINT NOT NULL, version BIGINT NOT NULL)"
    )


def keep(db: sqlite3.Connection, body: dict[str, Any]) -> None:
    """Notes what a version says of suspending, resuming and cancelling. What is cancelled stays so."""
    version = int(body["number"])
    if body.get("anew"):
        db.execute("DELETE FROM item_halt WHERE state = ?", (SUSPENDED,))
    resumed = body.get("resumed")
    for code in resumed if isinstance(resumed, list) else ():
        db.execute("DELETE FROM item_halt WHERE code = ? AND state = ?", (str(code), SUSPENDED))
    for state in (SUSPENDED, CANCELLED):
        for code, halt in _readable(body.get(state)):
            db.execute(
                "INSERT INTO item_halt VALUES (?,?,?,?,?,?) ON CONFLICT (code) DO UPDATE SET state = excluded.state,"
                " reason = excluded.reason, from_ms = excluded.from_ms, until_ms = excluded.until_ms,"
                " version = excluded.version WHERE item_halt.state <> ?",
                (code, state, halt.reason, halt.from_ms, halt.until_ms, version, CANCELLED),
            )


def _readable(entries: Any) -> Iterator[tuple[str, Halt]]:
    for code, value in entries.items() if isinstance(entries, dict) else ():
        with suppress(msgspec.ValidationError):
            yield str(code), msgspec.convert(value, Halt)


def halts(db: sqlite3.Connection, state: str) -> dict[str, Halt]:
    """What is suspended, or cancelled, by code."""
    found = db.execute("SELECT code, reason, from_ms, until_ms FROM item_halt WHERE state = ? ORDER BY code", (state,))
    return {str(code): Halt(str(reason), int(since), int(until)) for code, reason, since, until in found}


def standing(db: sqlite3.Connection, code: str) -> tuple[str, Halt] | None:
    """Whether an item is suspended or cancelled, and how; None where it is neither."""
    row = db.execute("SELECT state, reason, from_ms, until_ms FROM item_halt WHERE code = ?", (code,)).fetchone()
    return None if row is None else (str(row[0]), Halt(str(row[1]), int(row[2]), int(row[3])))

"""One-time invitations of a hub. Only a hash of the secret is kept."""

from __future__ import annotations

from typing import NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

migrations = Migrations("invitations")


@migrations()
def tables(db: Tables) -> None:
    db.execute(
        "CREATE TABLE invitation (secret_hash TEXT PRIMARY KEY, area TEXT NOT NULL, tier TEXT NOT NULL,"
        " name TEXT NOT NULL, created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, used_by TEXT NOT NULL,"
        " used_ms INTEGER NOT NULL)"
    )


class InvitationRow(NamedTuple):
    """`used_by` = node name, "" while unused. Times in milliseconds."""

    secret_hash: str
    area: str
    tier: str
    name: str
    created_ms: int
    expires_ms: int
    used_by: str
    used_ms: int


def add(db: sqlite3.Connection, row: InvitationRow) -> None:
    db.execute("INSERT INTO invitation VALUES (?,?,?,?,?,?,?,?)", row)


def get(db: sqlite3.Connection, secret_hash: str) -> InvitationRow | None:
    row = db.execute("SELECT * FROM invitation WHERE secret_hash = ?", (secret_hash,)).fetchone()
    return None if row is None else InvitationRow(*row)


def use(db: sqlite3.Connection, secret_hash: str, node: str, now_ms: int) -> bool:
    """Marks an invitation as used; False where somebody else was first."""
    done = db.execute(
        "UPDATE invitation SET used_by = ?, used_ms = ? WHERE secret_hash = ? AND used_by = ''",
        (node, now_ms, secret_hash),
    )
    return bool(done.rowcount)


def recent(db: sqlite3.Connection, limit: int = 50) -> list[InvitationRow]:
    found = db.execute("SELECT * FROM invitation ORDER BY created_ms DESC LIMIT ?", (limit,))
    return [InvitationRow(*row) for row in found]

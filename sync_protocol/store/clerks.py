"""What the log says of people: their keys, and from where on their records count in which chain (`core.mandating`).

Kept with the records, in their transaction, and not folded: the next record is judged by it. Functions take the
connection of the running transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.records import Position, Record
from sync_protocol.core.mandating import Desk, Desks, Keyed, Mandates, Person, Step

migrations = Migrations("clerks")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE clerk (node TEXT NOT NULL, actor TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (node, actor))"
        " WITHOUT ROWID",
        "CREATE TABLE clerk_step (node TEXT NOT NULL, incarnation TEXT NOT NULL, actor TEXT NOT NULL,"
        " seq INTEGER NOT NULL, good INTEGER NOT NULL, PRIMARY KEY (node, actor, incarnation, seq)) WITHOUT ROWID",
    ):
        db.execute(statement)


class ClerkRow(NamedTuple):
    """A person whose key a node has named."""

    node: str
    actor: str
    keyed: Keyed


_keyed = msgspec.json.Decoder(Keyed)


def keyed_of(db: sqlite3.Connection, person: Person) -> Keyed | None:
    row = db.execute("SELECT value FROM clerk WHERE node = ? AND actor = ?", person).fetchone()
    return None if row is None else _keyed.decode(bytes(row[0]))


def steps_of(db: sqlite3.Connection, desk: Desk) -> list[Step]:
    """The words on a person in one chain, in order."""
    found = db.execute(
        "SELECT seq, good FROM clerk_step WHERE node = ? AND incarnation = ? AND actor = ? ORDER BY seq", desk
    )
    return [Step(int(row[0]), bool(row[1])) for row in found]


def desks(db: sqlite3.Connection, record_at: Callable[[Position], Record | None]) -> Desks:
    """What the verdicts need to know of people."""
    return Desks(lambda person: keyed_of(db, person), lambda desk: steps_of(db, desk), record_at)


def keep(db: sqlite3.Connection, mandates: Mandates) -> None:
    """Keeps what a run has brought, where it has said anything of people."""
    if not mandates.steps:
        return
    db.executemany(
        "INSERT OR REPLACE INTO clerk VALUES (?,?,?)",
        [(*person, msgspec.json.encode(keyed)) for person, keyed in mandates.keyed.items()],
    )
    db.executemany(
        "INSERT OR REPLACE INTO clerk_step VALUES (?,?,?,?,?)",
        [(*desk, step.seq, int(step.good)) for desk, steps in mandates.steps.items() for step in steps],
    )


def all_clerks(db: sqlite3.Connection) -> list[ClerkRow]:
    """Everybody whose key was named, by node and opaque id."""
    found = db.execute("SELECT node, actor, value FROM clerk ORDER BY node, actor")
    return [ClerkRow(row[0], row[1], _keyed.decode(bytes(row[2]))) for row in found]

"""The receipts that a node was given, and what their hub has proven of them before the witness.

A receipt is `waiting` until a cosigned checkpoint reaches behind its leaf; then it is `witnessed`, or `owed`: its hub
has not shown that the leaf is there, although it must be. `lost` is one whose epoch the hub left before that leaf: it
came back from a copy. That is made good, `settled`, by a later receipt over the same journal that is witnessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from sync_protocol.core.checkpoints import Leaf, Signed
from sync_protocol.store.receipts import SignedReceipt

WAITING, WITNESSED, OWED, LOST, SETTLED = "waiting", "witnessed", "owed", "lost", "settled"
OPEN = (WAITING, OWED, LOST)
DONE_KEPT, OPEN_KEPT = 256, 20_000
"""How many receipts stay: of those that are proven, which the latest one speaks for; and of the others."""

migrations = Migrations("audited")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE audited (number INTEGER PRIMARY KEY, hub TEXT NOT NULL, epoch TEXT NOT NULL,"
        " leaf INTEGER NOT NULL, journal INTEGER NOT NULL, upstream INTEGER NOT NULL, since_ms INTEGER NOT NULL,"
        " asked INTEGER NOT NULL, state TEXT NOT NULL, payload BLOB NOT NULL, signature BLOB NOT NULL,"
        " UNIQUE (hub, epoch, leaf))",
        "CREATE INDEX audited_open ON audited (hub, asked, number) WHERE state IN ('waiting', 'owed', 'lost')",
    ):
        db.execute(statement)


class Held(NamedTuple):
    """A receipt with its place in the hub's log; `since_ms` = the hub's clock when it was signed."""

    receipt: Signed
    place: Leaf
    since_ms: int
    state: str


class Counts(NamedTuple):
    """How many receipts of a hub stand in a state, and since when the oldest of them (ms by the hub's clock)."""

    receipts: int
    since_ms: int


def other(db: sqlite3.Connection, receipt: SignedReceipt) -> Signed | None:
    """Another receipt that its hub signed for the same place of its log: an honest one never does."""
    content = receipt.content
    row = db.execute(
        "SELECT payload, signature FROM audited WHERE hub = ? AND epoch = ? AND leaf = ?", (content.hub, *content.log)
    ).fetchone()
    known = None if row is None else Signed(bytes(row[0]), bytes(row[1]))
    return known if known is not None and known.payload != receipt.payload else None


def hold(db: sqlite3.Connection, receipt: SignedReceipt) -> None:
    """Keeps a receipt that has a place in its hub's log; the first one for a place stays."""
    content = receipt.content
    if content.log[0]:
        db.execute(
            "INSERT OR IGNORE INTO audited (hub, epoch, leaf, journal, upstream, since_ms, asked, state, payload,"
            " signature) VALUES (?,?,?,?,?,?,0,?,?,?)",
            (content.hub, *content.log, content.journal, content.upstream, content.time, WAITING, *receipt),
        )


def to_ask(db: sqlite3.Connection, hub: str, limit: int) -> list[Held]:
    """The receipts that are open, those first that were asked for least."""
    found = db.execute(
        "SELECT payload, signature, epoch, leaf, since_ms, state FROM audited WHERE hub = ?"
        " AND state IN ('waiting', 'owed', 'lost') ORDER BY asked, number LIMIT ?",
        (hub, limit),
    )
    return [Held(Signed(bytes(row[0]), bytes(row[1])), (row[2], row[3]), row[4], row[5]) for row in found]


def note(db: sqlite3.Connection, hub: str, said: Iterable[tuple[Leaf, str]]) -> None:
    """Keeps what an answer showed of the receipts that were asked for, then settles and forgets what it allows."""
    for (epoch, leaf), state in said:
        db.execute(
            "UPDATE audited SET state = ?, asked = asked + 1 WHERE hub = ? AND epoch = ? AND leaf = ?",
            (state, hub, epoch, leaf),
        )
    best = db.execute(
        "SELECT journal, max(upstream) FROM audited WHERE hub = ? AND state = ?"
        " AND journal = (SELECT max(journal) FROM audited WHERE hub = ? AND state = ?)",
        (hub, WITNESSED, hub, WITNESSED),
    ).fetchone()
    if best[0] is not None:
        db.execute(
            "UPDATE audited SET state = ? WHERE hub = ? AND state = ? AND journal <= ? AND upstream <= ?",
            (SETTLED, hub, LOST, *best),
        )
    _prune(db, hub)


def _prune(db: sqlite3.Connection, hub: str) -> None:
    for states, most in (((WITNESSED, SETTLED), DONE_KEPT), (OPEN, OPEN_KEPT)):
        marks = ",".join("?" * len(states))
        db.execute(
            f"DELETE FROM audited WHERE hub = ? AND state IN ({marks}) AND number <= (SELECT number FROM audited"
            f" WHERE hub = ? AND state IN ({marks}) ORDER BY number DESC LIMIT 1 OFFSET ?)",
            (hub, *states, hub, *states, most),
        )


def counts(db: sqlite3.Connection, hub: str) -> dict[str, Counts]:
    """state -> how many receipts of a hub stand in it."""
    found = db.execute("SELECT state, count(*), min(since_ms) FROM audited WHERE hub = ? GROUP BY state", (hub,))
    return {row[0]: Counts(row[1], row[2]) for row in found}

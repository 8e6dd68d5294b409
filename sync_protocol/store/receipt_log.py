"""A hub's log of the receipts that it signs: a Merkle tree that only grows, kept in the transaction that signs.

Rows are the hashes of leaves, and of whole subtrees of 256, 65,536 … leaves; what lies between is computed when a proof
is asked for. To append costs one row, and the frontier of the tree, of which the root follows without reading a leaf:
so the root that is signed rests on other bytes than the proof, and a damaged row shows before anything is signed.

Each process appends in an epoch of its own (`checkpoints`), which it opens with a leaf before its first one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeVar

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.signing import text_of
from sync_protocol.core import merkle
from sync_protocol.core.checkpoints import Cosigned, Leaf, Opening, Signed, Tree
from sync_protocol.store import state

TILE_LEVELS = 8
"""Levels between two that are kept: a subtree in between is computed of at most 2**8 rows."""
STANDSTILL = "receipt_log.standstill"

migrations = Migrations("receipt_log")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE receipt_log (one INTEGER PRIMARY KEY, epoch TEXT NOT NULL, size INTEGER NOT NULL,"
        " frontier BLOB NOT NULL)",
        "CREATE TABLE receipt_leaf (number INTEGER PRIMARY KEY, hash BLOB NOT NULL)",
        "CREATE TABLE receipt_subtree (level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,"
        " PRIMARY KEY (level, number)) WITHOUT ROWID",
        "CREATE TABLE receipt_epoch (start INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE, from_epoch TEXT NOT NULL)",
        "CREATE TABLE receipt_cosigned (one INTEGER PRIMARY KEY, checkpoint BLOB NOT NULL, signature BLOB NOT NULL,"
        " cosignature BLOB NOT NULL, cosignature_signature BLOB NOT NULL)",
    ):
        db.execute(statement)


Given = TypeVar("Given", bound=Signed)


class Grown(NamedTuple):
    """The log as it is: its epoch ("" before the first leaf), number of leaves, frontier."""

    epoch: str
    size: int
    frontier: tuple[bytes, ...]

    @property
    def tree(self) -> Tree:
        return Tree(self.epoch, text_of(merkle.root_of(self.frontier)), self.size)


class Span(NamedTuple):
    """The leaves of an epoch: from its opening on to before `end`, where the next one opened or the log ends."""

    start: int
    end: int
    next: Opening | None


def now(db: sqlite3.Connection) -> Grown:
    row = db.execute("SELECT epoch, size, frontier FROM receipt_log WHERE one = 1").fetchone()
    if row is None:
        return Grown("", 0, ())
    hashes = bytes(row[2])
    width = merkle.HASH_BYTES
    return Grown(row[0], row[1], tuple(hashes[at : at + width] for at in range(0, len(hashes), width)))


def add(db: sqlite3.Connection, hub: str, epoch: str, sign: Callable[[Leaf], Given]) -> Given:
    """Signs a receipt for the next leaf of this process's epoch, and keeps that leaf."""
    log = open_epoch(db, hub, epoch)
    receipt = sign((epoch, log.size))
    _append(db, log, receipt.payload)
    return receipt


def open_epoch(db: sqlite3.Connection, hub: str, epoch: str) -> Grown:
    """The log in this epoch, opened with a leaf that names where it continues from."""
    log = now(db)
    if log.epoch == epoch:
        return log
    db.execute("INSERT INTO receipt_epoch VALUES (?,?,?)", (log.size, epoch, log.epoch))
    opening = Opening((log.epoch, log.size), epoch, hub)
    return _append(db, log._replace(epoch=epoch), opening.payload)


def _append(db: sqlite3.Connection, log: Grown, payload: bytes) -> Grown:
    frontier, made = merkle.grow(log.frontier, log.size, merkle.leaf_hash(payload))
    db.execute("INSERT INTO receipt_leaf VALUES (?,?)", (log.size, made[0]))
    for level in range(TILE_LEVELS, len(made), TILE_LEVELS):
        db.execute("INSERT INTO receipt_subtree VALUES (?,?,?)", (level, log.size >> level, made[level]))
    grown = Grown(log.epoch, log.size + 1, frontier)
    db.execute(
        "INSERT OR REPLACE INTO receipt_log VALUES (1,?,?,?)", (grown.epoch, grown.size, b"".join(grown.frontier))
    )
    return grown


# ---------------------------------------------------------------- proofs


def _whole(db: sqlite3.Connection, level: int, number: int) -> bytes:
    """The root of a whole subtree, from the rows of the level at or below it that is kept. Raises ValueError where
    one is missing."""
    below = level % TILE_LEVELS
    start, count = number << below, 1 << below
    if level < TILE_LEVELS:
        found = db.execute(
            "SELECT hash FROM receipt_leaf WHERE number >= ? AND number < ? ORDER BY number", (start, start + count)
        )
    else:
        found = db.execute(
            "SELECT hash FROM receipt_subtree WHERE level = ? AND number >= ? AND number < ? ORDER BY number",
            (level - below, start, start + count),
        )
    hashes = [bytes(row[0]) for row in found]
    if len(hashes) != count:
        raise ValueError("rows of the log of receipts are missing")
    while len(hashes) > 1:
        hashes = [merkle.node_hash(*hashes[at : at + 2]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def root_at(db: sqlite3.Connection, size: int) -> bytes:
    """The root over the first `size` leaves, computed of the rows. Raises ValueError."""
    return merkle.root_at(partial(_whole, db), size)


def inclusion(db: sqlite3.Connection, index: int, size: int) -> list[bytes]:
    """Raises ValueError."""
    return merkle.inclusion_proof(partial(_whole, db), index, size)


def consistency(db: sqlite3.Connection, first: int, second: int) -> list[bytes]:
    """Raises ValueError."""
    return merkle.consistency_proof(partial(_whole, db), first, second)


def leaf(db: sqlite3.Connection, index: int) -> bytes:
    """Raises ValueError."""
    return _whole(db, 0, index)


def span(db: sqlite3.Connection, hub: str, epoch: str) -> Span | None:
    """Where the leaves of an epoch stand; None for one that this log does not know."""
    row = db.execute("SELECT start FROM receipt_epoch WHERE epoch = ?", (epoch,)).fetchone()
    if row is None:
        return None
    after = db.execute(
        "SELECT start, epoch FROM receipt_epoch WHERE start > ? ORDER BY start LIMIT 1", (row[0],)
    ).fetchone()
    if after is None:
        return Span(row[0], now(db).size, None)
    return Span(row[0], after[0], Opening((epoch, after[0]), after[1], hub))


# ---------------------------------------------------------------- what the witness cosigned


def cosigned(db: sqlite3.Connection) -> Cosigned | None:
    """The last checkpoint of this log that the witness cosigned, as far as is known here."""
    row = db.execute(
        "SELECT checkpoint, signature, cosignature, cosignature_signature FROM receipt_cosigned WHERE one = 1"
    ).fetchone()
    if row is None:
        return None
    return Cosigned(Signed(bytes(row[0]), bytes(row[1])), Signed(bytes(row[2]), bytes(row[3])))


def keep_cosigned(db: sqlite3.Connection, given: Cosigned) -> None:
    db.execute("INSERT OR REPLACE INTO receipt_cosigned VALUES (1,?,?,?,?)", (*given.checkpoint, *given.cosignature))


class Standstill(NamedTuple):
    """Why the last checkpoint was not cosigned, as a code ("" = it was), and since when (ms)."""

    code: str
    since_ms: int


def standstill(db: sqlite3.Connection) -> Standstill:
    kept = state.get(db, STANDSTILL)
    return Standstill("", 0) if kept is None else Standstill(str(kept[0]), int(kept[1]))


def note(db: sqlite3.Connection, code: str, now_ms: int) -> None:
    """Keeps why the log is not cosigned; said again it stays as old as it is."""
    if standstill(db).code != code:
        state.put(db, STANDSTILL, (code, now_ms))

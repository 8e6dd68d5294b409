"""What a witness remembers of the hubs below it: the last tree of receipts that it cosigned, in each epoch of each hub.

The newest row of a hub is the one that its next checkpoint must go on from. Epochs that are over stay known, so that
none of them ever goes on again; of a hub's very many only the last ones."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from sync_protocol.core.checkpoints import NOWHERE, Cosigned, Leaf, Signed, Tree

EPOCHS_KEPT = 256

migrations = Migrations("witnessing")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE witnessed (hub TEXT NOT NULL, epoch TEXT NOT NULL, number INTEGER NOT NULL,"
        " size INTEGER NOT NULL, root TEXT NOT NULL, at_ms INTEGER NOT NULL, lost_epoch TEXT NOT NULL,"
        " lost_size INTEGER NOT NULL, kept_size INTEGER NOT NULL, checkpoint BLOB NOT NULL, signature BLOB NOT NULL,"
        " cosignature BLOB NOT NULL, cosignature_signature BLOB NOT NULL, PRIMARY KEY (hub, epoch))",
        "CREATE TABLE unwitnessed (hub TEXT PRIMARY KEY, code TEXT NOT NULL, since_ms INTEGER NOT NULL)",
    ):
        db.execute(statement)


class Witnessed(NamedTuple):
    """The last tree cosigned in an epoch, when (ms); where the epoch began with a loss, the cosigned tree that the hub
    did not have any more (`lost`), and the size of the last one that it had (`kept`)."""

    tree: Tree
    given: Cosigned
    at_ms: int
    lost: Leaf = NOWHERE
    kept: int = 0


_COLUMNS = (
    "epoch, root, size, checkpoint, signature, cosignature, cosignature_signature, at_ms,"
    " lost_epoch, lost_size, kept_size"
)


def _read(row: Any) -> Witnessed | None:
    if row is None:
        return None
    epoch, root, size, payload, signature, cosignature, cosignature_signature, at_ms, *lost, kept = row
    given = Cosigned(Signed(bytes(payload), bytes(signature)), Signed(bytes(cosignature), bytes(cosignature_signature)))
    return Witnessed(Tree(epoch, root, size), given, at_ms, (lost[0], lost[1]), kept)


def latest(db: sqlite3.Connection, hub: str) -> Witnessed | None:
    """What the next checkpoint of a hub must go on from; None where none was ever cosigned."""
    return _read(db.execute(
        f"SELECT {_COLUMNS} FROM witnessed WHERE hub = ? ORDER BY number DESC LIMIT 1", (hub,)
    ).fetchone())  # fmt: skip


def in_epoch(db: sqlite3.Connection, hub: str, epoch: str) -> Witnessed | None:
    return _read(db.execute(f"SELECT {_COLUMNS} FROM witnessed WHERE hub = ? AND epoch = ?", (hub, epoch)).fetchone())


def losses(db: sqlite3.Connection, hub: str) -> list[Witnessed]:
    """The epochs of a hub that began with a loss, the latest first."""
    found = db.execute(
        f"SELECT {_COLUMNS} FROM witnessed WHERE hub = ? AND lost_epoch != '' ORDER BY number DESC", (hub,)
    )
    return [each for row in found.fetchall() if (each := _read(row)) is not None]


def keep(db: sqlite3.Connection, hub: str, witnessed: Witnessed) -> None:
    """Remembers a tree as the newest of its hub. An epoch keeps what its first tree said of a loss."""
    tree = witnessed.tree
    before = in_epoch(db, hub, tree.epoch)
    lost, kept = (before.lost, before.kept) if before else (witnessed.lost, witnessed.kept)
    (number,) = db.execute("SELECT coalesce(max(number), 0) + 1 FROM witnessed WHERE hub = ?", (hub,)).fetchone()
    given = (*witnessed.given.checkpoint, *witnessed.given.cosignature)
    db.execute(
        "INSERT OR REPLACE INTO witnessed VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (hub, tree.epoch, number, tree.size, tree.root, witnessed.at_ms, *lost, kept, *given),
    )
    db.execute(
        "DELETE FROM witnessed WHERE hub = ? AND number <= (SELECT number FROM witnessed WHERE hub = ?"
        " ORDER BY number DESC LIMIT 1 OFFSET ?)",
        (hub, hub, EPOCHS_KEPT),
    )
    db.execute("DELETE FROM unwitnessed WHERE hub = ?", (hub,))


class Refused(NamedTuple):
    """Why the last checkpoint of a hub was not cosigned, as a code, and since when (ms) none is."""

    code: str
    since_ms: int


def refused(db: sqlite3.Connection, hub: str) -> Refused | None:
    row = db.execute("SELECT code, since_ms FROM unwitnessed WHERE hub = ?", (hub,)).fetchone()
    return None if row is None else Refused(*row)


def refuse(db: sqlite3.Connection, hub: str, code: str, now_ms: int) -> None:
    """Notes that a checkpoint was not cosigned; cleared by the next one that is."""
    before = refused(db, hub)
    db.execute("INSERT OR REPLACE INTO unwitnessed VALUES (?,?,?)", (hub, code, before.since_ms if before else now_ms))

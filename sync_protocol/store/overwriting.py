"""What was taken away, out of the files: rebuilt pages, an empty WAL, and copies set aside that are cleaned.

SQLite overwrites what is deleted where it lies (`secure_delete`), but not what a page held before its cells were moved
to another one, and old frames stay in the WAL until it is cut. `VACUUM` writes every page anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlite_utils.utils import sqlite3

from shared_models import erasure
from shared_models.erasure import Order
from shared_models.records import header_of
from sync_protocol.store import bodies
from sync_protocol.store.database import Connection, open_database
from sync_protocol.store.projector import PROJECTED

SCAN = 1000


def overwrite(db: Connection, *, rebuild: bool) -> bool:
    """Writes every page of the file anew where `rebuild` says so, then empties the WAL into the file; whether nothing
    stood in the way of that. Outside of a transaction, and while Litestream does not hold the database."""
    if rebuild:
        db.execute("PRAGMA temp_store = FILE")  # in memory it would take as much as the file has
        try:
            db.execute("VACUUM")
        finally:
            db.execute("PRAGMA temp_store = MEMORY")
    busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def clean_copy(path: Path, orders: Sequence[Order]) -> None:
    """Carries orders out in a database that was set aside: bodies go, and so does everything that a rebuild makes.
    Raises Refusal `database.…`, sqlite3.Error or ValueError where it is too damaged for that."""
    with closing(open_database(path, writable=True, litestream=False)) as db:
        present = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        with db:
            db.execute("BEGIN IMMEDIATE")
            bodies.forget_bodies(db, _covered(db, orders))
            for table in PROJECTED:
                if table in present:
                    db.execute(f"DELETE FROM {table}")
            db.execute("DELETE FROM state WHERE name IN ('folded', 'folded_roster', 'folded_roster.stamp')")
        if not overwrite(db, rebuild=True):
            raise sqlite3.OperationalError("somebody else holds this database")


def _covered(db: Connection, orders: Sequence[Order]) -> list[int]:
    after, found = 0, list[int]()
    while True:
        some, reached = covered_in(db, orders, after)
        found += [position for position, _ in some]
        if reached == after:
            return found
        after = reached


def covered_in(db: Connection, orders: Sequence[Order], after: int) -> tuple[list[tuple[int, Order]], int]:
    """Which of the next thousand records after a position still have a body that one of these orders takes away, and
    the last position that was looked at. Reads headers only."""
    bare, reached = bodies.with_body(db, {order.subject for order in orders}, after, SCAN)
    headers = [(each.position, header_of(each.header)) for each in bare]
    pairs = [(at, order) for at, header in headers for order in orders if erasure.covers(order, header)]
    return pairs, reached

"""Which sample pictures of materials are held: public, published by the city, and resting in the log alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.catalogue.samples import sample_of

migrations = Migrations("samples")


@migrations()
def first_tables(tables: Tables) -> None:
    """sample: one row a picture. `record` = the position of its record in the log."""
    tables.execute("CREATE TABLE sample (hash TEXT PRIMARY KEY, record BIGINT NOT NULL)")


def keep(db: sqlite3.Connection, body: dict[str, Any], record: int) -> None:
    """Notes the picture of a record. Raises Refusal, ValueError or KeyError for one that is not what it says."""
    db.execute("INSERT OR IGNORE INTO sample VALUES (?,?)", (sample_of(body).name, record))


def held(db: sqlite3.Connection, names: Iterable[str]) -> dict[str, int]:
    """Those of the pictures that are held -> position of the record."""
    rows = (db.execute("SELECT hash, record FROM sample WHERE hash = ?", (name,)).fetchone() for name in set(names))
    return {row[0]: int(row[1]) for row in rows if row is not None}

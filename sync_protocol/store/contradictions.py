"""The proofs that reached this node: hubs that contradicted themselves. Folded out of records, checked by the fold."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from sync_protocol.core.contradictions import Proof

OF_A_HUB_MAX = 16
"""One proves as much as a hundred."""

migrations = Migrations("contradictions")


@migrations()
def tables(db: Tables) -> None:
    db.execute(
        "CREATE TABLE contradiction (id TEXT PRIMARY KEY, hub TEXT NOT NULL, found_by TEXT NOT NULL,"
        " found_ms INTEGER NOT NULL, proof BLOB NOT NULL)"
    )


class Contradiction(NamedTuple):
    """A proof that stands, the node that found it, and when by its clock (ms)."""

    proof: Proof
    found_by: str
    found_ms: int


def keep(db: sqlite3.Connection, found: Contradiction) -> None:
    """Keeps a proof that was checked; those of one hub beyond the first ones add nothing."""
    proof = found.proof
    if is_known(db, proof):
        return
    values = (proof.id, proof.hub, found.found_by, found.found_ms, msgspec.json.encode(proof))
    db.execute("INSERT INTO contradiction VALUES (?,?,?,?,?)", values)


def is_known(db: sqlite3.Connection, proof: Proof) -> bool:
    """Whether this proof is kept, or one that says as much, or enough others against the same hub."""
    rows = db.execute("SELECT proof FROM contradiction WHERE hub = ?", (proof.hub,)).fetchall()
    kept = [msgspec.json.decode(bytes(row[0]), type=Proof) for row in rows]
    return len(kept) >= OF_A_HUB_MAX or any(proof.says_no_more_than(each) for each in kept)


def all_of(db: sqlite3.Connection) -> list[Contradiction]:
    """Every proof that is kept, in the order of its folding."""
    found = db.execute("SELECT proof, found_by, found_ms FROM contradiction ORDER BY rowid")
    return [Contradiction(msgspec.json.decode(bytes(row[0]), type=Proof), row[1], row[2]) for row in found]

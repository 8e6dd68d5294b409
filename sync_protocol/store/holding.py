"""What is kept without effect until a person rules on it: written after its node was revoked, or on a forked chain.

A ruling is a record of an entitled hub, `roster.ratified` or `roster.rejected`, and names the held record by its id.
A ratified record has effect from the ruling on; a rejected one stays kept, and may still be ratified later. Functions
take the connection of the running transaction.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.records import BRANCH
from shared_models.trust import Chains

RATIFIED, REJECTED = "roster.ratified", "roster.rejected"

migrations = Migrations("holding")


@migrations()
def tables(db: Tables) -> None:
    db.execute("CREATE INDEX record_held ON record (held, position) WHERE held = 1")
    db.execute(
        "CREATE TABLE ruling (id TEXT PRIMARY KEY, verdict TEXT NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL,"
        " ms INTEGER NOT NULL, area TEXT NOT NULL)"
    )


@migrations()
def held_by_id(db: Tables) -> None:
    db.execute("CREATE INDEX record_held_id ON record (id) WHERE held = 1")


class Ruling(NamedTuple):
    """`verdict` is one of RATIFIED, REJECTED; `ms` = when it was written; `area` = what its author may rule on."""

    id: str
    verdict: str
    reason: str
    actor: str
    ms: int
    area: str


class Fork(NamedTuple):
    """Two records at one place: proof that a key was used twice. `length` = how many records the branch has."""

    node: str
    incarnation: str
    seq: int
    id: str
    length: int


def positions(db: sqlite3.Connection, limit: int = 200) -> list[int]:
    """Where in the log records are held on which nobody has ruled yet, oldest first."""
    found = db.execute(
        "SELECT position FROM record WHERE held = 1 AND NOT EXISTS (SELECT 1 FROM ruling WHERE ruling.id = record.id)"
        " ORDER BY position LIMIT ?",
        (limit,),
    )
    return [int(row[0]) for row in found]


def waiting(db: sqlite3.Connection) -> int:
    """How many held records nobody has ruled on."""
    row = db.execute(
        "SELECT count(*) FROM record WHERE held = 1 AND NOT EXISTS (SELECT 1 FROM ruling WHERE ruling.id = record.id)"
    ).fetchone()
    return int(row[0])


_OF_NODE = (
    " FROM record JOIN chain ON chain.number = record.chain WHERE record.held = 1"
    ' AND instr(CAST(record.header AS TEXT), \'"kind":"roster.\') = 0'
    " AND NOT EXISTS (SELECT 1 FROM ruling WHERE ruling.id = record.id)"
)
"""What waits for a ruling, the roster's records left out: a header is canonical, so a kind begins only so."""


def waiting_by_node(db: sqlite3.Connection) -> dict[str, int]:
    """How many records of each node wait for a ruling, those of the roster left out."""
    found = db.execute(f"SELECT chain.node, count(*) {_OF_NODE} GROUP BY chain.node")
    return {str(row[0]): int(row[1]) for row in found}


def waiting_of(db: sqlite3.Connection, node: str, limit: int) -> list[str]:
    """The ids of the records of a node that wait for a ruling, oldest first, those of the roster left out."""
    found = db.execute(
        f"SELECT record.id {_OF_NODE} AND chain.node = ? ORDER BY record.position LIMIT ?", (node, limit)
    )
    return [str(row[0]) for row in found]


def beyond(db: sqlite3.Connection, node: str, trusted: Chains, until: Chains | None = None) -> set[str]:
    """The ids of all records of a node that stand further than `trusted`, and no further than `until` (None = all of
    them), whether they are held here or not."""
    found: set[str] = set()
    for number, name, head in db.execute("SELECT number, incarnation, head_seq FROM chain WHERE node = ?", (node,)):
        first, last = trusted.get(name, 0), head if until is None else until.get(name, 0)
        if first < min(last, head):
            rows = db.execute("SELECT id FROM record WHERE chain = ? AND seq > ? AND seq <= ?", (number, first, last))
            found.update(str(row[0]) for row in rows)
    return found


def position_of(db: sqlite3.Connection, identity: str) -> int | None:
    """Where a held record stands in the log; None where no such record is held."""
    row = db.execute("SELECT position FROM record WHERE held = 1 AND id = ?", (identity,)).fetchone()
    return None if row is None else int(row[0])


def headers(db: sqlite3.Connection) -> list[tuple[int, bytes]]:
    """(position, header) of everything that is held, ruled on or not."""
    return [(int(row[0]), bytes(row[1])) for row in db.execute("SELECT position, header FROM record WHERE held = 1")]


def ruling(db: sqlite3.Connection, identity: str) -> Ruling | None:
    row = db.execute("SELECT id, verdict, reason, actor, ms, area FROM ruling WHERE id = ?", (identity,)).fetchone()
    return None if row is None else Ruling(*row)


def ratified(db: sqlite3.Connection) -> frozenset[str]:
    """The ids of all records that were ratified."""
    return frozenset(str(row[0]) for row in db.execute("SELECT id FROM ruling WHERE verdict = ?", (RATIFIED,)))


def keep(db: sqlite3.Connection, fresh: Ruling) -> bool:
    """Keeps a ruling; False where it changes nothing: what is ratified stays so."""
    known = ruling(db, fresh.id)
    if known is not None and (known.verdict == RATIFIED or fresh.verdict == REJECTED):
        return False
    db.execute("INSERT OR REPLACE INTO ruling VALUES (?,?,?,?,?,?)", fresh)
    return True


def forks(db: sqlite3.Connection) -> list[Fork]:
    """Every fork that was proven here, oldest first."""
    found = db.execute(
        "SELECT chain.node, chain.incarnation, min(record.seq), count(*) FROM chain JOIN record"
        " ON record.chain = chain.number WHERE chain.incarnation LIKE ? GROUP BY chain.number ORDER BY chain.number",
        (f"%{BRANCH}%",),
    )
    proven = []
    for node, name, seq, length in found:
        incarnation, _, identity = str(name).partition(BRANCH)
        proven.append(Fork(node, incarnation, seq, identity, length))
    return proven

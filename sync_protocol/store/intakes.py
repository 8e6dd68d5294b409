"""Applications that are being taken in at a counter: begun, kept as they grow, not sent yet.

Rules
- A begun application is nobody's record and goes nowhere: it rests in this node's database, sealed by the caller, and
  belongs to one account. Another one gets it by the owner's consent, or where the owner's account is disabled.
- What was ended (sent, thrown away) leaves its id behind for a day, without a word of its content, so that a message
  of the browser that comes late cannot bring it back.
- All functions work on the caller's connection and are part of its transaction. Times are milliseconds (`_ms`).
"""

from __future__ import annotations

from typing import NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations

from shared_models.refusals import Refusal
from sync_protocol.store.database import Connection

migrations = Migrations("intakes")

DAY_MS = 24 * 60 * 60 * 1000
BEGUN_MAX = 50
"""Begun applications of one account."""
KEPT_DAYS = 30
"""A begun application that nobody touched for so long goes away."""


@migrations()
def first_tables(tables: Tables) -> None:
    """intakes: one row a begun application; `ended_ms` 0 while it is open. intake_files: the files that it names."""
    tables.execute(
        "CREATE TABLE intakes (id TEXT PRIMARY KEY, owner TEXT NOT NULL, item TEXT NOT NULL, situation TEXT NOT NULL,"
        " catalogue BIGINT NOT NULL, sealed BLOB NOT NULL, begun_ms BIGINT NOT NULL, changed_ms BIGINT NOT NULL,"
        " asked_by TEXT NOT NULL, ended_ms BIGINT NOT NULL)"
    )
    tables.execute("CREATE INDEX intakes_changed ON intakes (ended_ms, changed_ms)")
    tables.execute(
        "CREATE TABLE intake_files (intake TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (intake, hash)) WITHOUT ROWID"
    )
    tables.execute("CREATE INDEX intake_files_hash ON intake_files (hash)")


class IntakeRow(NamedTuple):
    """One begun application. `owner` and `asked_by` are accounts' opaque ids ("" = nobody asked for it);
    `catalogue` is the version that it was begun under."""

    id: str
    owner: str
    item: str
    situation: str
    catalogue: int
    sealed: bytes
    begun_ms: int
    changed_ms: int
    asked_by: str


_ROW = "id, owner, item, situation, catalogue, sealed, begun_ms, changed_ms, asked_by"


def keep(db: Connection, row: IntakeRow, files: frozenset[str]) -> bool:
    """Keeps a begun application as it stands now; False where it has ended meanwhile, and nothing is kept.

    Raises Refusal drafts.of_another, drafts.too_many."""
    found = db.execute("SELECT owner, ended_ms FROM intakes WHERE id = ?", (row.id,)).fetchone()
    if found is not None and found[1]:
        return False
    if found is not None and found[0] != row.owner:
        raise Refusal("drafts.of_another")
    if found is None and _number(db, row.owner) >= BEGUN_MAX:
        raise Refusal("drafts.too_many", most=BEGUN_MAX)
    db.execute(
        f"INSERT INTO intakes ({_ROW}, ended_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0) ON CONFLICT (id) DO UPDATE SET"
        " item = excluded.item, situation = excluded.situation, catalogue = excluded.catalogue,"
        " sealed = excluded.sealed, changed_ms = excluded.changed_ms",
        row[:-1],
    )
    db.execute("DELETE FROM intake_files WHERE intake = ?", (row.id,))
    db.executemany("INSERT INTO intake_files (intake, hash) VALUES (?, ?)", [(row.id, each) for each in sorted(files)])
    return True


def _number(db: Connection, owner: str) -> int:
    return int(db.execute("SELECT COUNT(*) FROM intakes WHERE owner = ? AND ended_ms = 0", (owner,)).fetchone()[0])


def row(db: Connection, id: str) -> IntakeRow | None:
    """A begun application that has not ended."""
    found = db.execute(f"SELECT {_ROW} FROM intakes WHERE id = ? AND ended_ms = 0", (id,)).fetchone()
    return IntakeRow(*found) if found else None


def rows(db: Connection, limit: int) -> list[IntakeRow]:
    """The begun applications of everybody, latest change first."""
    found = db.execute(f"SELECT {_ROW} FROM intakes WHERE ended_ms = 0 ORDER BY changed_ms DESC, id LIMIT ?", (limit,))
    return [IntakeRow(*each) for each in found]


def end(db: Connection, id: str, now_ms: int) -> None:
    """It was sent or thrown away: its content goes, its id stays for a day, also where it was never kept before."""
    if not id:
        return
    db.execute(
        f"INSERT INTO intakes ({_ROW}, ended_ms) VALUES (?, '', '', '', 0, x'', 0, ?, '', ?) ON CONFLICT (id) DO UPDATE"
        " SET ended_ms = excluded.ended_ms, sealed = x'', item = '', situation = '', asked_by = '' WHERE ended_ms = 0",
        (id, now_ms, max(1, now_ms)),
    )
    db.execute("DELETE FROM intake_files WHERE intake = ?", (id,))


def ask(db: Connection, id: str, actor: str) -> None:
    """`actor` asks its owner for it; the latest to ask counts."""
    db.execute("UPDATE intakes SET asked_by = ? WHERE id = ? AND ended_ms = 0", (actor, id))


def hand_over(db: Connection, id: str, owner: str, sealed: bytes, now_ms: int) -> None:
    """Another account owns it from now on; its content is sealed anew, since its files were for one person alone."""
    if _number(db, owner) >= BEGUN_MAX:
        raise Refusal("drafts.too_many", most=BEGUN_MAX)
    db.execute(
        "UPDATE intakes SET owner = ?, sealed = ?, asked_by = '', changed_ms = ? WHERE id = ? AND ended_ms = 0",
        (owner, sealed, now_ms, id),
    )


def names_file(db: Connection, wanted: str) -> bool:
    """Whether a begun application names this file."""
    return db.execute("SELECT 1 FROM intake_files WHERE hash = ? LIMIT 1", (wanted,)).fetchone() is not None


def sweep(db: Connection, now_ms: int) -> int:
    """Ends what nobody touched for `KEPT_DAYS`, forgets the ids of what ended a day ago; gives how many it ended.
    A clock that runs behind sweeps nothing."""
    old = db.execute(
        "SELECT id FROM intakes WHERE ended_ms = 0 AND changed_ms < ?", (now_ms - KEPT_DAYS * DAY_MS,)
    ).fetchall()
    for (id,) in old:
        end(db, id, now_ms)
    db.execute("DELETE FROM intakes WHERE ended_ms BETWEEN 1 AND ?", (now_ms - DAY_MS,))
    return len(old)

"""Erasure in the database: the orders that are known, what each still costs this node, and who has carried it out.

`erasure` holds the orders that have effect; `erasure_done` what nodes have said: both follow from the log.
`erasure_work` is this node's own list of what is to be done outside the tables (see `host.erasing`), and
`erasure_file` names the files that an erased case named. Functions take the connection of the running transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models import erasure
from shared_models.cases import subject_of
from shared_models.deadlines import local_day
from shared_models.erasure import Done, Order
from shared_models.records import Header, Record
from shared_models.refusals import Refusal
from sync_protocol.store import bodies
from sync_protocol.store.database import having

migrations = Migrations("erasures")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE erasure (id TEXT PRIMARY KEY, subject TEXT NOT NULL, area TEXT NOT NULL, node TEXT NOT NULL,"
        " actor TEXT NOT NULL, proposed_by TEXT NOT NULL, ms INTEGER NOT NULL, reason TEXT NOT NULL,"
        " basis TEXT NOT NULL)",
        "CREATE INDEX erasure_of_subject ON erasure (subject)",
        "CREATE TABLE erasure_done (id TEXT NOT NULL, node TEXT NOT NULL, incarnation TEXT NOT NULL,"
        " seq INTEGER NOT NULL, ms INTEGER NOT NULL, said BLOB NOT NULL, PRIMARY KEY (id, node, incarnation, seq))"
        " WITHOUT ROWID",
        "CREATE TABLE erasure_work (id TEXT PRIMARY KEY, pending INTEGER NOT NULL, bodies INTEGER NOT NULL,"
        " files INTEGER NOT NULL)",
        "CREATE TABLE erasure_file (hash TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (hash, id)) WITHOUT ROWID",
        "CREATE INDEX set_aside_of_subject ON set_aside (subject)",
    ):
        db.execute(statement)


ALL, REPLICA = 1, 2


@migrations()
def proposals_of_a_hub(db: Tables) -> None:
    """What one person has proposed and nobody has confirmed yet: known to this hub alone."""
    db.execute(
        "CREATE TABLE erasure_proposal (id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL,"
        " reason TEXT NOT NULL, basis TEXT NOT NULL, proposed_by TEXT NOT NULL, ms INTEGER NOT NULL)"
    )


class Work(NamedTuple):
    """What an order costs this node: bodies taken away and files deleted so far. `pending` = what is still to be done
    outside the tables: ALL, REPLICA (nothing but the replicas), or 0."""

    id: str
    pending: int
    bodies: int
    files: int


class Said(NamedTuple):
    """What a node has said of an order, and the place in its chain at which it did so."""

    node: str
    incarnation: str
    seq: int
    ms: int
    done: Done


_WORK = "id, pending, bodies, files"
_ORDER = "id, subject, area, node, actor, proposed_by, ms, reason, basis"


# ---------------------------------------------------------------- orders


def any_known(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM erasure LIMIT 1").fetchone() is not None


def keep(db: sqlite3.Connection, order: Order) -> bool:
    """Keeps an order; False where it is known."""
    return db.execute(f"INSERT OR IGNORE INTO erasure ({_ORDER}) VALUES (?,?,?,?,?,?,?,?,?)", order).rowcount > 0


def orders(db: sqlite3.Connection) -> list[Order]:
    """All orders, newest first."""
    return [Order(*row) for row in db.execute(f"SELECT {_ORDER} FROM erasure ORDER BY ms DESC, id")]


def order(db: sqlite3.Connection, identity: str) -> Order | None:
    row = db.execute(f"SELECT {_ORDER} FROM erasure WHERE id = ?", (identity,)).fetchone()
    return None if row is None else Order(*row)


def of_subjects(db: sqlite3.Connection, subjects: Sequence[str]) -> dict[str, list[Order]]:
    """The orders about these subjects, the oldest of each first."""
    found: dict[str, list[Order]] = {}
    if any_known(db):
        for row in having(db, f"SELECT {_ORDER} FROM erasure WHERE subject", subjects):
            found.setdefault(str(row[1]), []).append(Order(*row))
    return {subject: sorted(each, key=lambda one: (one.ms, one.id)) for subject, each in found.items()}


def covering(known: dict[str, list[Order]], header: Header) -> list[Order]:
    """Those of the known orders that take the body of this record away."""
    return [each for each in known.get(header.subject, ()) if erasure.covers(each, header)]


def lawful(db: sqlite3.Connection, records: Sequence[Record]) -> list[Record]:
    """The records as they may be kept: what an order covers that is known already, without its body."""
    if not any_known(db):
        return list(records)
    known = of_subjects(db, sorted({record.header.subject for record in records}))
    return [record.bare() if covering(known, record.header) else record for record in records]


def why_not_here(db: sqlite3.Connection, number: str) -> Refusal:
    """Why a case cannot be shown: it was erased by order, or nobody knows it."""
    known = of_subjects(db, [subject_of(number)]).get(subject_of(number))
    if not known:
        return Refusal("cases.unknown")
    return Refusal("erasure.done", number=number, day=local_day(known[0].ms).isoformat(), basis=known[0].basis)


# ---------------------------------------------------------------- proposals


class Proposal(NamedTuple):
    """What one person has proposed at `ms`; a second one has still to sign it."""

    id: int
    subject: str
    reason: str
    basis: str
    proposed_by: str
    ms: int


def propose(db: sqlite3.Connection, subject: str, reason: str, basis: str, proposed_by: str, ms: int) -> Proposal:
    placed = db.execute(
        "INSERT INTO erasure_proposal (subject, reason, basis, proposed_by, ms) VALUES (?,?,?,?,?)",
        (subject, reason, basis, proposed_by, ms),
    )
    return Proposal(int(placed.lastrowid or 0), subject, reason, basis, proposed_by, ms)


def proposals(db: sqlite3.Connection) -> list[Proposal]:
    """What waits for a second person, oldest first."""
    found = db.execute("SELECT id, subject, reason, basis, proposed_by, ms FROM erasure_proposal ORDER BY id")
    return [Proposal(*row) for row in found]


def drop_proposal(db: sqlite3.Connection, identity: int) -> bool:
    """Takes a proposal off the list; False where it is not there any more."""
    return db.execute("DELETE FROM erasure_proposal WHERE id = ?", (identity,)).rowcount > 0


# ---------------------------------------------------------------- what is to be done here


def forget(db: sqlite3.Connection, of: Order, positions: Iterable[int], files: Iterable[str] = ()) -> None:
    """Takes bodies away, and notes what is still to be done outside the tables: WAL, replicas, the files named."""
    gone = bodies.forget_bodies(db, positions)
    db.executemany("INSERT OR IGNORE INTO erasure_file VALUES (?,?)", [(name, of.id) for name in files])
    db.execute("INSERT OR IGNORE INTO erasure_work VALUES (?,1,0,0)", (of.id,))
    if gone:
        db.execute("UPDATE erasure_work SET pending = 1, bodies = bodies + ? WHERE id = ?", (gone, of.id))


def pending(db: sqlite3.Connection) -> list[Work]:
    return [Work(*row) for row in db.execute(f"SELECT {_WORK} FROM erasure_work WHERE pending > 0 ORDER BY id")]


def came_to(db: sqlite3.Connection, work: Work, pending: int) -> bool:
    """Notes what is left of a work; False where more bodies were taken away since it was looked at."""
    changed = db.execute(
        "UPDATE erasure_work SET pending = ? WHERE id = ? AND pending = ? AND bodies = ?",
        (pending, work.id, work.pending, work.bodies),
    )
    return changed.rowcount > 0


def works(db: sqlite3.Connection) -> dict[str, Work]:
    """What every order has cost this node, by the id of the order."""
    return {row[0]: Work(*row) for row in db.execute(f"SELECT {_WORK} FROM erasure_work")}


def files_named(db: sqlite3.Connection) -> list[str]:
    """The files that erased cases named and that were not looked at yet."""
    return [str(row[0]) for row in db.execute("SELECT DISTINCT hash FROM erasure_file ORDER BY hash")]


def file_settled(db: sqlite3.Connection, name: str, *, gone: bool) -> None:
    """A file is deleted, or another case names it too: either way it is off the list."""
    if gone:
        db.execute(
            "UPDATE erasure_work SET files = files + 1 WHERE id IN (SELECT id FROM erasure_file WHERE hash = ?)",
            (name,),
        )
    db.execute("DELETE FROM erasure_file WHERE hash = ?", (name,))


# ---------------------------------------------------------------- what nodes have said


def keep_done(db: sqlite3.Connection, header: Header, done: Done) -> None:
    db.execute(
        "INSERT OR IGNORE INTO erasure_done VALUES (?,?,?,?,?,?)",
        (done.order, header.node, header.incarnation, header.seq, header.hlc[0], msgspec.json.encode(done)),
    )


def said(db: sqlite3.Connection, identity: str) -> list[Said]:
    """All that nodes have said of an order, by node and then in time."""
    found = db.execute(
        "SELECT node, incarnation, seq, ms, said FROM erasure_done WHERE id = ? ORDER BY node, ms, seq", (identity,)
    )
    return [
        Said(node, incarnation, seq, ms, msgspec.json.decode(bytes(words), type=Done))
        for node, incarnation, seq, ms, words in found
    ]


def interested(db: sqlite3.Connection, subject: str) -> list[str]:
    """The children that a subject concerns."""
    return [
        str(row[0])
        for row in db.execute("SELECT DISTINCT node FROM interest WHERE subject = ? ORDER BY node", (subject,))
    ]


# ---------------------------------------------------------------- what a body names


def attachments_in(body: Any) -> set[str]:
    """The names of the files that the body of a case's record names; nothing for a body of another shape."""
    materials = body.get("materials", ()) if isinstance(body, dict) else ()
    if not isinstance(materials, list):
        return set()
    named = [material.get("attachments") for material in materials if isinstance(material, dict)]
    files = [each for found in named if isinstance(found, list) for each in found if isinstance(each, dict)]
    return {str(each["hash"]) for each in files if isinstance(each.get("hash"), str)}

"""Receipts: the signed word of a parent that it holds a child's journal up to a place. Stored on both sides.

A receipt is given after the records are durable. `point` is the parent's memory of every place that it acknowledged;
where a restored child or parent disagrees about the end, both go back to the last common point, never to zero.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models import canonical
from shared_models.signing import SUITE, KeyPair, pae, text_of
from sync_protocol.core.checkpoints import NOWHERE, RECEIPT_TYPE, Leaf, Signed
from sync_protocol.core.messages import Number
from sync_protocol.store.log import EMPTY_HASH, Entry

HELD_MAX = 1000
"""Receipts that a child keeps for inspection, the latest ones."""

migrations = Migrations("receipts")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE point (child TEXT NOT NULL, journal INTEGER NOT NULL, hash BLOB NOT NULL,"
        " own_journal INTEGER NOT NULL, PRIMARY KEY (child, journal)) WITHOUT ROWID",
        "CREATE TABLE receipt_given (child TEXT PRIMARY KEY, payload BLOB NOT NULL, signature BLOB NOT NULL)",
        "CREATE TABLE receipt_held (hub TEXT NOT NULL, journal INTEGER NOT NULL, upstream INTEGER NOT NULL,"
        " hash TEXT NOT NULL, payload BLOB NOT NULL, signature BLOB NOT NULL, PRIMARY KEY (hub, journal, upstream))",
        "CREATE TABLE standing (one INTEGER PRIMARY KEY, journal INTEGER NOT NULL, upstream INTEGER NOT NULL,"
        " time INTEGER NOT NULL, payload BLOB NOT NULL, signature BLOB NOT NULL)",
    ):
        db.execute(statement)


@migrations()
def places_of_points(db: Tables) -> None:
    """How far the parent's parent holds a journal is found without walking through every place ever acknowledged."""
    for statement in (
        "CREATE INDEX point_by_place ON point (child, own_journal, journal)",
        "CREATE INDEX point_of_place ON point (own_journal, child)",
    ):
        db.execute(statement)


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is signed: `hub` holds `child`'s journal up to `journal` (running hash `hash`, base64url); the hub's own
    parent holds it up to `upstream`. `time` is the hub's clock in milliseconds; `log` names the leaf of this receipt in
    the hub's log of receipts."""

    child: str
    hash: str
    hub: str
    journal: Number
    suite: int
    time: Number
    upstream: Number
    version: int
    log: Leaf = NOWHERE


class SignedReceipt(Signed):
    """A receipt as it was signed, under the type `checkpoints.RECEIPT_TYPE`."""

    @property
    def content(self) -> Receipt:
        return msgspec.json.decode(self.payload, type=Receipt)


def sign_receipt(
    pair: KeyPair, hub: str, child: str, entry: Entry, upstream: int, now_ms: int, log: Leaf = NOWHERE
) -> SignedReceipt:
    value = Receipt(child, text_of(entry.hash), hub, entry.position, SUITE, now_ms, upstream, 1, log)
    payload = canonical.encode(msgspec.to_builtins(value))
    return SignedReceipt(payload, pair.sign(pae(RECEIPT_TYPE, payload)))


def receipt_is_good(receipt: SignedReceipt, hub_key: bytes) -> bool:
    return receipt.good([hub_key], RECEIPT_TYPE)


# ---------------------------------------------------------------- the parent's side


def last_point(db: sqlite3.Connection, child: str) -> Entry:
    """The furthest place of a child's journal that is held here."""
    row = db.execute(
        "SELECT journal, hash FROM point WHERE child = ? ORDER BY journal DESC LIMIT 1", (child,)
    ).fetchone()
    return Entry(0, EMPTY_HASH) if row is None else Entry(row[0], bytes(row[1]))


def earlier_points(db: sqlite3.Connection, child: str) -> list[Entry]:
    """Places of a child's journal that are held here, before the furthest: each about twice as far back as the one
    before, so that a few of them reach to the first."""
    last = last_point(db, child).position
    found: list[Entry] = []
    back = 1
    while back < last:
        row = db.execute(
            "SELECT journal, hash FROM point WHERE child = ? AND journal <= ? ORDER BY journal DESC LIMIT 1",
            (child, last - back),
        ).fetchone()
        if row is None:
            break
        found.append(Entry(row[0], bytes(row[1])))
        back = 2 * max(back, last - row[0])
    return found


def children(db: sqlite3.Connection) -> list[str]:
    """The nodes that ever delivered here."""
    return [str(row[0]) for row in db.execute("SELECT DISTINCT child FROM point ORDER BY child")]


def rewind(db: sqlite3.Connection, child: str, entry: Entry) -> bool:
    """Goes back to a place that was acknowledged before; False where it never was. Nearly always it is the last one."""
    if entry == last_point(db, child):
        return True
    if entry.position:
        row = db.execute("SELECT hash FROM point WHERE child = ? AND journal = ?", (child, entry.position)).fetchone()
        if row is None or bytes(row[0]) != entry.hash:
            return False
    db.execute("DELETE FROM point WHERE child = ? AND journal > ?", (child, entry.position))
    return True


def add_point(db: sqlite3.Connection, child: str, entry: Entry, own_journal: int) -> None:
    """`own_journal` = the parent's own journal position when that place of the child's journal was held."""
    db.execute("INSERT OR REPLACE INTO point VALUES (?,?,?,?)", (child, entry.position, entry.hash, own_journal))


def upstream_of(db: sqlite3.Connection, child: str, own_acknowledged: int) -> int:
    """How far the parent's parent holds the child's journal."""
    row = db.execute(
        "SELECT journal FROM point WHERE child = ? AND own_journal <= ?"
        " ORDER BY own_journal DESC, journal DESC LIMIT 1",
        (child, own_acknowledged),
    ).fetchone()
    return 0 if row is None else int(row[0])


def concerned(db: sqlite3.Connection, after: int, until: int) -> list[str]:
    """The children whose journals reached places of the parent's own journal between these two."""
    found = db.execute("SELECT DISTINCT child FROM point WHERE own_journal > ? AND own_journal <= ?", (after, until))
    return [str(row[0]) for row in found]


def news(child: str) -> str:
    """What a child listens to that waits for the word of its parent's parent."""
    return f"receipts/{child}"


def given(db: sqlite3.Connection, child: str) -> SignedReceipt | None:
    row = db.execute("SELECT payload, signature FROM receipt_given WHERE child = ?", (child,)).fetchone()
    return None if row is None else SignedReceipt(bytes(row[0]), bytes(row[1]))


def give(db: sqlite3.Connection, child: str, receipt: SignedReceipt) -> None:
    db.execute("INSERT OR REPLACE INTO receipt_given VALUES (?,?,?)", (child, *receipt))


# ---------------------------------------------------------------- the child's side


class Standing(NamedTuple):
    """How far the parent (`journal`) and the parent's parent (`upstream`) hold this node's journal; `time` = the
    parent's clock when it said so, in milliseconds (0 = never)."""

    journal: int
    upstream: int
    time: int


def hold(db: sqlite3.Connection, receipt: SignedReceipt) -> None:
    """Keeps a receipt and lets it stand, also where it says less than the one before: its giver was restored. Older
    ones go in time: the later one vouches for the whole journal before it, and what is not proven yet is `audited`."""
    content = receipt.content
    db.execute(
        "INSERT OR REPLACE INTO receipt_held VALUES (?,?,?,?,?,?)",
        (content.hub, content.journal, content.upstream, content.hash, *receipt),
    )
    db.execute("DELETE FROM receipt_held WHERE rowid <= last_insert_rowid() - ?", (HELD_MAX,))
    db.execute(
        "INSERT OR REPLACE INTO standing VALUES (1,?,?,?,?,?)",
        (content.journal, content.upstream, content.time, *receipt),
    )


def forget_standing(db: sqlite3.Connection) -> None:
    """There is another parent from here on, which has signed for nothing yet. The receipts held are kept."""
    db.execute("DELETE FROM standing")


def standing(db: sqlite3.Connection) -> Standing:
    row = db.execute("SELECT journal, upstream, time FROM standing WHERE one = 1").fetchone()
    return Standing(0, 0, 0) if row is None else Standing(*row)


def standing_receipt(db: sqlite3.Connection) -> SignedReceipt | None:
    row = db.execute("SELECT payload, signature FROM standing WHERE one = 1").fetchone()
    return None if row is None else SignedReceipt(bytes(row[0]), bytes(row[1]))


def held_receipts(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """The receipts held, oldest first, for export and inspection."""
    found = db.execute("SELECT payload, signature FROM receipt_held ORDER BY journal, upstream")
    return [{"payload": text_of(bytes(row[0])), "signature": text_of(bytes(row[1]))} for row in found]

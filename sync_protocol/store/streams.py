"""Streams: what goes down, written at fan-out and never filtered on read; and the cursors that follow them.

A stream is a dense list of entries; each names a record of the log, the reason for which it goes there, and a running
hash. A reader keeps one cursor a stream: position and hash. A cursor whose hash does not match was taken from another
history (a restored hub, a restored child): the reader goes back to the last common place, and what it holds already is
harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.signing import fingerprint
from sync_protocol.store.database import having, insert

MARK_LENGTH = 11

migrations = Migrations("streams")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE stream_entry (stream TEXT NOT NULL, position INTEGER NOT NULL, record INTEGER NOT NULL,"
        " reason TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (stream, position)) WITHOUT ROWID",
        "CREATE TABLE stream_head (stream TEXT PRIMARY KEY, position INTEGER NOT NULL, mark TEXT NOT NULL)",
        "CREATE TABLE cursor (stream TEXT PRIMARY KEY, position INTEGER NOT NULL, mark TEXT NOT NULL)",
        "CREATE TABLE interest (subject TEXT NOT NULL, node TEXT NOT NULL, reason TEXT NOT NULL,"
        " PRIMARY KEY (subject, node)) WITHOUT ROWID",
    ):
        db.execute(statement)


@migrations()
def reasons(db: Tables) -> None:
    """A child may have several reasons to hold a case."""
    for statement in (
        "ALTER TABLE interest RENAME TO interest_before",
        "CREATE TABLE interest (subject TEXT NOT NULL, node TEXT NOT NULL, reason TEXT NOT NULL,"
        " PRIMARY KEY (subject, node, reason)) WITHOUT ROWID",
        "INSERT INTO interest SELECT subject, node, reason FROM interest_before",
        "DROP TABLE interest_before",
    ):
        db.execute(statement)


class Cursor(NamedTuple):
    """How far a reader is: position of the last entry read (0 = none) and its mark (11 characters)."""

    position: int
    mark: str


START = Cursor(0, "")


class StreamEntry(NamedTuple):
    position: int
    record: int
    reason: str
    mark: str


def next_mark(mark: str, identity: str) -> str:
    """The running hash of a stream, cut to 66 bits: enough to notice another history, small on the wire."""
    return fingerprint(f"{mark}{identity}".encode())[:MARK_LENGTH]


def head(db: sqlite3.Connection, stream: str) -> Cursor:
    row = db.execute("SELECT position, mark FROM stream_head WHERE stream = ?", (stream,)).fetchone()
    return START if row is None else Cursor(row[0], row[1])


def matches(db: sqlite3.Connection, stream: str, cursor: Cursor) -> bool:
    """Whether a cursor was taken from this history of the stream."""
    if cursor.position == 0:
        return True
    row = db.execute(
        "SELECT mark FROM stream_entry WHERE stream = ? AND position = ?", (stream, cursor.position)
    ).fetchone()
    return row is not None and row[0] == cursor.mark


def entries(db: sqlite3.Connection, stream: str, after: int, limit: int) -> list[StreamEntry]:
    found = db.execute(
        "SELECT position, record, reason, mark FROM stream_entry WHERE stream = ? AND position > ?"
        " ORDER BY position LIMIT ?",
        (stream, after, limit),
    )
    return [StreamEntry(*row) for row in found]


def interests(db: sqlite3.Connection, subject: str) -> list[tuple[str, str]]:
    """(child, reason) for which a subject goes down, as far as the log is folded."""
    found = db.execute("SELECT node, reason FROM interest WHERE subject = ? ORDER BY node, reason", (subject,))
    return [(str(node), str(reason)) for node, reason in found]


def cursors(db: sqlite3.Connection) -> dict[str, Cursor]:
    """The reader's own cursors, by class of stream."""
    return {row[0]: Cursor(row[1], row[2]) for row in db.execute("SELECT stream, position, mark FROM cursor")}


def move_cursor(db: sqlite3.Connection, stream: str, cursor: Cursor) -> None:
    db.execute("INSERT OR REPLACE INTO cursor VALUES (?,?,?)", (stream, *cursor))


def forget_cursors(db: sqlite3.Connection) -> None:
    """The streams of another parent are read from their start."""
    db.execute("DELETE FROM cursor")


REASONS = ("accepted", "author", "pulled", "roster")
"""Why a subject concerns a child, the weightiest first: it took the case in; it wrote a record in it; it asked for
it; it holds a record of this node."""


class Fanout:
    """What a hub writes while it folds a slice of its log: entries of streams, and which child a subject concerns.

    The interests of subjects are read by `know`, the head of a stream when it is first written to; `save` writes what
    is new. Nothing else may write streams meanwhile."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._heads: dict[str, Cursor] = {}
        self._entries: list[tuple[str, int, int, str, str]] = []
        self._interested: dict[str, dict[str, set[str]]] = {}
        self._fresh: set[tuple[str, str, str]] = set()
        self._ended: set[tuple[str, str, str]] = set()

    def know(self, subjects: Sequence[str]) -> None:
        """Reads which children these subjects concern, and why, unless that was read before."""
        unknown = [subject for subject in subjects if subject not in self._interested]
        for subject in unknown:
            self._interested[subject] = {}
        found = having(self._db, "SELECT subject, node, reason FROM interest WHERE subject", unknown)
        for subject, node, reason in found:
            self._interested[subject].setdefault(node, set()).add(reason)

    def add(self, stream: str, record: int, identity: str, reason: str) -> None:
        """Appends a record to a stream."""
        last = self.head(stream)
        here = Cursor(last.position + 1, next_mark(last.mark, identity))
        self._entries.append((stream, here.position, record, reason, here.mark))
        self._heads[stream] = here

    def head(self, stream: str) -> Cursor:
        found = self._heads.get(stream)
        return head(self._db, stream) if found is None else found

    def records(self, stream: str) -> set[int]:
        """The records that a stream names, by their positions in the log. Reads the whole stream."""
        found = self._db.execute("SELECT record FROM stream_entry WHERE stream = ?", (stream,))
        return {int(row[0]) for row in found} | {entry[2] for entry in self._entries if entry[0] == stream}

    def add_interest(self, subject: str, node: str, reason: str) -> bool:
        """Notes why a subject (a known one) concerns a child; gives whether it did not before. Who accepted a case is
        not noted as its author besides."""
        reasons = self._interested[subject].setdefault(node, set())
        first = not reasons
        if reason not in reasons and not (reason == "author" and "accepted" in reasons):
            reasons.add(reason)
            self._fresh.add((subject, node, reason))
        return first

    def end_interest(self, subject: str, node: str, reason: str) -> bool:
        """A reason goes; gives whether it was the last one."""
        reasons = self._interested[subject].get(node, set())
        if reason not in reasons:
            return False
        reasons.remove(reason)
        self._fresh.discard((subject, node, reason))
        self._ended.add((subject, node, reason))
        return not reasons

    def reason(self, subject: str, node: str) -> str:
        """The weightiest reason for which a subject concerns a child, "" for none."""
        reasons = self._interested[subject].get(node, ())
        return next((each for each in REASONS if each in reasons), "")

    def interested(self, subject: str, but: str = "") -> list[tuple[str, str]]:
        """The children that a subject concerns, each with its weightiest reason; `but` one of them."""
        nodes = self._interested[subject].keys() - {but}
        return [(node, reason) for node in sorted(nodes) if (reason := self.reason(subject, node))]

    def save(self) -> list[str]:
        """Writes what is new; gives the streams that have grown."""
        insert(self._db, "stream_entry", self._entries)
        self._db.executemany("DELETE FROM interest WHERE subject = ? AND node = ? AND reason = ?", sorted(self._ended))
        insert(self._db, "interest", sorted(self._fresh))
        for stream, here in self._heads.items():
            self._db.execute("INSERT OR REPLACE INTO stream_head VALUES (?,?,?)", (stream, *here))
        grown = list(self._heads)
        self._entries, self._heads = [], {}
        self._fresh, self._ended = set(), set()
        return grown

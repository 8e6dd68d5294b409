"""The log: every record that is kept, in the order of receipt; the chains; the journal that goes up.

`record.position` is the local order of receipt. `chain` holds, for each (node, incarnation), the last record below
which there is no hole; the branch of a fork is a chain of its own, `<incarnation>~<id of its first record>`. `journal`
is the dense list of what this node wrote or took in from below; each entry carries a running hash, so that child and
parent can tell in one comparison whether they speak of the same history.
Functions take the connection of the running transaction; nothing here begins or commits one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.records import (
    BRANCH,
    Header,
    NotARecord,
    Position,
    Record,
    body_is_true,
    header_of,
    is_signed_by_one_of,
    record_kept,
)
from shared_models.signing import Damaged, fingerprint, hash_chain
from sync_protocol.core.incarnations import Origin, origin_of
from sync_protocol.core.verdicts import Chain, Head, Known
from sync_protocol.store import chains, clerks, rows
from sync_protocol.store.vault import Vault

OWN, ABOVE = "", "^"
"""Sources of a record: written here, or from the parent's streams; any other source is the child's node name."""

EMPTY_HASH = bytes(32)
PLACE_MAX = 2**63 - 1

migrations = Migrations("log")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE chain (number INTEGER PRIMARY KEY, node TEXT NOT NULL, incarnation TEXT NOT NULL,"
        " head_seq INTEGER NOT NULL, head_id TEXT NOT NULL, from_incarnation TEXT NOT NULL, from_seq INTEGER NOT NULL,"
        " returned_seq INTEGER NOT NULL, UNIQUE (node, incarnation))",
        "CREATE TABLE record (position INTEGER PRIMARY KEY, chain INTEGER NOT NULL,"
        " seq INTEGER NOT NULL, id TEXT NOT NULL, source TEXT NOT NULL, held INTEGER NOT NULL,"
        " header BLOB NOT NULL, signature BLOB NOT NULL, body BLOB)",
        "CREATE UNIQUE INDEX record_in_chain ON record (chain, seq)",
        "CREATE TABLE journal (position INTEGER PRIMARY KEY, record INTEGER NOT NULL, hash BLOB NOT NULL)",
    ):
        db.execute(statement)


@migrations()
def without_returned(db: Tables) -> None:
    """What was handed back is told by the stream itself."""
    db.execute("ALTER TABLE chain DROP COLUMN returned_seq")


class Row(NamedTuple):
    """A kept record with its place: position in the log, source, and whether it is held (kept without effect)."""

    position: int
    source: str
    held: bool
    record: Record


class RecordParts(NamedTuple):
    """A record as three byte strings, and its id; `body` is None where it was erased."""

    header: bytes
    signature: bytes
    body: bytes | None
    id: str


class Entry(NamedTuple):
    """A place in the journal: position (0 = before the first) and running hash (32 bytes)."""

    position: int
    hash: bytes


class Incarnation(NamedTuple):
    """A chain of a node: name, head, and the place it continues from."""

    name: str
    head: Head
    from_incarnation: str
    from_seq: int


class DamagedRecord(ValueError):
    """A record in the database file is not what was signed: `what` is `header`, `body` or `signature`."""

    def __init__(self, position: int, identity: str, what: str) -> None:
        super().__init__(f"record {identity} at position {position}: {what} changed")
        self.position = position
        self.id = identity
        self.what = what


class Log:
    """The log of one database. Stateless beside the vault: all that counts is in the transaction's connection."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    # ------------------------------------------------------------ writing

    def append(
        self,
        db: sqlite3.Connection,
        records: Sequence[Record],
        source: str,
        held: Sequence[bool] | None = None,
        branches: Sequence[str] | None = None,
        *,
        journal: bool = True,
    ) -> range:
        """Keeps `records` and gives their positions. Records from below and own ones enter the journal as well, unless
        the caller does that. `branches` names those on which records that prove a fork stand, "" for the others."""
        start = db.execute("SELECT coalesce(max(position), 0) FROM record").fetchone()[0] + 1
        grown = chains.Chains(db)
        sealed = self._vault.seal_bodies([record.body for record in records])
        places = [
            (grown.number(record, branches[i] if branches else ""), record.header.seq, int(held[i]) if held else 0)
            for i, record in enumerate(records)
        ]
        rows.insert(db, start, source, places, records, sealed)
        grown.save()
        positions = range(start, start + len(records))
        if source != ABOVE and journal:
            self.to_journal(db, [(place, record.id) for place, record in zip(positions, records, strict=True)])
        return positions

    def to_journal(self, db: sqlite3.Connection, records: Sequence[tuple[int, str]]) -> range:
        """Adds kept records (position, id) to the end of the journal; gives their places there."""
        end = self.journal_end(db)
        places = range(end.position + 1, end.position + 1 + len(records))
        hashes = hash_chain(end.hash, [identity for _, identity in records])
        rows.insert_journal(db, places.start, [position for position, _ in records], hashes)
        return places

    # ------------------------------------------------------------ reading

    def rows(self, db: sqlite3.Connection, after: int, limit: int) -> list[Row]:
        """Up to `limit` rows after a position, in order of receipt. Raises DamagedRecord."""
        found = db.execute(
            f"SELECT {_COLUMNS} FROM record WHERE position > ? ORDER BY position LIMIT ?", (after, limit)
        )
        return [self._row(row) for row in found]

    def at(self, db: sqlite3.Connection, positions: Iterable[int]) -> list[Row]:
        """The rows at these positions, in the order asked; a position that is not there is left out."""
        found = []
        for position in positions:
            row = db.execute(f"SELECT {_COLUMNS} FROM record WHERE position = ?", (position,)).fetchone()
            if row is not None:
                found.append(self._row(row))
        return found

    def chain_rows(
        self, db: sqlite3.Connection, chain: Chain, after_seq: int, limit: int, *, before: int = PLACE_MAX
    ) -> list[Row]:
        """Up to `limit` rows of one chain after a number, of those that stand before a position in the log."""
        found = db.execute(
            f"SELECT {_COLUMNS} FROM record WHERE seq > ? AND position < ? AND chain ="
            " (SELECT number FROM chain WHERE node = ? AND incarnation = ?) ORDER BY seq LIMIT ?",
            (after_seq, before, *chain, limit),
        )
        return [self._row(row) for row in found]

    def chain_places(
        self, db: sqlite3.Connection, chain: Chain, after_seq: int, *, before: int
    ) -> Iterator[tuple[int, str]]:
        """(position, id) of what stands in one chain after a number, and before a position in the log. Opens nothing,
        so that a damaged record keeps none of the others from being found."""
        found = db.execute(
            "SELECT position, id FROM record WHERE seq > ? AND position < ? AND chain ="
            " (SELECT number FROM chain WHERE node = ? AND incarnation = ?) ORDER BY seq",
            (after_seq, before, *chain),
        )
        return ((int(row[0]), str(row[1])) for row in found)

    def journal_parts(
        self,
        db: sqlite3.Connection,
        after: int,
        limit: int,
        bytes_max: int,
        damaged: Iterable[DamagedRecord] = (),
    ) -> tuple[list[RecordParts], int]:
        """The parts of up to `limit` records of the journal after an entry, about `bytes_max` bytes at most but at
        least one, and the position of the last. Headers are compared with their ids only, not read: what is sent is
        judged by the receiver. Stops before a record that is known to be damaged, and raises DamagedRecord at it."""
        known = {each.position: each for each in damaged}
        found = db.execute(
            "SELECT journal.position, record.position, record.id, record.header, record.signature, record.body"
            " FROM journal JOIN record ON record.position = journal.record WHERE journal.position > ?"
            " ORDER BY journal.position LIMIT ?",
            (after, limit),
        )
        parts: list[RecordParts] = []
        size, last = 0, after
        for place, position, identity, header, signature, sealed in found:
            size += len(header) + len(sealed or b"")
            if parts and (size > bytes_max or position in known):
                break
            if position in known:
                raise DamagedRecord(position, known[position].id, known[position].what)
            if fingerprint(header) != identity:
                raise DamagedRecord(position, identity, "header")
            try:
                parts.append(RecordParts(header, signature, self._vault.open_body(sealed), identity))
            except Damaged:
                raise DamagedRecord(position, identity, "body") from None
            last = place
        return parts, last

    def journal_after(self, db: sqlite3.Connection, after: int, limit: int) -> tuple[list[Record], Entry]:
        """Up to `limit` records of the journal after an entry, and the entry of the last of them."""
        found = db.execute(
            f"SELECT journal.position, journal.hash, {_COLUMNS} FROM journal JOIN record"
            " ON record.position = journal.record WHERE journal.position > ? ORDER BY journal.position LIMIT ?",
            (after, limit),
        ).fetchall()
        records = [self._row(row[2:]).record for row in found]
        return records, Entry(found[-1][0], bytes(found[-1][1])) if found else self.entry(db, after) or Entry(
            0, EMPTY_HASH
        )

    def entry(self, db: sqlite3.Connection, position: int) -> Entry | None:
        """The journal entry at a position, or None; 0 is the place before the first."""
        if position == 0:
            return Entry(0, EMPTY_HASH)
        row = db.execute("SELECT hash FROM journal WHERE position = ?", (position,)).fetchone()
        return None if row is None else Entry(position, bytes(row[0]))

    def journal_end(self, db: sqlite3.Connection) -> Entry:
        row = db.execute("SELECT position, hash FROM journal ORDER BY position DESC LIMIT 1").fetchone()
        return Entry(0, EMPTY_HASH) if row is None else Entry(row[0], bytes(row[1]))

    def journal_place(self, db: sqlite3.Connection, record_position: int) -> int:
        """The journal position of the last entry at or before a position in the log, regained ones left out."""
        row = db.execute(
            "SELECT position FROM journal WHERE record <= ? AND position NOT IN (SELECT journal FROM regained)"
            " ORDER BY position DESC LIMIT 1",
            (record_position,),
        ).fetchone()
        return 0 if row is None else int(row[0])

    def journal_place_of(self, db: sqlite3.Connection, place: Position) -> int:
        """The journal position of the record at a place of a chain; 0 where it came from above, or is not kept."""
        row = db.execute(
            "SELECT position, source FROM record WHERE seq = ? AND chain ="
            " (SELECT number FROM chain WHERE node = ? AND incarnation = ?)",
            (place.seq, place.node, place.incarnation),
        ).fetchone()
        return 0 if row is None or row[1] == ABOVE else self.journal_place(db, row[0])

    def last_position(self, db: sqlite3.Connection) -> int:
        return int(db.execute("SELECT coalesce(max(position), 0) FROM record").fetchone()[0])

    def known(self, db: sqlite3.Connection) -> Known:
        """What the verdicts need to know of this log."""

        def id_at(chain: Chain, seq: int) -> str | None:
            row = db.execute(
                "SELECT id FROM record WHERE seq = ? AND chain ="
                " (SELECT number FROM chain WHERE node = ? AND incarnation = ?)",
                (seq, *chain),
            ).fetchone()
            return None if row is None else str(row[0])

        def last_of(chain: Chain) -> int:
            row = db.execute(
                "SELECT coalesce(max(seq), 0) FROM record WHERE chain ="
                " (SELECT number FROM chain WHERE node = ? AND incarnation = ?)",
                chain,
            ).fetchone()
            return int(row[0])

        return Known(
            lambda chain: chains.head_of(db, chain),
            id_at,
            last_of,
            lambda chain, seq, identity: chains.branch_at(db, chain, seq, identity),
            lambda chain: chains.forked_at(db, chain),
            lambda node: self.openings(db, node),
            lambda position: self._record_at(db, position),
            clerks.desks(db, lambda position: self._record_at(db, position)),
        )

    def _record_at(self, db: sqlite3.Connection, position: Position) -> Record | None:
        rows = self.chain_rows(db, (position.node, position.incarnation), position.seq - 1, 1)
        return rows[0].record if rows and rows[0].record.header.seq == position.seq else None

    def openings(self, db: sqlite3.Connection, node: str) -> dict[str, Origin]:
        """What the openings of a node that are kept here say, folded or not. One that is damaged says nothing."""
        found = db.execute(
            f"SELECT {_COLUMNS} FROM chain JOIN record ON record.chain = chain.number AND record.seq = 1"
            " WHERE chain.node = ? AND chain.incarnation NOT LIKE ?",
            (node, f"%{BRANCH}%"),
        )
        origins = {}
        for row in found.fetchall():
            with suppress(DamagedRecord):
                record = self._row(row).record
                if (origin := origin_of(record)) is not None:
                    origins[record.header.incarnation] = origin
        return origins

    def incarnations(self, db: sqlite3.Connection, node: str) -> list[Incarnation]:
        """All chains of a node that are known here, oldest first."""
        found = db.execute(
            "SELECT incarnation, head_seq, head_id, from_incarnation, from_seq FROM chain"
            " WHERE node = ? AND incarnation NOT LIKE ? ORDER BY number",
            (node, f"%{BRANCH}%"),
        )
        return [Incarnation(row[0], Head(row[1], row[2]), row[3], row[4]) for row in found]

    def headers_of(self, db: sqlite3.Connection, node: str) -> list[Header]:
        """The headers of all that a node wrote, as far as it is here."""
        found = db.execute(
            "SELECT header FROM record WHERE chain IN (SELECT number FROM chain WHERE node = ?)", (node,)
        )
        return [header_of(bytes(row[0])) for row in found]

    def note_opening(self, db: sqlite3.Connection, chain: Chain, incarnation: str, seq: int) -> None:
        """Keeps which place of which earlier incarnation a chain continues from."""
        db.execute(
            "UPDATE chain SET from_incarnation = ?, from_seq = ? WHERE node = ? AND incarnation = ?",
            (incarnation, seq, *chain),
        )

    def _row(self, row: Sequence[Any]) -> Row:
        position, source, held, identity, header, signature, body = row
        try:
            opened = self._vault.open_body(None if body is None else bytes(body))
        except Damaged:
            raise DamagedRecord(position, identity, "body") from None
        try:
            record = record_kept(bytes(header), bytes(signature), opened, identity)
        except NotARecord:
            raise DamagedRecord(position, identity, "header") from None
        return Row(position, source, bool(held), record)

    def damage(
        self, db: sqlite3.Connection, keys_of: KeysOf, after: int, limit: int
    ) -> tuple[list[DamagedRecord], int]:
        """Checks up to `limit` records after a position against what was signed: header, body, signature.

        Gives what is damaged, and the last position looked at (`after` itself at the end of the log).
        """
        found = db.execute(
            f"SELECT {_COLUMNS} FROM record WHERE position > ? ORDER BY position LIMIT ?", (after, limit)
        ).fetchall()
        bad = []
        for row in found:
            try:
                record = self._row(row).record
            except DamagedRecord as damaged:
                bad.append(damaged)
                continue
            keys = keys_of(record.header.node)
            if not body_is_true(record):
                bad.append(DamagedRecord(row[0], record.id, "body"))
            elif keys and not is_signed_by_one_of(record, keys):
                bad.append(DamagedRecord(row[0], record.id, "signature"))
        return bad, found[-1][0] if found else after


_COLUMNS = "record.position, record.source, record.held, record.id, record.header, record.signature, record.body"

KeysOf = Callable[[str], Sequence[bytes]]
"""node -> the 32-byte public keys that it has or had, none where it is not known."""

"""What is known beside cases: catalogue versions and items, attestations, and how children stand.

Items are kept by the hash of their content, and of a version what it changed of the map code -> hash, so that a new
version costs no more than that. Of an attestation the table holds a keyed hash of the resident's pseudonym; the
credential rests in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models import canonical
from shared_models.catalogue import content_hash
from shared_models.records import Header
from shared_models.refusals import Refusal
from sync_protocol.store.vault import Vault

TWICE = "catalogue.number_used_twice"
"""Why a version is set aside whose number another one had: the hub that publishes came back from a copy."""

migrations = Migrations("knowledge")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE item (hash TEXT PRIMARY KEY, code TEXT NOT NULL, value BLOB NOT NULL)",
        "CREATE TABLE catalogue_version (number INTEGER PRIMARY KEY, effective_ms INTEGER NOT NULL,"
        " record INTEGER NOT NULL, items BLOB NOT NULL)",
        "CREATE TABLE attestation (id TEXT PRIMARY KEY, resident TEXT NOT NULL, fact TEXT NOT NULL,"
        " area TEXT NOT NULL, record INTEGER NOT NULL, revoked_ms INTEGER NOT NULL)",
        "CREATE INDEX attestation_of_resident ON attestation (resident)",
        "CREATE INDEX attestation_of_area ON attestation (area)",
        "CREATE TABLE revoked_attestation (id TEXT PRIMARY KEY, revoked_ms INTEGER NOT NULL)",
        "CREATE TABLE contact (node TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, catalogue INTEGER NOT NULL,"
        " address TEXT NOT NULL)",
    ):
        db.execute(statement)


@migrations()
def changes(db: Tables) -> None:
    """catalogue_change: which content an item has from a version on, "" = it left the catalogue with it."""
    db.execute(
        "CREATE TABLE catalogue_change (code TEXT NOT NULL, number BIGINT NOT NULL, hash TEXT NOT NULL,"
        " PRIMARY KEY (code, number)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX catalogue_change_of_version ON catalogue_change (number)")
    before: dict[str, str] = {}
    for number, items in db.execute("SELECT number, items FROM catalogue_version ORDER BY number").fetchall():
        now = msgspec.json.decode(bytes(items), type=dict[str, str])
        changed = {code: named for code, named in now.items() if before.get(code) != named}
        _keep_changes(db.conn, number, changed, before.keys() - now.keys())
        before = now
    db.execute("ALTER TABLE catalogue_version DROP COLUMN items")


@migrations()
def since_when(db: Tables) -> None:
    """contact: since when the child says that it runs its catalogue version, 0 = not known."""
    db.execute("ALTER TABLE contact ADD COLUMN since_ms BIGINT NOT NULL DEFAULT 0")


class VersionRow(NamedTuple):
    """A published catalogue version: number, when it takes effect (ms), and item code -> content hash."""

    number: int
    effective_ms: int
    items: dict[str, str]


class AttestationRow(NamedTuple):
    """`record` = position in the log; `revoked_ms` = 0 while it stands."""

    id: str
    fact: str
    area: str
    record: int
    revoked_ms: int


class Contact(NamedTuple):
    """When a child was last heard, which catalogue version it runs, and since when it says so (0 = not known)."""

    node: str
    at_ms: int
    catalogue: int
    since_ms: int


def keep_item(db: sqlite3.Connection, body: dict[str, Any]) -> None:
    value = body["item"]
    db.execute(
        "INSERT OR IGNORE INTO item VALUES (?,?,?)", (content_hash(value), str(value["code"]), canonical.encode(value))
    )


def keep_version(db: sqlite3.Connection, body: dict[str, Any], record: int) -> None:
    """Applies a difference. Raises Refusal catalogue.number_used_twice for a number that is held already, ValueError
    for one that is not the next (a hole). A version settles what was in doubt before it."""
    latest, number = latest_number(db), int(body["number"])
    if number <= latest:
        raise Refusal(TWICE, number=number)
    if number != latest + 1:
        raise ValueError(f"catalogue version {number} does not follow the one held")
    changed, removed = msgspec.convert((body["set"], body["removed"]), tuple[dict[str, str], list[str]])
    db.execute("INSERT INTO catalogue_version VALUES (?,?,?)", (number, int(body["effective_ms"]), record))
    _keep_changes(db, number, changed, removed)
    db.execute("DELETE FROM set_aside WHERE reason = ?", (TWICE,))


def _keep_changes(db: sqlite3.Connection, number: int, changed: Mapping[str, str], removed: Iterable[str]) -> None:
    rows = {**changed, **dict.fromkeys(removed, "")}
    db.executemany(
        "INSERT INTO catalogue_change VALUES (?,?,?)", [(code, number, named) for code, named in sorted(rows.items())]
    )


def number_used_twice(db: sqlite3.Connection) -> bool:
    """Whether two versions came under one number, and none after them: then nodes may hold either."""
    return db.execute("SELECT 1 FROM set_aside WHERE reason = ? LIMIT 1", (TWICE,)).fetchone() is not None


def codes_known(db: sqlite3.Connection) -> set[str]:
    """The codes of all items of which any content ever came."""
    return {str(row[0]) for row in db.execute("SELECT DISTINCT code FROM item")}


def latest_version(db: sqlite3.Connection) -> VersionRow | None:
    return version(db, latest_number(db))


def version(db: sqlite3.Connection, number: int) -> VersionRow | None:
    """A version with all its items; as many rows are read as versions up to it have changed items."""
    effective = db.execute("SELECT effective_ms FROM catalogue_version WHERE number = ?", (number,)).fetchone()
    if effective is None:
        return None
    changed = db.execute("SELECT code, hash FROM catalogue_change WHERE number <= ? ORDER BY code, number", (number,))
    return VersionRow(number, effective[0], {code: named for code, named in dict(changed).items() if named})


def published(db: sqlite3.Connection, code: str) -> str:
    """The content hash that the latest version names for an item, "" for none."""
    row = db.execute(
        "SELECT hash FROM catalogue_change WHERE code = ? ORDER BY number DESC LIMIT 1", (code,)
    ).fetchone()
    return "" if row is None else str(row[0])


def changed_since(db: sqlite3.Connection, number: int) -> list[str]:
    """The codes that versions after that number say something about."""
    rows = db.execute("SELECT DISTINCT code FROM catalogue_change WHERE number > ?", (number,))
    return [str(row[0]) for row in rows]


def in_force(db: sqlite3.Connection, now_ms: int) -> tuple[int, int]:
    """Number of the newest version whose time has come (0 = none), and when that of the next one comes (0 = there is
    none)."""
    row = db.execute("SELECT max(number) FROM catalogue_version WHERE effective_ms <= ?", (now_ms,)).fetchone()
    number = int(row[0] or 0)
    later = db.execute("SELECT min(effective_ms) FROM catalogue_version WHERE number > ?", (number,)).fetchone()
    return number, int(later[0] or 0)


def latest_number(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(number), 0) FROM catalogue_version").fetchone()[0])


def item(db: sqlite3.Connection, content_hash: str) -> dict[str, Any] | None:
    row = db.execute("SELECT value FROM item WHERE hash = ?", (content_hash,)).fetchone()
    return None if row is None else msgspec.json.decode(bytes(row[0]))


def record_of_version(db: sqlite3.Connection, number: int) -> int | None:
    """Where in the log a version stands."""
    row = db.execute("SELECT record FROM catalogue_version WHERE number = ?", (number,)).fetchone()
    return None if row is None else int(row[0])


class ItemChange(NamedTuple):
    """What a version does to an item: content hashes before and after, "" where it is not in the catalogue."""

    code: str
    before: str
    after: str


def changes_in(db: sqlite3.Connection, number: int, offset: int, most: int) -> list[ItemChange]:
    """A piece of what a version changes, in the order of the codes."""
    found = db.execute(
        "SELECT code, coalesce((SELECT hash FROM catalogue_change AS earlier WHERE earlier.code = now.code"
        " AND earlier.number < now.number ORDER BY earlier.number DESC LIMIT 1), ''), hash"
        " FROM catalogue_change AS now WHERE number = ? ORDER BY code LIMIT ? OFFSET ?",
        (number, most, offset),
    )
    return [ItemChange(*row) for row in found]


def count_changes_in(db: sqlite3.Connection, number: int) -> int:
    """How many items a version changes."""
    return int(db.execute("SELECT count(*) FROM catalogue_change WHERE number = ?", (number,)).fetchone()[0])


def last_content(db: sqlite3.Connection, code: str) -> dict[str, Any] | None:
    """The content of an item that came last, whether a version still names it or not."""
    row = db.execute("SELECT value FROM item WHERE code = ? ORDER BY rowid DESC LIMIT 1", (code,)).fetchone()
    return None if row is None else msgspec.json.decode(bytes(row[0]))


def items_of(db: sqlite3.Connection, held: VersionRow) -> list[dict[str, Any]]:
    """The items of a version, ordered by code. An item that has not arrived is left out."""
    found = [item(db, content_hash) for _, content_hash in sorted(held.items.items())]
    return [value for value in found if value is not None]


def keep_attestation(db: sqlite3.Connection, vault: Vault, header: Header, body: dict[str, Any], record: int) -> None:
    identity = header.subject.split("/", 1)[1]
    credential = body["credential"]
    subject = credential["credentialSubject"]
    revoked = db.execute("SELECT revoked_ms FROM revoked_attestation WHERE id = ?", (identity,)).fetchone()
    db.execute(
        "INSERT OR IGNORE INTO attestation VALUES (?,?,?,?,?,?)",
        (identity, vault.lookup("attestation", str(subject["id"])), str(subject["fact"]), header.area, record,
         revoked[0] if revoked else 0),
    )  # fmt: skip


def keep_bare_attestation(db: sqlite3.Connection, header: Header, record: int) -> None:
    """One whose content is not here: nobody can be told by it, and its place in the streams is kept."""
    db.execute(
        "INSERT OR IGNORE INTO attestation SELECT ?,'','',?,?,coalesce((SELECT revoked_ms FROM revoked_attestation"
        " WHERE id = ?), 0)",
        (header.subject.split("/", 1)[1], header.area, record, header.subject.split("/", 1)[1]),
    )


def bare_attestation(db: sqlite3.Connection, identity: str) -> None:
    """Forgets whom and what an attestation is about."""
    db.execute("UPDATE attestation SET resident = '', fact = '' WHERE id = ?", (identity,))


def attestation_record(db: sqlite3.Connection, identity: str) -> int | None:
    """Where in the log an attestation stands."""
    row = db.execute("SELECT record FROM attestation WHERE id = ?", (identity,)).fetchone()
    return None if row is None else int(row[0])


def revoke_attestation(db: sqlite3.Connection, header: Header) -> None:
    identity, at_ms = header.subject.split("/", 1)[1], max(1, header.hlc[0])  # 0 means that it stands
    db.execute("INSERT OR IGNORE INTO revoked_attestation VALUES (?,?)", (identity, at_ms))
    db.execute("UPDATE attestation SET revoked_ms = ? WHERE id = ? AND revoked_ms = 0", (at_ms, identity))


def is_revoked(db: sqlite3.Connection, identity: str) -> bool:
    """Whether a revocation of it is kept, though it may not be here itself."""
    return db.execute("SELECT 1 FROM revoked_attestation WHERE id = ?", (identity,)).fetchone() is not None


def attestations_of(db: sqlite3.Connection, vault: Vault, pseudonym: str) -> list[AttestationRow]:
    """What is held on a resident, newest first."""
    found = db.execute(
        "SELECT id, fact, area, record, revoked_ms FROM attestation WHERE resident = ? ORDER BY record DESC",
        (vault.lookup("attestation", pseudonym),),
    )
    return [AttestationRow(*row) for row in found]


def attestations_in(db: sqlite3.Connection, area: str) -> list[AttestationRow]:
    """All attestations for an area: those addressed inside it, and those addressed to an area around it."""
    around = [area[:length] for length in range(1, len(area))]
    marks = ",".join("?" * len(around))
    found = db.execute(
        "SELECT id, fact, area, record, revoked_ms FROM attestation"
        f" WHERE (area >= ? AND area < ?) OR area IN ({marks}) ORDER BY record",
        (area, area + "~", *around),
    )
    return [AttestationRow(*row) for row in found]


def recent_attestations(db: sqlite3.Connection, limit: int) -> list[AttestationRow]:
    found = db.execute(
        "SELECT id, fact, area, record, revoked_ms FROM attestation WHERE resident <> '' ORDER BY record DESC LIMIT ?",
        (limit,),
    )
    return [AttestationRow(*row) for row in found]


def note_contact(db: sqlite3.Connection, node: str, at_ms: int, catalogue: int, address: str) -> None:
    """Notes that a child was heard; since when it runs its version stays while that is the same."""
    db.execute(
        "INSERT INTO contact (node, at_ms, catalogue, address, since_ms) VALUES (?,?,?,?,?) ON CONFLICT (node)"
        " DO UPDATE SET since_ms = CASE WHEN contact.catalogue = excluded.catalogue THEN contact.since_ms"
        " ELSE excluded.since_ms END, at_ms = excluded.at_ms, catalogue = excluded.catalogue,"
        " address = excluded.address",
        (node, at_ms, catalogue, address, at_ms if catalogue else 0),
    )


def contact(db: sqlite3.Connection, node: str) -> Contact | None:
    row = db.execute("SELECT node, at_ms, catalogue, since_ms FROM contact WHERE node = ?", (node,)).fetchone()
    return None if row is None else Contact(*row)


def contacts(db: sqlite3.Connection) -> dict[str, Contact]:
    found = db.execute("SELECT node, at_ms, catalogue, since_ms FROM contact")
    return {row[0]: Contact(*row) for row in found}

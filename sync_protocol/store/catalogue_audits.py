"""What audits of the catalogue found at this hub: the counts of every version that was looked at, which show how it
gets better, and the findings of the latest of them and of the drafts, to be mended.

An audit is nobody's record and goes nowhere: whoever holds the items finds the same. Functions take the connection of
the running transaction. Times are milliseconds since 1970 (`_ms`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from sync_protocol.store.database import insert

DRAFTS = 0
"""Stands for the drafts where a version has its number."""

migrations = Migrations("catalogue-audits")


@migrations()
def tables(db: Tables) -> None:
    """catalogue_audit: one row an audited version, the drafts as version 0. catalogue_finding: what was found, in the
    order of the items' codes."""
    db.execute(
        "CREATE TABLE catalogue_audit (version BIGINT PRIMARY KEY, at_ms BIGINT NOT NULL, items BIGINT NOT NULL,"
        " errors BIGINT NOT NULL, warnings BIGINT NOT NULL, left_off BIGINT NOT NULL, counts TEXT NOT NULL)"
    )
    db.execute(
        "CREATE TABLE catalogue_finding (version BIGINT NOT NULL, place BIGINT NOT NULL, finding TEXT NOT NULL,"
        " severity TEXT NOT NULL, item TEXT NOT NULL, name TEXT NOT NULL, field TEXT NOT NULL, said TEXT NOT NULL,"
        " PRIMARY KEY (version, place)) WITHOUT ROWID"
    )


class AuditRow(NamedTuple):
    """An audit of a version (DRAFTS = of the drafts). `counts`: code of a finding -> how often it was made; `left_off`
    of them are not listed."""

    version: int
    at_ms: int
    items: int
    errors: int
    warnings: int
    left_off: int
    counts: dict[str, int]


class FindingRow(NamedTuple):
    """A finding of an audit, with the values of its sentence. `item` and `name` = code and name of the item; `field` =
    the path in its value."""

    finding: str
    severity: str
    item: str
    name: str
    field: str
    values: dict[str, str | int]


class Wanted(NamedTuple):
    """Which findings: of a code, of a severity, of an item; "" = any."""

    finding: str = ""
    severity: str = ""
    item: str = ""


_FINDING = "finding, severity, item, name, field, said"
_AUDIT = "version, at_ms, items, errors, warnings, left_off, counts"


def keep(db: sqlite3.Connection, audit: AuditRow, findings: Sequence[FindingRow]) -> None:
    """Keeps an audit in the place of the one before of the same version. Of versions before it the counts stay."""
    versions = (DRAFTS, DRAFTS) if audit.version == DRAFTS else (DRAFTS + 1, audit.version)
    db.execute("DELETE FROM catalogue_finding WHERE version BETWEEN ? AND ?", versions)
    counts = msgspec.json.encode(audit.counts).decode()
    db.execute("INSERT OR REPLACE INTO catalogue_audit VALUES (?,?,?,?,?,?,?)", (*audit[:-1], counts))
    insert(db, "catalogue_finding", [
        (audit.version, place, *each[:-1], msgspec.json.encode(each.values).decode())
        for place, each in enumerate(findings)
    ])  # fmt: skip


def audit(db: sqlite3.Connection, version: int) -> AuditRow | None:
    row = db.execute(f"SELECT {_AUDIT} FROM catalogue_audit WHERE version = ?", (version,)).fetchone()
    return None if row is None else _audit(row)


def history(db: sqlite3.Connection, most: int) -> list[AuditRow]:
    """The audits of the latest versions, the oldest first."""
    found = db.execute(
        f"SELECT {_AUDIT} FROM catalogue_audit WHERE version > ? ORDER BY version DESC LIMIT ?", (DRAFTS, most)
    )
    return [_audit(row) for row in found][::-1]


def findings(db: sqlite3.Connection, version: int, wanted: Wanted, offset: int, most: int) -> list[FindingRow]:
    """A piece of the findings that are wanted, in the order of the items' codes."""
    where, values = _where(version, wanted)
    found = db.execute(
        f"SELECT {_FINDING} FROM catalogue_finding WHERE {where} ORDER BY place LIMIT ? OFFSET ?",
        (*values, most, offset),
    )
    return [_finding(row) for row in found]


def first_of_each(db: sqlite3.Connection, version: int) -> dict[str, FindingRow]:
    """Code of a finding -> the first of its kind."""
    found = db.execute(
        f"SELECT {_FINDING} FROM catalogue_finding WHERE version = ? AND place IN"
        " (SELECT MIN(place) FROM catalogue_finding WHERE version = ? GROUP BY finding)",
        (version, version),
    )
    return {row.finding: row for row in map(_finding, found)}


def count(db: sqlite3.Connection, version: int, wanted: Wanted) -> int:
    where, values = _where(version, wanted)
    return int(db.execute(f"SELECT COUNT(*) FROM catalogue_finding WHERE {where}", values).fetchone()[0])


def _where(version: int, wanted: Wanted) -> tuple[str, tuple[str | int, ...]]:
    asked = [(name, value) for name, value in wanted._asdict().items() if value]
    return " AND ".join(["version = ?", *(f"{name} = ?" for name, _ in asked)]), (version, *(v for _, v in asked))


def _finding(row: Any) -> FindingRow:
    finding, severity, item, name, field, said = row
    return FindingRow(finding, severity, item, name, field, msgspec.json.decode(said))


def _audit(row: Any) -> AuditRow:
    version, at_ms, items, errors, warnings, left_off, counts = row
    return AuditRow(version, at_ms, items, errors, warnings, left_off, msgspec.json.decode(counts))

"""Case files: the folded state of each case, sealed, with the few opaque columns that lists are made of.

`card` holds the whole CaseFile and the positions of its records in the log, sealed. The columns beside it hold codes,
dates and states, never a name or an id number. A resident is found again through a keyed hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.cases import ERASED, CaseFile
from sync_protocol.store.database import having, insert, upsert
from sync_protocol.store.vault import Vault

migrations = Migrations("case_files")

PAGE_MAX = 200
RUN = 32_768
"""Residents lie in runs, one for the cases that begin within so many places of the log. Their keys fall anywhere: in
one large table each would cost a page of its own to write, in a run hundreds share one. A reader asks each run."""
BODY_MISSING = "cases.body_missing"
"""Why a record is set aside whose content is not here."""


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE case_file (number TEXT PRIMARY KEY, status TEXT NOT NULL, home TEXT NOT NULL,"
        " department TEXT NOT NULL, item TEXT NOT NULL, area TEXT NOT NULL, origin TEXT NOT NULL, day TEXT NOT NULL,"
        " due TEXT NOT NULL, provisional INTEGER NOT NULL, conflict INTEGER NOT NULL, journal INTEGER NOT NULL,"
        " first INTEGER NOT NULL, last INTEGER NOT NULL, card BLOB NOT NULL)",
        "CREATE INDEX case_worklist ON case_file (home, status, due)",
        "CREATE INDEX case_recent ON case_file (first)",
        "CREATE TABLE case_resident (resident TEXT NOT NULL, number TEXT NOT NULL, PRIMARY KEY (resident, number))"
        " WITHOUT ROWID",
        "CREATE TABLE set_aside (record INTEGER PRIMARY KEY, subject TEXT NOT NULL, reason TEXT NOT NULL)",
    ):
        db.execute(statement)


@migrations()
def residents_in_runs(db: Tables) -> None:
    for statement in (
        "ALTER TABLE case_resident RENAME TO case_resident_before",
        "CREATE TABLE case_resident (run INTEGER NOT NULL, resident TEXT NOT NULL, number TEXT NOT NULL,"
        " PRIMARY KEY (run, resident, number)) WITHOUT ROWID",
        f"INSERT INTO case_resident SELECT case_file.first / {RUN}, resident, number FROM case_resident_before"
        " JOIN case_file USING (number) ORDER BY 1, 2, 3",
        "DROP TABLE case_resident_before",
    ):
        db.execute(statement)


NOT_HERE = "^"


class Card(msgspec.Struct):
    """What is sealed: the case, the log positions of its records, those that wait for a parent, and the places of
    the first and last of them. `origin` = the child through which the case came ("" = written here or come from above,
    NOT_HERE = nothing but pulls has come). `bare` = positions of records whose bodies went with the case."""

    case: CaseFile
    positions: list[int]
    waiting: list[int]
    journal: int = 0
    origin: str = ""
    bare: list[int] = []

    @property
    def first(self) -> int:
        """Where the first record of the case stands in the log."""
        return min(self.positions + self.waiting)

    @property
    def whole(self) -> list[int]:
        """Where the records of the case stand whose bodies did not go with it, in the order of the log."""
        return sorted({*self.positions, *self.waiting} - set(self.bare))


class CaseRow(NamedTuple):
    """A line of a list. `journal` = last place of the own journal that tells of this case (0 = none)."""

    number: str
    status: str
    home: str
    department: str
    item: str
    area: str
    origin: str
    day: str
    due: str
    provisional: bool
    conflict: bool
    journal: int
    case: CaseFile


_COLUMNS = "number, status, home, department, item, area, origin, day, due, provisional, conflict, journal, card"
_ALL = ("number", "status", "home", "department", "item", "area", "origin", "day", "due", "provisional", "conflict",
           "journal", "first", "last", "card")  # fmt: skip
_decoder = msgspec.json.Decoder(Card)
encode = msgspec.json.Encoder().encode


def load(db: sqlite3.Connection, vault: Vault, number: str) -> Card | None:
    row = db.execute("SELECT card FROM case_file WHERE number = ?", (number,)).fetchone()
    return None if row is None else _decoder.decode(vault.open_card(bytes(row[0])))


def load_all(db: sqlite3.Connection, vault: Vault, numbers: Sequence[str]) -> dict[str, Card]:
    """The cards of those of `numbers` that there are."""
    found = having(db, "SELECT number, card FROM case_file WHERE number", numbers)
    return {number: _decoder.decode(vault.open_card(bytes(card))) for number, card in found}


def every_card(db: sqlite3.Connection, vault: Vault) -> Iterator[Card]:
    """All cards, page by page, in the order of their numbers."""
    numbers = [""]
    while numbers:
        found = db.execute(
            "SELECT number FROM case_file WHERE number > ? ORDER BY number LIMIT ?", (numbers[-1], PAGE_MAX)
        )
        numbers = [str(row[0]) for row in found.fetchall()]
        yield from load_all(db, vault, numbers).values()


def save(db: sqlite3.Connection, vault: Vault, cards: dict[str, Card]) -> None:
    """Keeps the cards, in the order of their numbers."""
    ordered = sorted(cards.items())
    sealed = vault.seal_cards([encode(card) for _, card in ordered])
    upsert(
        db, "case_file", "number", _ALL,
        [(number, *_columns(card), kept) for (number, card), kept in zip(ordered, sealed, strict=True)],
    )  # fmt: skip
    residents = [
        (card.first // RUN, vault.lookup("resident", card.case.application.resident.id_number), number)
        for number, card in ordered
        if card.case.application
    ]
    insert(db, "case_resident", sorted(residents), anew="IGNORE")


def _columns(card: Card) -> tuple[str | int, ...]:
    """What stands beside a card in the clear, behind its number."""
    case = card.case
    seen = (card.journal, card.first, max(card.positions + card.waiting))
    conflict = int(bool(case.conflicts and case.open_conflicts))
    application = case.application
    if application is None:
        return (case.status, "", "", "", case.area, card.origin, "", "", 0, conflict, *seen)
    item, deadline = application.item, application.deadline
    return (
        case.status, item.home, item.department, item.code, case.area, card.origin, application.day, deadline.day,
        int(deadline.provisional), conflict, *seen,
    )  # fmt: skip


class Filter(NamedTuple):
    """What a list shows: empty fields do not restrict, but what was erased by order is left out, and what is not here
    (status `new`: it was asked for, or given back). `statuses` and `home` restrict to a worklist; `conflict` to cases
    whose records contradict each other, `settled` to the others."""

    statuses: tuple[str, ...] = ()
    home: str = ""
    department: str = ""
    area: str = ""
    conflict: bool = False
    settled: bool = False


def rows(
    db: sqlite3.Connection, vault: Vault, wanted: Filter, *, by_due: bool = False, limit: int = 50, offset: int = 0
) -> list[CaseRow]:
    """A page of cases, newest first or by due day. `limit` is cut to 200."""
    where, values = _where(wanted)
    order = "due, number" if by_due else "first DESC"
    found = db.execute(
        f"SELECT {_COLUMNS} FROM case_file{where} ORDER BY {order} LIMIT ? OFFSET ?",
        (*values, min(limit, PAGE_MAX), offset),
    )
    return [_case_row(vault, row) for row in found]


def count(db: sqlite3.Connection, wanted: Filter) -> int:
    where, values = _where(wanted)
    return int(db.execute(f"SELECT count(*) FROM case_file{where}", values).fetchone()[0])


def row(db: sqlite3.Connection, vault: Vault, number: str) -> CaseRow | None:
    found = db.execute(f"SELECT {_COLUMNS} FROM case_file WHERE number = ?", (number,)).fetchone()
    return None if found is None else _case_row(vault, found)


def rows_of_resident(db: sqlite3.Connection, vault: Vault, id_number: str, limit: int = 50) -> list[CaseRow]:
    """The cases of a resident, newest first."""
    found = db.execute(
        "WITH RECURSIVE runs (run) AS (SELECT 0 UNION ALL SELECT run + 1 FROM runs"
        " WHERE run < (SELECT max(run) FROM case_resident))"
        f" SELECT {_COLUMNS} FROM case_file WHERE number IN (SELECT case_resident.number FROM runs CROSS JOIN"
        " case_resident ON case_resident.run = runs.run AND case_resident.resident = ?) ORDER BY first DESC LIMIT ?",
        (vault.lookup("resident", id_number), limit),
    )
    return [_case_row(vault, row) for row in found]


def set_aside(db: sqlite3.Connection, record: int, subject: str, reason: str) -> None:
    """Keeps that a record could not be folded: its case is set aside, the log goes on."""
    db.execute("INSERT OR REPLACE INTO set_aside VALUES (?,?,?)", (record, subject, reason[:500]))


def set_aside_unkept(db: sqlite3.Connection, subject: str, reason: str) -> int:
    """The same of a record that came from above and is not kept: it has a place below 0, which is given."""
    place = min(0, db.execute("SELECT MIN(record) FROM set_aside").fetchone()[0] or 0) - 1
    set_aside(db, place, subject, reason)
    return int(place)


def bare(db: sqlite3.Connection, subject: str) -> list[int]:
    """Where records of a subject stand whose content is not here."""
    found = db.execute(
        "SELECT record FROM set_aside WHERE subject = ? AND reason = ? ORDER BY record", (subject, BODY_MISSING)
    )
    return [int(row[0]) for row in found]


class Aside:
    """What a slice of the log sets aside. It looks once for all subjects that it touches which have anything there."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._free: set[str] = set()

    def know(self, subjects: Sequence[str]) -> None:
        found = {row[0] for row in having(self._db, "SELECT subject FROM set_aside WHERE subject", subjects)}
        self._free.update(set(subjects) - found)

    def add(self, record: int, subject: str, reason: str) -> None:
        set_aside(self._db, record, subject, reason)
        self._free.discard(subject)

    def bare(self, subject: str) -> list[int]:
        return [] if subject in self._free else bare(self._db, subject)


def take_back(db: sqlite3.Connection, subject: str) -> list[int]:
    """Where records of a subject stand that were set aside; they are not any more."""
    found = db.execute("SELECT record FROM set_aside WHERE subject = ? AND record > 0", (subject,)).fetchall()
    db.execute("DELETE FROM set_aside WHERE subject = ? AND record > 0", (subject,))
    return [int(row[0]) for row in found]


def forget_resident(db: sqlite3.Connection, number: str) -> None:
    """A resident does not lead to this case any more."""
    db.execute("DELETE FROM case_resident WHERE number = ?", (number,))


def aside(db: sqlite3.Connection) -> list[tuple[int, str, str]]:
    """(position of the record, subject, reason) of all that could not be folded."""
    return [tuple(row) for row in db.execute("SELECT record, subject, reason FROM set_aside ORDER BY record")]


def _where(wanted: Filter) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    if wanted.statuses:
        parts.append(f"status IN ({','.join('?' * len(wanted.statuses))})")
        values += wanted.statuses
    else:
        parts.append("status NOT IN ('new', ?)")
        values.append(ERASED)
    for column, value in (("home", wanted.home), ("department", wanted.department)):
        if value:
            parts.append(f"{column} = ?")
            values.append(value)
    if wanted.area:
        parts.append("area >= ? AND area < ?")
        values += [wanted.area, wanted.area + "~"]
    if wanted.conflict:
        parts.append("conflict = 1")
    if wanted.settled:
        parts.append("conflict = 0")
    return (" WHERE " + " AND ".join(parts) if parts else ""), values


def _case_row(vault: Vault, found: Any) -> CaseRow:
    card = _decoder.decode(vault.open_card(bytes(found[12])))
    number, status, home, department, item, area, origin, day, due = found[:9]
    provisional, conflict, journal = bool(found[9]), bool(found[10]), int(found[11])
    return CaseRow(
        number, status, home, department, item, area, origin, day, due, provisional, conflict, journal, card.case
    )  # fmt: skip

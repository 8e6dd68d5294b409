"""The full-text index over the catalogue at a hub: drafts, and what is published where there is no draft.

Rules
- An entry is one item, by its code: what an editor sees. What it is found by comes as words (`catalogue.words`); the
  index finds phrases of words, and knows nothing of Chinese.
- It is behind for a moment: triggers note each draft that changes, whoever changes it, and `central.searching` brings
  the index up to date, slice by slice. The notes are in the transaction of the change, so none is ever lost.
- All of it can be made anew from drafts and versions. Only this module knows that the index is SQLite's FTS5; on
  PostgreSQL the same words are a `tsvector` of the configuration `simple`, and the same phrases its `<->`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.catalogue.phrases import Phrase

migrations = Migrations("catalogue_text")

NEW, CHANGED, PUBLISHED = "new", "changed", "published"
STATES = (NEW, CHANGED, PUBLISHED)
"""A draft of an item that was never published; one that differs from what is published; as it is published."""
WEIGHTS = (8, 6, 10, 6, 1)
"""How much a hit weighs in code, letters, name, keywords and the rest."""


_NOTED = (
    "INSERT INTO catalogue_stale SELECT {who}.code"
    " WHERE NOT EXISTS (SELECT 1 FROM catalogue_stale WHERE code = {who}.code)"
)
"""OR IGNORE would not do: within a trigger SQLite takes the conflict clause of the statement that set it off."""


@migrations()
def tables(db: Tables) -> None:
    """catalogue_entry: one row an item. catalogue_words: what it is found by. catalogue_stale: what is to be looked at
    again; whoever makes item_drafts anew makes its triggers anew."""
    for statement in (
        "CREATE TABLE catalogue_entry (entry INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
        " level INTEGER NOT NULL, department_code TEXT NOT NULL, department TEXT NOT NULL, state TEXT NOT NULL,"
        " complete INTEGER NOT NULL, mark TEXT NOT NULL, published TEXT NOT NULL)",
        "CREATE VIRTUAL TABLE catalogue_words USING fts5 (code, letters, name, keywords, rest, content = '',"
        " contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0')",
        "CREATE TABLE catalogue_stale (code TEXT PRIMARY KEY)",
        "INSERT INTO catalogue_stale SELECT DISTINCT code FROM item_drafts",
        "CREATE TRIGGER draft_came AFTER INSERT ON item_drafts"
        " WHEN NEW.generation <= (SELECT shown FROM drafts_standing)"
        f" BEGIN {_NOTED.format(who='NEW')}; END",
        "CREATE TRIGGER draft_changed AFTER UPDATE ON item_drafts"
        " WHEN NEW.generation <= (SELECT shown FROM drafts_standing)"
        f" BEGIN {_NOTED.format(who='NEW')}; END",
        "CREATE TRIGGER draft_went AFTER DELETE ON item_drafts"
        " WHEN OLD.generation <= (SELECT shown FROM drafts_standing)"
        f" BEGIN {_NOTED.format(who='OLD')}; END",
        "CREATE TRIGGER drafts_shown AFTER UPDATE OF shown ON drafts_standing WHEN NEW.shown <> OLD.shown"
        " BEGIN INSERT INTO catalogue_stale SELECT DISTINCT code FROM item_drafts AS came"
        " WHERE generation > OLD.shown AND generation <= NEW.shown"
        " AND NOT EXISTS (SELECT 1 FROM catalogue_stale WHERE code = came.code); END",
    ):
        db.execute(statement)


class Entry(NamedTuple):
    """An item as lists show it. `mark` tells whether it has changed, `published` is the content hash that the latest
    version names, "" = none."""

    code: str
    name: str
    level: int
    department_code: str
    department: str
    state: str
    complete: bool
    mark: str
    published: str


class Wanted(NamedTuple):
    """What is looked for: of each group in `text` one phrase at least; and filters, which "" and None leave open.
    `department` is part of a name, or a whole code."""

    text: tuple[tuple[Phrase, ...], ...] = ()
    department: str = ""
    level: int = 0
    state: str = ""
    complete: bool | None = None


# ---------------------------------------------------------------- keeping it


def note(db: sqlite3.Connection, codes: Iterable[str]) -> None:
    """These items are to be looked at again."""
    db.executemany("INSERT OR IGNORE INTO catalogue_stale VALUES (?)", ((code,) for code in codes))


def stale(db: sqlite3.Connection, most: int) -> list[str]:
    """Some of the items that are to be looked at again."""
    return [row[0] for row in db.execute("SELECT code FROM catalogue_stale ORDER BY code LIMIT ?", (most,))]


def waiting(db: sqlite3.Connection) -> int:
    """How many there are."""
    return int(db.execute("SELECT COUNT(*) FROM catalogue_stale").fetchone()[0])


def codes(db: sqlite3.Connection) -> list[str]:
    """The codes of all entries."""
    return [row[0] for row in db.execute("SELECT code FROM catalogue_entry")]


def mark(db: sqlite3.Connection, code: str) -> str:
    """The mark of an entry, "" where there is none."""
    row = db.execute("SELECT mark FROM catalogue_entry WHERE code = ?", (code,)).fetchone()
    return "" if row is None else str(row[0])


def put(db: sqlite3.Connection, entry: Entry, words: Sequence[str]) -> None:
    """Keeps an entry and what it is found by: the words of code, letters, name, keywords and the rest."""
    drop(db, entry.code)
    values: tuple[Any, ...] = (*entry[:6], int(entry.complete), entry.mark, entry.published)
    row = db.execute(
        "INSERT INTO catalogue_entry (code, name, level, department_code, department, state, complete, mark, published)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING entry",
        values,
    ).fetchone()
    db.execute(
        "INSERT INTO catalogue_words (rowid, code, letters, name, keywords, rest) VALUES (?, ?, ?, ?, ?, ?)",
        (row[0], *words),
    )


def drop(db: sqlite3.Connection, code: str) -> None:
    """Forgets an entry."""
    row = db.execute("DELETE FROM catalogue_entry WHERE code = ? RETURNING entry", (code,)).fetchone()
    if row is not None:
        db.execute("DELETE FROM catalogue_words WHERE rowid = ?", (row[0],))


def settle(db: sqlite3.Connection, code: str) -> None:
    """An item was looked at."""
    db.execute("DELETE FROM catalogue_stale WHERE code = ?", (code,))


# ---------------------------------------------------------------- finding


def find(db: sqlite3.Connection, wanted: Wanted, offset: int, most: int) -> tuple[int, list[Entry]]:
    """How many entries fit, and a piece of them: the best first where a text is looked for, else by code."""
    source, values = _source(wanted)
    rank = f"bm25(catalogue_words, {', '.join(map(str, WEIGHTS))}), length(e.name), " if wanted.text else ""
    total = int(db.execute(f"SELECT COUNT(*) {source}", values).fetchone()[0])
    rows = db.execute(
        "SELECT e.code, e.name, e.level, e.department_code, e.department, e.state, e.complete, e.mark, e.published"
        f" {source} ORDER BY {rank}e.code LIMIT ? OFFSET ?",
        (*values, most, offset),
    )
    return total, [Entry._make((*row[:6], bool(row[6]), *row[7:])) for row in rows]


def find_codes(db: sqlite3.Connection, wanted: Wanted, most: int) -> list[str]:
    """The codes of all that fit, in their order, at most so many."""
    source, values = _source(wanted)
    return [row[0] for row in db.execute(f"SELECT e.code {source} ORDER BY e.code LIMIT ?", (*values, most))]


def _source(wanted: Wanted) -> tuple[str, tuple[Any, ...]]:
    """FROM and WHERE, with their values."""
    filters: list[tuple[str, tuple[Any, ...]]] = []
    if wanted.text:
        filters.append(("catalogue_words MATCH ?", (_expression(wanted.text),)))
    if wanted.department:
        filters.append(("(instr(e.department, ?) > 0 OR e.department_code = ?)", (wanted.department,) * 2))
    if wanted.level:
        filters.append(("e.level = ?", (wanted.level,)))
    if wanted.state:
        filters.append(("e.state = ?", (wanted.state,)))
    if wanted.complete is not None:
        filters.append(("e.complete = ?", (int(wanted.complete),)))
    tables_ = "catalogue_words w JOIN catalogue_entry e ON e.entry = w.rowid" if wanted.text else "catalogue_entry e"
    where = " WHERE " + " AND ".join(each for each, _ in filters) if filters else ""
    return f"FROM {tables_}{where}", tuple(value for _, values in filters for value in values)


def _expression(text: Iterable[Iterable[Phrase]]) -> str:
    """As FTS5 reads it. Words hold letters, digits and characters only, so that a quotation mark ends none."""
    return " AND ".join("(" + " OR ".join(_phrase(each) for each in group) + ")" for group in text)


def _phrase(phrase: Phrase) -> str:
    return f'({{{" ".join(phrase.columns)}}} : "{" ".join(phrase.words)}"{" *" if phrase.goes_on else ""})'

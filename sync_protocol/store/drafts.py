"""Draft items at the city hub: what was imported or edited, until it is published as a version.

Rules
- `Drafts` works on the caller's connection and is part of the caller's transaction.
- An import never takes anything away: a draft that is complete stays as it is when a file brings less for its code,
  unless the caller says `replace`, as an editor does whose user sees what is lost.
- What is written again unchanged keeps its time, source and author, and what a review said of it; any other content is
  a new draft of whoever wrote it (`reviewing`).
- A large import is written in slices, each a short transaction, under two generations that nobody sees: the earlier
  for rows without an error, the later for the others. `finish` shows both at once, or only the earlier, by moving one
  number; so an import may wait for somebody's decision, whatever ends its process meanwhile. One that breaks off before
  shows nothing, and what it left is swept away by the next one.

      number = drafts.begin()                          # one transaction each, so that others write in between
      drafts.stage(number, [ready(item, True), …], …)  # Overtaken once another import has begun
      drafts.finish(number)

- `draft_changes` says of every item of that import what it would do: `staged` reads it, page by page.

Items are public and rest plain, as canonical JSON. Times are milliseconds since 1970 (`_ms`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models import canonical
from shared_models.catalogue import Item, complete, item_of, to_value
from shared_models.catalogue.life import APPROVED, DRAFTED, SUBMITTED

migrations = Migrations("drafts")


@migrations()
def first_tables(tables: Tables) -> None:
    """item_drafts: one row an item code."""
    tables.execute(
        "CREATE TABLE item_drafts (code TEXT PRIMARY KEY, value TEXT NOT NULL, complete INTEGER NOT NULL,"
        " updated_ms BIGINT NOT NULL, source TEXT NOT NULL)"
    )
    tables.execute("CREATE INDEX item_drafts_complete ON item_drafts (complete, code)")


@migrations()
def generations(tables: Tables) -> None:
    """item_drafts: one row an item code and generation. drafts_standing, one row: the last generation that is shown,
    and the import that may write."""
    tables.execute("CREATE TABLE drafts_standing (shown BIGINT NOT NULL, incoming BIGINT NOT NULL)")
    tables.execute("INSERT INTO drafts_standing (shown, incoming) VALUES (0, 0)")
    tables.execute("ALTER TABLE item_drafts RENAME TO item_drafts_before")
    tables.execute(
        "CREATE TABLE item_drafts (code TEXT NOT NULL, generation BIGINT NOT NULL, value TEXT NOT NULL,"
        " complete INTEGER NOT NULL, updated_ms BIGINT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (code, generation))"
    )
    tables.execute(
        "INSERT INTO item_drafts (code, generation, value, complete, updated_ms, source)"
        " SELECT code, 0, value, complete, updated_ms, source FROM item_drafts_before"
    )
    tables.execute("DROP TABLE item_drafts_before")


@migrations()
def changes_ahead(tables: Tables) -> None:
    """draft_changes: one row an item code and import: what the import would do with it, and whether the file has no
    error in its rows."""
    tables.execute(
        "CREATE TABLE draft_changes (code TEXT NOT NULL, number BIGINT NOT NULL, outcome TEXT NOT NULL,"
        " sound INTEGER NOT NULL, PRIMARY KEY (code, number))"
    )


@migrations()
def reviewing(tables: Tables) -> None:
    """item_drafts: whose the draft is, how its review stands (`catalogue.life`), who brought it there, when and with
    what word, and the content hash of the item as it was approved. Actors are opaque ids, "" = not known."""
    for column in ("author", "state", "moved_by", "word", "hash"):
        usual = DRAFTED if column == "state" else ""
        tables.execute(f"ALTER TABLE item_drafts ADD COLUMN {column} TEXT NOT NULL DEFAULT '{usual}'")
    tables.execute("ALTER TABLE item_drafts ADD COLUMN moved_ms BIGINT NOT NULL DEFAULT 0")


SHOWN = (
    "generation <= (SELECT shown FROM drafts_standing) AND NOT EXISTS (SELECT 1 FROM item_drafts AS later"
    " WHERE later.code = item_drafts.code AND later.generation > item_drafts.generation"
    " AND later.generation <= (SELECT shown FROM drafts_standing))"
)
"""Of each code the latest generation that is shown."""

NEW, CHANGED, SAME, KEPT, EDITED = "new", "changed", "same", "kept", "edited"
"""What an import would do with an item: `KEPT` = a better draft is there, `EDITED` = the draft was written otherwise
since the file was read; both leave it as it is."""
OUTCOMES = (NEW, CHANGED, SAME, KEPT, EDITED)


BY_HAND = "editor"
"""The source of a draft that was edited by hand."""

_GENERATIONS = 2


class Overtaken(Exception):
    """Another import has begun since: this one may not write any more."""


class Ready(NamedTuple):
    """An item as it is written: canonical JSON, whether it may be published, and whether the file that it comes from
    has no error in its rows. Made before a transaction begins."""

    code: str
    value: str
    complete: bool
    sound: bool = True


def ready(item: Item, whole: bool | None = None, sound: bool = True) -> Ready:
    """`whole` says whether the item is complete, where the caller has found that out already."""
    value = canonical.encode(to_value(item)).decode()
    return Ready(item.code, value, complete(item) if whole is None else whole, sound)


class Stored(NamedTuple):
    """What `put_many` did, in numbers of items: new, changed, the same already, and kept because better."""

    added: int
    changed: int
    unchanged: int
    kept: int


class Staged(NamedTuple):
    """What an import would do with one item. `before` is the draft as it is, `after` as the import brings it: None
    where there is none, and where it leaves the draft alone."""

    code: str
    outcome: str
    sound: bool
    before: Item | None
    after: Item | None


class Staging(NamedTuple):
    """Which items of an import: those with one of `outcomes`, () = any; `sound` None = with errors or without."""

    outcomes: tuple[str, ...] = ()
    sound: bool | None = None


class Counts(NamedTuple):
    """All drafts, and those that may be published."""

    total: int
    complete: int


class Drafts:
    """The drafts in one database. Does not begin or end transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def save(self, item: Item, author: str, now_ms: int, *, whole: bool | None = None) -> bool:
        """Writes an item as somebody has edited it, complete or not, to be seen at once: it is `author`'s draft now,
        and a former approval is gone. False where nothing changed, and then its author and review stay. `whole` says
        whether it may be published, where that depends on more than the item (what it inherits)."""
        shown, incoming = self._standing()
        self._db.execute("DELETE FROM item_drafts WHERE code = ? AND generation > ?", (item.code, shown))
        self._set_aside(item.code, incoming)
        return self._put(ready(item, whole), shown, BY_HAND, now_ms, author, replace=True) != SAME

    def put_many(
        self, items: Iterable[Item], source: str, now_ms: int, author: str = "", *, replace: bool = False
    ) -> Stored:
        """Writes items under their codes, to be seen at once; `source` says where they come from, such as a file's
        name, `author` whose they are. What an import that is under way has brought for them goes."""
        shown, incoming = self._standing()
        drafts = [ready(item) for item in items]
        for draft in drafts:
            self._db.execute("DELETE FROM item_drafts WHERE code = ? AND generation > ?", (draft.code, shown))
            self._set_aside(draft.code, incoming)
        outcomes = [self._put(draft, shown, source, now_ms, author, replace=replace) for draft in drafts]
        return _stored(outcomes)

    def _set_aside(self, code: str, incoming: int) -> None:
        """The import that waits or goes on leaves this draft alone."""
        self._db.execute("UPDATE draft_changes SET outcome = ? WHERE code = ? AND number = ?", (EDITED, code, incoming))

    def _put(self, draft: Ready, generation: int, source: str, now_ms: int, author: str, *, replace: bool) -> str:
        """Writes a draft where it is new or better. Gives the outcome."""
        held = self._db.execute(
            f"SELECT value, complete FROM item_drafts WHERE code = ? AND {SHOWN}", (draft.code,)
        ).fetchone()
        if held is not None and held[0] == draft.value:
            return SAME
        if held is not None and held[1] and not draft.complete and not replace:
            return KEPT
        self._write(draft, generation, source, now_ms, author)
        return NEW if held is None else CHANGED

    def _write(self, draft: Ready, generation: int, source: str, now_ms: int, author: str) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO item_drafts (code, generation, value, complete, updated_ms, source, author)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (draft.code, generation, draft.value, int(draft.complete), now_ms, source, author),
        )

    # ------------------------------------------------------------ an import, slice by slice

    def begin(self) -> int:
        """The number of a new import. One that was under way, or waited, may not write any more."""
        self._db.execute(f"UPDATE drafts_standing SET incoming = incoming + {_GENERATIONS}")
        return self._standing()[1]

    def stage(self, number: int, drafts: Iterable[Ready], source: str, now_ms: int, author: str = "") -> Stored:
        """Writes a slice of an import, each code once; nobody sees it yet. Raises Overtaken."""
        self._hold(number)
        outcomes = []
        for draft in drafts:
            outcome = self._put(draft, number - draft.sound, source, now_ms, author, replace=False)
            self._db.execute(
                "INSERT INTO draft_changes (code, number, outcome, sound) VALUES (?, ?, ?, ?)",
                (draft.code, number, outcome, int(draft.sound)),
            )
            outcomes.append(outcome)
        return _stored(outcomes)

    def finish(self, number: int, *, sound_only: bool = False) -> None:
        """Shows everything that the import has staged, or only the items without an error in the file; the rest goes.
        Raises Overtaken."""
        self._hold(number)
        self._db.execute(
            f"UPDATE drafts_standing SET shown = ?, incoming = incoming + {_GENERATIONS}", (number - sound_only,)
        )

    def drop(self, number: int) -> None:
        """Nobody will see what the import has staged. Raises Overtaken."""
        self._hold(number)
        self.begin()

    def outcomes(self, number: int) -> dict[tuple[str, bool], int]:
        """What the import would do: (outcome, whether the file has no error there) -> how many items."""
        rows = self._db.execute(
            "SELECT outcome, sound, COUNT(*) FROM draft_changes WHERE number = ? GROUP BY outcome, sound", (number,)
        )
        return {(str(outcome), bool(sound)): int(count) for outcome, sound, count in rows}

    def staged(self, number: int, wanted: Staging, offset: int, most: int) -> list[Staged]:
        """A piece of what the import would do, in the order of the codes."""
        outcomes = wanted.outcomes or OUTCOMES
        least, greatest = (0, 1) if wanted.sound is None else (int(wanted.sound), int(wanted.sound))
        rows = self._db.execute(
            "SELECT code, outcome, sound FROM draft_changes WHERE number = ? AND sound BETWEEN ? AND ?"
            f" AND outcome IN ({', '.join('?' * len(outcomes))}) ORDER BY code LIMIT ? OFFSET ?",
            (number, least, greatest, *outcomes, most, offset),
        ).fetchall()
        return [
            Staged(code, outcome, bool(sound), self.get(code), self._brought(code, number - sound))
            for code, outcome, sound in rows
        ]

    def _brought(self, code: str, generation: int) -> Item | None:
        row = self._db.execute(
            "SELECT value FROM item_drafts WHERE code = ? AND generation = ?", (code, generation)
        ).fetchone()
        return None if row is None else item_from(row[0])

    def sweep(self, after: str, most: int) -> str | None:
        """Removes what nobody will see again among the next codes, at most so many: drafts that a later one covers, and
        what an import left that broke off. Gives the code that it came to, None at the end."""
        codes = self._db.execute(
            "SELECT DISTINCT code FROM item_drafts WHERE code > ? ORDER BY code LIMIT ?", (after, most)
        ).fetchall()
        _, incoming = self._standing()
        if not codes:
            self._db.execute("DELETE FROM draft_changes WHERE code > ? AND number <> ?", (after, incoming))
            return None
        self._db.execute(
            "DELETE FROM item_drafts WHERE code > ? AND code <= ?"
            f" AND generation NOT BETWEEN ? AND ? AND NOT ({SHOWN})",
            (after, codes[-1][0], incoming - _GENERATIONS + 1, incoming),
        )
        self._db.execute(
            "DELETE FROM draft_changes WHERE code > ? AND code <= ? AND number <> ?", (after, codes[-1][0], incoming)
        )
        return str(codes[-1][0])

    def recheck(self, after: str, most: int, whole: Callable[[Item], bool], named: Callable[[Item], str]) -> str | None:
        """Looks at the next drafts anew, at most so many, because what they depend on beside the item has changed:
        whether they may be published, and whether what was approved is still what would be published (`named` gives the
        content hash of that). Where it is not, they are drafts again. Gives the code that it came to, None at the
        end."""
        rows = self._db.execute(
            f"SELECT code, generation, value, complete, state, hash FROM item_drafts WHERE code > ? AND {SHOWN}"
            " ORDER BY code LIMIT ?",
            (after, most),
        ).fetchall()
        for code, generation, value, complete_before, state, approved in rows:
            item = item_from(value)
            found = whole(item)
            stands = found and (state != APPROVED or named(item) == approved)
            fallen = not stands and state in (SUBMITTED, APPROVED)
            if found != bool(complete_before) or fallen:
                self._db.execute(
                    "UPDATE item_drafts SET complete = ?, state = ? WHERE code = ? AND generation = ?",
                    (int(found), DRAFTED if fallen else state, code, generation),
                )
        return str(rows[-1][0]) if rows else None

    def _hold(self, number: int) -> None:
        if number != self._standing()[1]:
            raise Overtaken

    def _standing(self) -> tuple[int, int]:
        shown, incoming = self._db.execute("SELECT shown, incoming FROM drafts_standing").fetchone()
        return int(shown), int(incoming)

    # ------------------------------------------------------------ what is shown

    def all(self, complete_only: bool = False) -> list[Item]:
        """The drafts in the order of their codes."""
        rows = self._db.execute(
            f"SELECT value FROM item_drafts WHERE complete >= ? AND {SHOWN} ORDER BY code", (int(complete_only),)
        )
        return [item_from(row[0]) for row in rows]

    def some(self, offset: int, most: int, whole: bool | None = None) -> list[Item]:
        """A piece of the drafts in the order of their codes: all, or only those that are complete, or are not."""
        least, greatest = (0, 1) if whole is None else (int(whole), int(whole))
        rows = self._db.execute(
            f"SELECT value FROM item_drafts WHERE complete BETWEEN ? AND ? AND {SHOWN} ORDER BY code LIMIT ? OFFSET ?",
            (least, greatest, most, offset),
        )
        return [item_from(row[0]) for row in rows]

    def get(self, code: str) -> Item | None:
        row = self._db.execute(f"SELECT value FROM item_drafts WHERE code = ? AND {SHOWN}", (code,)).fetchone()
        return None if row is None else item_from(row[0])

    def found(self, code: str) -> tuple[Item, bool] | None:
        """The draft, and whether it may be published."""
        row = self._db.execute(
            f"SELECT value, complete FROM item_drafts WHERE code = ? AND {SHOWN}", (code,)
        ).fetchone()
        return None if row is None else (item_from(row[0]), bool(row[1]))

    def remove(self, code: str) -> bool:
        """Whether there was a draft under `code`; there is none now, nor does an import under way bring one that it has
        read already."""
        was = self.get(code) is not None
        self._db.execute("DELETE FROM item_drafts WHERE code = ?", (code,))
        self._set_aside(code, self._standing()[1])
        return was

    def counts(self) -> Counts:
        counted = f"SELECT COUNT(*), COALESCE(SUM(complete), 0) FROM item_drafts WHERE {SHOWN}"
        row = self._db.execute(counted).fetchone()
        return Counts(int(row[0]), int(row[1]))


def _stored(outcomes: Sequence[str]) -> Stored:
    return Stored(*(outcomes.count(outcome) for outcome in (NEW, CHANGED, SAME, KEPT)))


def item_from(text: str) -> Item:
    """The item in the text of a draft."""
    return item_of(canonical.decode(text.encode()))

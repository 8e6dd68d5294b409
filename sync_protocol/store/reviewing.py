"""The review of drafts: who wrote each, how its review stands, and the moves of it.

Rules
- `Reviews` works on the caller's connection and is part of the caller's transaction, as `Drafts` does.
- A move is on the draft as it is shown. Whatever writes another content (`Drafts.save`, an import) begins anew.
- What was approved is named by the content hash of the item as it would be published: what it inherits is part of it.

Times are milliseconds since 1970 (`_ms`); people are opaque ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sqlite_utils.utils import sqlite3

from shared_models.catalogue import Item
from shared_models.catalogue.life import (
    APPROVE,
    APPROVED,
    SUBMIT,
    Review,
    check_second_person,
    moved,
)
from shared_models.refusals import Refusal
from sync_protocol.store.drafts import SHOWN, item_from

_COLUMNS = "value, complete, updated_ms, source, author, state, moved_by, moved_ms, word, hash"
SOURCES_MAX = 50


class DraftRow(NamedTuple):
    """A draft with its review. `updated_ms` = when its content changed last; `moved_by`, `moved_ms`, `word` belong to
    the last move of the review, `hash` is that of the approved item, "" where it is not approved."""

    item: Item
    complete: bool
    updated_ms: int
    source: str
    author: str
    state: str
    moved_by: str
    moved_ms: int
    word: str
    hash: str

    @property
    def review(self) -> Review:
        """What a published item says of its review."""
        return Review(self.author, self.moved_by, self.moved_ms, self.word)


class Wanted(NamedTuple):
    """Which drafts: in a state ("" = any; complete ones only, unless `incomplete`), and from a source ("" = any)."""

    state: str = ""
    source: str = ""
    incomplete: bool = False


class Reviews:
    """The reviews in one database. Does not begin or end transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def row(self, code: str) -> DraftRow | None:
        found = self._db.execute(f"SELECT {_COLUMNS} FROM item_drafts WHERE code = ? AND {SHOWN}", (code,)).fetchone()
        return None if found is None else _row(found)

    def rows(self, wanted: Wanted, offset: int, most: int) -> list[DraftRow]:
        """A piece of the drafts that are wanted, in the order of their codes."""
        where, values = _where(wanted)
        found = self._db.execute(
            f"SELECT {_COLUMNS} FROM item_drafts WHERE {where} ORDER BY code LIMIT ? OFFSET ?", (*values, most, offset)
        )
        return [_row(row) for row in found]

    def codes(self, wanted: Wanted, after: str, most: int) -> list[str]:
        """The next codes of the drafts that are wanted."""
        where, values = _where(wanted)
        found = self._db.execute(
            f"SELECT code FROM item_drafts WHERE code > ? AND {where} ORDER BY code LIMIT ?", (after, *values, most)
        )
        return [str(row[0]) for row in found]

    def approved(self, unlike: Callable[[str, str], bool]) -> Iterator[DraftRow]:
        """The approved drafts for whose (code, content hash) `unlike` holds: the others need not be read."""
        keys = self._db.execute(
            f"SELECT code, hash FROM item_drafts WHERE state = ? AND {SHOWN} ORDER BY code", (APPROVED,)
        ).fetchall()
        rows = (self.row(str(code)) for code, named in keys if unlike(str(code), str(named)))
        return (row for row in rows if row is not None)

    def hashes(self) -> dict[str, str]:
        """Code -> content hash of what is approved."""
        found = self._db.execute(f"SELECT code, hash FROM item_drafts WHERE state = ? AND {SHOWN}", (APPROVED,))
        return {str(code): str(named) for code, named in found}

    def tally(self, source: str = "") -> dict[str, int]:
        """State -> how many complete drafts are in it."""
        where, values = _where(Wanted(source=source))
        found = self._db.execute(f"SELECT state, COUNT(*) FROM item_drafts WHERE {where} GROUP BY state", values)
        return {str(state): int(number) for state, number in found}

    def sources(self) -> list[tuple[str, int]]:
        """Where drafts come from, the latest first, and how many of each are there."""
        found = self._db.execute(
            f"SELECT source, COUNT(*) FROM item_drafts WHERE {SHOWN} GROUP BY source"
            " ORDER BY MAX(updated_ms) DESC LIMIT ?",
            (SOURCES_MAX,),
        )
        return [(str(source), int(number)) for source, number in found]

    def move(
        self, code: str, verb: str, by: str, now_ms: int, *, word: str = "", named: Callable[[Item], str] | None = None,
        seen_ms: int | None = None,
    ) -> None:  # fmt: skip
        """One move of a draft's review by somebody. `named` gives the hash of what is approved; a draft that changed
        after `seen_ms` is not what that person has looked at.

        Raises Refusal review.unknown, review.not_now, review.incomplete, review.own, review.changed."""
        row = self.row(code)
        if row is None:
            raise Refusal("review.unknown", item=code[:40])
        after = moved(row.state, verb)
        if seen_ms is not None and max(row.updated_ms, row.moved_ms) > seen_ms:
            raise Refusal("review.changed", name=row.item.name[:60])
        if verb in (SUBMIT, APPROVE) and not row.complete:
            raise Refusal("review.incomplete", name=row.item.name[:60])
        if verb == APPROVE:
            check_second_person(row.author, by)
        self._set(code, after, by, now_ms, word, named(row.item) if named and after == APPROVED else "")

    def _set(self, code: str, state: str, by: str, now_ms: int, word: str, named: str) -> None:
        self._db.execute(
            "UPDATE item_drafts SET state = ?, moved_by = ?, moved_ms = ?, word = ?, hash = ?"
            f" WHERE code = ? AND {SHOWN}",
            (state, by, now_ms, word, named, code),
        )


def _where(wanted: Wanted) -> tuple[str, tuple[str | int, ...]]:
    clauses: list[tuple[str, str | int]] = [("complete = ?", int(not wanted.incomplete))]
    if wanted.state:
        clauses.append(("state = ?", wanted.state))
    if wanted.source:
        clauses.append(("source = ?", wanted.source))
    return " AND ".join([*(text for text, _ in clauses), SHOWN]), tuple(value for _, value in clauses)


def _row(row: Any) -> DraftRow:
    value, complete, *rest = row
    return DraftRow(item_from(value), bool(complete), *rest)

"""Bodies that leave the log while their records stay: the one place where that happens.

Header, signature, place in chain and journal stay as they were; an absent body counts as true wherever records are
checked. The database overwrites what is taken away (`secure_delete`) in its pages; what older pages in the WAL and in
replicas still hold is the matter of whoever took the body away.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlite_utils.utils import sqlite3

from shared_models.records import header_of
from shared_models.signing import Damaged
from sync_protocol.store.vault import Vault


class Bare(NamedTuple):
    """A place in the log whose header names a subject, and the header's bytes."""

    position: int
    header: bytes


def forget_bodies(db: sqlite3.Connection, positions: Iterable[int]) -> int:
    """Takes the bodies of the records at these positions away; gives how many there were."""
    return sum(
        db.execute("UPDATE record SET body = NULL WHERE position = ? AND body IS NOT NULL", (position,)).rowcount
        for position in positions
    )


def with_body(db: sqlite3.Connection, subjects: Iterable[str], after: int, limit: int) -> tuple[list[Bare], int]:
    """Which of up to `limit` records after a position still have a body and are about one of these subjects, and the
    last position that was looked at (`after` itself at the end of the log). Reads headers only."""
    wanted = set(subjects)
    rows = db.execute(
        "SELECT position, header, body IS NULL FROM record WHERE position > ? ORDER BY position LIMIT ?", (after, limit)
    ).fetchall()
    named = [b'"subject":' + msgspec.json.encode(subject) for subject in wanted]
    found = [
        Bare(position, bytes(header))
        for position, header, bare in rows
        if not bare and any(name in bytes(header) for name in named)
    ]
    return [each for each in found if header_of(each.header).subject in wanted], rows[-1][0] if rows else after


def naming(db: sqlite3.Connection, vault: Vault, names: Iterable[str], after: int, limit: int) -> tuple[set[str], int]:
    """Which of these names (of files) stand in the bodies of up to `limit` records after a position, and the last
    position that was looked at. Opens every body; one that is damaged names nothing."""
    wanted = [(name, name.encode()) for name in names]
    rows = db.execute(
        "SELECT position, body FROM record WHERE position > ? ORDER BY position LIMIT ?", (after, limit)
    ).fetchall()
    found: set[str] = set()
    for _, sealed in rows:
        try:
            plain = vault.open_body(None if sealed is None else bytes(sealed)) or b""
        except Damaged:
            continue
        found.update(name for name, encoded in wanted if encoded in plain)
    return found, rows[-1][0] if rows else after

"""Deliberate damage, for drills and tests only: one byte changed in the file of a node that is stopped."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sync_protocol.store.database import open_database

COLUMNS = ("header", "body", "signature")


def flip_byte(path: Path, position: int, column: str, place: int = -1) -> None:
    """Changes the lowest bit of one byte (`place`, by default the middle one) of a column of one kept record.

    Raises ValueError for another column or a record that is not there."""
    if column not in COLUMNS:
        raise ValueError(f"a record has {', '.join(COLUMNS)}, not {column}")
    with closing(open_database(path, writable=True, litestream=True)) as db:
        row = db.execute(f"SELECT {column} FROM record WHERE position = ?", (position,)).fetchone()
        if row is None or row[0] is None:
            raise ValueError(f"no {column} at position {position}")
        data = bytearray(row[0])
        data[len(data) // 2 if place < 0 else place] ^= 1
        db.execute(f"UPDATE record SET {column} = ? WHERE position = ?", (bytes(data), position))


def last_positions(path: Path, kind_prefix: str, count: int) -> list[int]:
    """Positions of the last records whose header names a kind that starts with `kind_prefix`, in order."""
    with closing(open_database(path, writable=False, litestream=True)) as db:
        rows = db.execute(
            "SELECT position FROM record WHERE instr(header, CAST(? AS BLOB)) > 0 ORDER BY position DESC LIMIT ?",
            (f'"kind":"{kind_prefix}', count),
        )
        return sorted(int(row[0]) for row in rows)

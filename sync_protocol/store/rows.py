"""Rows of the log as they are added, most of them in one statement.

Each statement lets another thread take the interpreter, and each value that is handed to it costs as much as a hundred
bytes. So many rows go into one; and where they are the next of one chain, as nearly always, what follows from the first
of them is handed over once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain

from sqlite_utils.utils import sqlite3

from shared_models.records import Record
from sync_protocol.store.database import ROWS_A_STATEMENT
from sync_protocol.store.database import insert as insert_whole


@cache
def _next_of_a_chain(count: int) -> str:
    """Adds so many records: ?1 = position of the first, ?2 chain, ?3 number of the first, ?4 source, ?5 held."""
    own = ((i, *range(6 + 4 * i, 10 + 4 * i)) for i in range(count))
    rows = (
        f"(?1+{i},?2,?3+{i},?{name},?4,?5,?{header},?{signature},?{body})" for i, name, header, signature, body in own
    )
    return f"INSERT INTO record VALUES {','.join(rows)}"


@cache
def _next_of_the_journal(count: int) -> str:
    """Adds so many entries: ?1 = place of the first, ?2 = position of its record, then the hashes."""
    return f"INSERT INTO journal VALUES {','.join(f'(?1+{i},?2+{i},?{3 + i})' for i in range(count))}"


def _counts(numbers: Sequence[int]) -> bool:
    """Whether each is one more than the one before."""
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def insert(
    db: sqlite3.Connection,
    start: int,
    source: str,
    places: Sequence[tuple[int, int, int]],
    records: Sequence[Record],
    bodies: Sequence[bytes | None],
) -> None:
    """Adds records at the positions from `start` on. `places` = for each the number of its chain, its own number there,
    and 1 where it has no effect (held); `bodies` = as they rest."""
    for at in range(0, len(records), ROWS_A_STATEMENT):
        part = slice(at, at + ROWS_A_STATEMENT)
        chains, seqs, held = (list(each) for each in zip(*places[part], strict=True))
        rest = [
            (each.id, each.header_bytes, each.signature, body)
            for each, body in zip(records[part], bodies[part], strict=True)
        ]
        if _counts(seqs) and len({*chains}) == len({*held}) == 1:
            values = (start + at, chains[0], seqs[0], source, held[0], *chain.from_iterable(rest))
            db.execute(_next_of_a_chain(len(rest)), values)
        else:
            where = zip(range(start + at, start + at + len(rest)), chains, seqs, held, rest, strict=True)
            insert_whole(db, "record", [
                (position, number, seq, identity, source, aside, *parts)
                for position, number, seq, aside, (identity, *parts) in where
            ])  # fmt: skip


def insert_journal(db: sqlite3.Connection, start: int, positions: Sequence[int], hashes: Sequence[bytes]) -> None:
    """Adds entries to the journal at the places from `start` on: positions of their records, and running hashes."""
    for at in range(0, len(positions), ROWS_A_STATEMENT):
        part = slice(at, at + ROWS_A_STATEMENT)
        named = positions[part]
        if _counts(named):
            db.execute(_next_of_the_journal(len(named)), (start + at, named[0], *hashes[part]))
        else:
            places = range(start + at, start + at + len(named))
            insert_whole(db, "journal", list(zip(places, named, hashes[part], strict=True)))

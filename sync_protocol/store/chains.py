"""The chains of a log: where each ends, its branches where it was forked, and what a batch adds to them.

Functions take the connection of the running transaction.
"""

from __future__ import annotations

from typing import Any

from sqlite_utils.utils import sqlite3

from shared_models.records import BRANCH, Record
from sync_protocol.core.verdicts import NO_HEAD, Chain, Head


def head_of(db: sqlite3.Connection, chain: Chain) -> Head:
    row = db.execute("SELECT head_seq, head_id FROM chain WHERE node = ? AND incarnation = ?", chain).fetchone()
    return NO_HEAD if row is None else Head(row[0], row[1])


def _branches(chain: Chain) -> tuple[str, str, str]:
    """What finds the branches of a chain: its node, and the names between which theirs lie."""
    node, incarnation = chain
    return node, incarnation + BRANCH, incarnation + chr(ord(BRANCH) + 1)


def branch_at(db: sqlite3.Connection, chain: Chain, seq: int, identity: str) -> str | None:
    row = db.execute(
        "SELECT chain.incarnation FROM chain JOIN record ON record.chain = chain.number"
        " WHERE chain.node = ? AND chain.incarnation > ? AND chain.incarnation < ?"
        " AND record.seq = ? AND record.id = ?",
        (*_branches(chain), seq, identity),
    ).fetchone()
    return None if row is None else str(row[0]).partition(BRANCH)[2]


def forked_at(db: sqlite3.Connection, chain: Chain) -> int | None:
    row = db.execute(
        "SELECT min(record.seq) FROM chain JOIN record ON record.chain = chain.number"
        " WHERE chain.node = ? AND chain.incarnation > ? AND chain.incarnation < ?",
        _branches(chain),
    ).fetchone()
    return None if row[0] is None else int(row[0])


def held(db: sqlite3.Connection, node: str, limit: int) -> dict[str, int]:
    """incarnation -> number of the last record below which no record is missing, of the latest chains of a node."""
    found = db.execute(
        "SELECT incarnation, head_seq FROM chain WHERE node = ? AND incarnation NOT LIKE ? AND head_seq > 0"
        " ORDER BY number DESC LIMIT ?",
        (node, f"%{BRANCH}%", limit),
    )
    return {str(row[0]): int(row[1]) for row in found}


def first(db: sqlite3.Connection, node: str) -> str:
    """The oldest incarnation of a node that is known here; "" for none."""
    row = db.execute("SELECT incarnation FROM chain WHERE node = ? ORDER BY number LIMIT 1", (node,)).fetchone()
    return "" if row is None else str(row[0])


class Chains:
    """The chains that a batch touches: read once, kept in memory, saved once."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._touched: dict[Chain, list[Any]] = {}

    def number(self, record: Record, branch: str) -> int:
        header = record.header
        chain = (header.node, f"{header.incarnation}{BRANCH}{branch}" if branch else header.incarnation)
        state = self._touched.get(chain)
        if state is None:
            state = self._touched[chain] = self._load(chain, record)
        if branch or header.seq == state[1] + 1:
            state[1], state[2] = header.seq, record.id
        return int(state[0])

    def _load(self, chain: Chain, record: Record) -> list[Any]:
        row = self._db.execute(
            "SELECT number, head_seq, head_id FROM chain WHERE node = ? AND incarnation = ?", chain
        ).fetchone()
        if row is not None:
            return list(row)
        number = self._db.execute("SELECT coalesce(max(number), 0) + 1 FROM chain").fetchone()[0]
        self._db.execute("INSERT INTO chain VALUES (?,?,?,0,'','',0)", (number, *chain))
        return [number, 0, ""]

    def save(self) -> None:
        for (node, incarnation), state in self._touched.items():
            number, seq, head = state
            # Records that came early through a stream may already stand behind the new head.
            for later, identity in self._db.execute(
                "SELECT seq, id FROM record WHERE chain = ? AND seq > ? ORDER BY seq", (number, seq)
            ).fetchall():
                if later != seq + 1:
                    break
                seq, head = later, identity
            self._db.execute(
                "UPDATE chain SET head_seq = ?, head_id = ? WHERE node = ? AND incarnation = ?",
                (seq, head, node, incarnation),
            )

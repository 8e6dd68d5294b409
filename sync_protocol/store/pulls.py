"""Which stations pulled which cases, as a hub has folded it: who has a reason to hold a case, and who asks for many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.cases import HUBS, RELEASED
from shared_models.records import Header

PULLS_A_DAY = 50
"""Cases that one station is given in one day because it pulled them. The day is that of its own clock, which never goes
back: who moves it forward has it wrong for good, and is seen."""
DAY_MS, CHINA_MS = 86_400_000, 8 * 3_600_000

migrations = Migrations("pulls")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE pull (id TEXT PRIMARY KEY, subject TEXT NOT NULL, node TEXT NOT NULL, area TEXT NOT NULL,"
        " child TEXT NOT NULL, record INTEGER NOT NULL, day INTEGER NOT NULL, refused INTEGER NOT NULL,"
        " released INTEGER NOT NULL)",
        "CREATE INDEX pull_of_subject ON pull (subject)",
        "CREATE INDEX pull_of_node ON pull (node, day)",
        "CREATE INDEX pull_record ON pull (record)",
    ):
        db.execute(statement)


class PullRow(NamedTuple):
    """A pull: id of its record, subject, the node that wrote it and its area, the child that it came through ("" = it
    came from above), position in the log, day (since 1970, in China), whether it was one too many of its day, and
    whether it was given back."""

    id: str
    subject: str
    node: str
    area: str
    child: str
    record: int
    day: int
    refused: bool
    released: bool

    @property
    def stands(self) -> bool:
        return not self.refused and not self.released


_COLUMNS = "id, subject, node, area, child, record, day, refused, released"


def day_of(header: Header) -> int:
    return (header.hlc[0] + CHINA_MS) // DAY_MS


def keep(db: sqlite3.Connection, pull: PullRow) -> None:
    db.execute("INSERT OR IGNORE INTO pull VALUES (?,?,?,?,?,?,?,?,?)", pull)


def mark_released(db: sqlite3.Connection, identity: str) -> None:
    db.execute("UPDATE pull SET released = 1 WHERE id = ?", (identity,))


def reroute(db: sqlite3.Connection, node: str, child: str) -> list[str]:
    """A node syncs through another child from here on; gives the subjects that it has pulled and not given back."""
    db.execute("UPDATE pull SET child = ? WHERE node = ?", (child, node))
    found = db.execute("SELECT subject FROM pull WHERE node = ? AND refused = 0 AND released = 0", (node,))
    return [str(row[0]) for row in found]


def count(db: sqlite3.Connection, node: str, day: int) -> int:
    return int(db.execute("SELECT count(*) FROM pull WHERE node = ? AND day = ?", (node, day)).fetchone()[0])


def of_subject(db: sqlite3.Connection, subject: str) -> list[PullRow]:
    return _rows(db.execute(f"SELECT {_COLUMNS} FROM pull WHERE subject = ? ORDER BY record", (subject,)))


def of_id(db: sqlite3.Connection, identity: str) -> PullRow | None:
    return next(iter(_rows(db.execute(f"SELECT {_COLUMNS} FROM pull WHERE id = ?", (identity,)))), None)


def latest(db: sqlite3.Connection, limit: int, offset: int = 0) -> list[PullRow]:
    """Every pull, whoever wrote it, newest first."""
    return _rows(db.execute(f"SELECT {_COLUMNS} FROM pull ORDER BY record DESC LIMIT ? OFFSET ?", (limit, offset)))


def refused(db: sqlite3.Connection) -> dict[str, int]:
    """node -> how many of its pulls were too many."""
    return dict(db.execute("SELECT node, count(*) FROM pull WHERE refused = 1 GROUP BY node ORDER BY node"))


def ends(release: Header, tier: str, pull: PullRow) -> bool:
    """Whether a release, written by a node of that tier, ends this pull: said by the node that pulled, or by a hub in
    whose area it lies."""
    entitled = release.node == pull.node or (tier in HUBS and release.area == pull.area)
    return release.kind == RELEASED and entitled and pull.id in release.parents


def _rows(found: Iterable[tuple[Any, ...]]) -> list[PullRow]:
    return [
        PullRow(row[0], row[1], row[2], row[3], row[4], row[5], row[6], bool(row[7]), bool(row[8])) for row in found
    ]

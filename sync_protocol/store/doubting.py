"""What this node wrote in the name of one of its people behind what the revocation of that person trusts.

Here it had its effect when it was written; the hubs hold it. So it waits, here too, for a ruling: the station shows the
case as such. A function of the log: a rebuild finds the same. Functions take the connection of the running transaction.
"""

from __future__ import annotations

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.trust import chains_of
from sync_protocol.store.log import Log, Row

ROWS = 256
"""How many rows of a chain are read at once."""

migrations = Migrations("doubting")


@migrations()
def tables(db: Tables) -> None:
    db.execute("CREATE TABLE doubt (id TEXT PRIMARY KEY, subject TEXT NOT NULL) WITHOUT ROWID")


def doubt(db: sqlite3.Connection, log: Log, me: str, revocation: Row) -> None:
    """Finds what the revocation of one of our people does not trust, of what stands before it in the log."""
    body = revocation.record.value()
    if body.get("node") != me:
        return
    trusted, actor = chains_of(revocation.record), str(body["actor"])
    for each in log.incarnations(db, me):
        seq = trusted.get(each.name, 0)
        while rows := log.chain_rows(db, (me, each.name), seq, ROWS, before=revocation.position):
            headers = [(row.record.id, row.record.header) for row in rows]
            found = [(identity, header.subject) for identity, header in headers if header.actor == actor]
            db.executemany("INSERT OR IGNORE INTO doubt VALUES (?,?)", found)
            seq = rows[-1].record.header.seq


def settle(db: sqlite3.Connection, identity: str) -> None:
    """Somebody ratified it."""
    db.execute("DELETE FROM doubt WHERE id = ?", (identity,))


def subjects(db: sqlite3.Connection) -> frozenset[str]:
    """What it is about."""
    return frozenset(str(row[0]) for row in db.execute("SELECT DISTINCT subject FROM doubt"))

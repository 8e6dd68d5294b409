"""For how long this node listened, and what it heard meanwhile: of its children, of its parent, of its own key.

No clock is asked. One counter says for how many milliseconds processes of this node ran and listened; a row of a node
says where that counter stood when the node was heard last, and when its present key was first seen. So a clock that
goes wrong, a hub that was switched off and one that was restored from a copy make nobody look silent. Functions take
the connection of the running transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from sync_protocol.store import state

LISTENED, OWN_KEY = "listened", "listened.own_key"
REGAINED, LAPSES = "listened.regained", "listened.lapses"

migrations = Migrations("listening")


@migrations()
def tables(db: Tables) -> None:
    db.execute(
        "CREATE TABLE listening (node TEXT PRIMARY KEY, mark TEXT NOT NULL, heard_ms INTEGER NOT NULL,"
        " at_ms INTEGER NOT NULL, key TEXT NOT NULL, key_ms INTEGER NOT NULL, over_ms INTEGER NOT NULL)"
    )


class Sign(NamedTuple):
    """What is seen of a node now: `mark` is another one whenever it was heard since, `key` when its key is another;
    that key is meant to be used for `key_ms`."""

    node: str
    mark: str
    key: str
    key_ms: int


class Count(NamedTuple):
    """Milliseconds for which this node listened: since the other was heard (`silent`), since its key was first seen
    (`key`), and while it was heard though its key was past its end (`over`). `at_ms` = when it was heard, by the clock
    of this computer."""

    silent: int = 0
    key: int = 0
    over: int = 0
    at_ms: int = 0


def listened(db: sqlite3.Connection) -> int:
    """The counter."""
    return int(state.get(db, LISTENED, 0))


def counts(db: sqlite3.Connection) -> dict[str, Count]:
    """By name of node; one that has not been met at a step yet is left out."""
    now = listened(db)
    found = db.execute("SELECT node, heard_ms, key_ms, over_ms, at_ms FROM listening")
    return {row[0]: Count(now - row[1], now - row[2], row[3], row[4]) for row in found}


def mark_of(db: sqlite3.Connection, node: str) -> str:
    """The mark of a node at the last step in which it was heard; "" for none."""
    row = db.execute("SELECT mark FROM listening WHERE node = ?", (node,)).fetchone()
    return "" if row is None else str(row[0])


def note_own_key(db: sqlite3.Connection, mark: str) -> None:
    """Remembers since when this node has had its present key, by its mark."""
    if state.get(db, OWN_KEY, {}).get("mark") != mark:
        state.put(db, OWN_KEY, {"mark": mark, "at_ms": listened(db)})


def own_key_ms(db: sqlite3.Connection, mark: str) -> int:
    """For how long this node has run and listened with its present key; 0 where that is not known yet."""
    kept = state.get(db, OWN_KEY, {})
    return listened(db) - int(kept["at_ms"]) if kept.get("mark") == mark else 0


def step(db: sqlite3.Connection, signs: Sequence[Sign], ms: int, now_ms: int) -> bool:
    """Counts `ms` more, and what was heard in them; gives whether they count. Where there is more than one node to
    hear and none was heard, it was this one that heard nothing, and the time counts for nobody."""
    found = db.execute("SELECT node, mark, heard_ms, at_ms, key, key_ms, over_ms FROM listening")
    rows = {row[0]: row[1:] for row in found}
    heard = {sign.node for sign in signs if sign.node not in rows or rows[sign.node][0] != sign.mark}
    counted = bool(heard) or len(signs) == 1
    now = listened(db) + (ms if counted else 0)
    state.put(db, LISTENED, now)
    for sign in signs:
        known = rows.get(sign.node)
        if known is None:
            _keep(db, sign, now, now_ms, now, 0)
            continue
        _, heard_at, at_ms, key, key_at, over = known
        if key != sign.key:
            key_at, over = now, 0
        elif sign.node in heard and now - key_at > sign.key_ms:
            over += ms
        if sign.node in heard:
            heard_at, at_ms = now, now_ms
        if sign.node in heard or key != sign.key:
            _keep(db, sign, heard_at, at_ms, key_at, over)
    return counted


def _keep(db: sqlite3.Connection, sign: Sign, heard_at: int, at_ms: int, key_at: int, over: int) -> None:
    db.execute(
        "INSERT OR REPLACE INTO listening VALUES (?,?,?,?,?,?,?)",
        (sign.node, sign.mark, heard_at, at_ms, sign.key, key_at, over),
    )


def restart(db: sqlite3.Connection, node: str) -> None:
    """All of it begins anew for a node: a person vouches for it."""
    now = listened(db)
    db.execute("UPDATE listening SET heard_ms = ?, key_ms = ?, over_ms = 0 WHERE node = ?", (now, now, node))


def restart_all(db: sqlite3.Connection) -> None:
    """Everybody counts as heard now: this node came back from a copy and cannot know."""
    db.execute("UPDATE listening SET heard_ms = ?", (listened(db),))


def regained(db: sqlite3.Connection, me: str) -> bool:
    """Whether records of this node came back to it since this was asked last: then its database came from a copy.
    Reads every record of the node's own."""
    row = db.execute(
        "SELECT count(*) FROM chain JOIN record ON record.chain = chain.number WHERE chain.node = ?"
        " AND record.source <> ''",
        (me,),
    ).fetchone()
    before, now = state.get(db, REGAINED), int(row[0])
    if now != before:
        state.put(db, REGAINED, now)
    return before is not None and now != before


def recent_lapses(db: sqlite3.Connection, within_ms: int) -> int:
    """How many nodes lapsed by themselves within so many milliseconds of listening."""
    now = listened(db)
    return sum(now - at < within_ms for at in state.get(db, LAPSES, []))


def note_lapse(db: sqlite3.Connection, within_ms: int) -> None:
    """Remembers that a node lapsed by itself now; what is older than `within_ms` is forgotten."""
    now = listened(db)
    state.put(db, LAPSES, [*(at for at in state.get(db, LAPSES, []) if now - at < within_ms), now])

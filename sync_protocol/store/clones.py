"""Clone alarms: two processes of one node were alive at once. A hub says so in a record, a person closes it in another.

`node.cloned` names the node and the two incarnations; `node.clone_closed` names the alarm, which of the two goes on
("" = neither), and why. Both count where their author stands above the node. Neither changes what the node's records
are worth: two incarnations are two chains, and both are kept.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.records import Record
from shared_models.refusals import Refusal
from shared_models.roster import RANKS, Member, Roster

CLONED, CLOSED = "node.cloned", "node.clone_closed"

migrations = Migrations("clones")


@migrations()
def tables(db: Tables) -> None:
    for statement in (
        "CREATE TABLE clone_alarm (id TEXT PRIMARY KEY, node TEXT NOT NULL, one TEXT NOT NULL, other TEXT NOT NULL,"
        " ms INTEGER NOT NULL)",
        "CREATE TABLE clone_closed (alarm TEXT PRIMARY KEY, goes_on TEXT NOT NULL, reason TEXT NOT NULL,"
        " actor TEXT NOT NULL, ms INTEGER NOT NULL)",
        "CREATE INDEX clone_alarm_of_node ON clone_alarm (node)",
    ):
        db.execute(statement)


class Alarm(NamedTuple):
    """`id` of the record; the two incarnations in the order of their names; `ms` = when it was written."""

    id: str
    node: str
    one: str
    other: str
    ms: int


def subject_of(node: str) -> str:
    return f"node/{node}"


def fold(db: sqlite3.Connection, roster: Roster, record: Record) -> Member:
    """Keeps an alarm, or that it is closed; gives the node that it is about. Raises Refusal roster.unknown_node,
    roster.outside_grant; LookupError for a body that says nothing."""
    header, body = record.header, record.value()
    author, member = roster.member(header.node), roster.member(header.subject.partition("/")[2])
    if author is None or member is None:
        raise Refusal("roster.unknown_node", node=header.node if author is None else header.subject)
    if RANKS[author.tier] >= RANKS[member.tier] or not member.area.startswith(author.area):
        raise Refusal("roster.outside_grant", node=header.node, area=header.area)
    if header.kind == CLONED:
        one, other = sorted(map(str, body["incarnations"]))
        row = (record.id, member.node, one, other, header.hlc[0])
        db.execute("INSERT OR IGNORE INTO clone_alarm VALUES (?,?,?,?,?)", row)
    else:
        closed = (str(body["alarm"]), str(body["goes_on"]), str(body["reason"]), header.actor, header.hlc[0])
        db.execute("INSERT OR IGNORE INTO clone_closed VALUES (?,?,?,?,?)", closed)
    return member


def open_alarms(db: sqlite3.Connection, node: str = "") -> list[Alarm]:
    """The alarms that nobody has closed, oldest first; of one node or of all."""
    found = db.execute(
        "SELECT id, node, one, other, ms FROM clone_alarm WHERE (node = ? OR ? = '')"
        " AND NOT EXISTS (SELECT 1 FROM clone_closed WHERE alarm = clone_alarm.id) ORDER BY ms, id",
        (node, node),
    )
    return [Alarm(*row) for row in found]


def open_alarm(db: sqlite3.Connection, identity: str) -> Alarm | None:
    return next((alarm for alarm in open_alarms(db) if alarm.id == identity), None)


def closed(db: sqlite3.Connection, node: str) -> int:
    """How many alarms of a node were closed."""
    found = db.execute(
        "SELECT count(*) FROM clone_alarm JOIN clone_closed ON clone_closed.alarm = clone_alarm.id WHERE node = ?",
        (node,),
    )
    return int(found.fetchone()[0])

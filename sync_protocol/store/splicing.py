"""What a hub puts into a child's streams at once, because the child comes new to it: what stands for it already."""

from __future__ import annotations

from sqlite_utils.utils import sqlite3

from sync_protocol.store import knowledge
from sync_protocol.store.log import Log
from sync_protocol.store.streams import Fanout

BACKLOG = "backlog"


def attestations(db: sqlite3.Connection, log: Log, fanout: Fanout, area: str) -> None:
    """Those that stand for an area; for a child that comes back, those that were issued while it was away."""
    stream = f"area/{area}"
    written = fanout.records(stream) if fanout.head(stream).position else set()
    places = [found.record for found in knowledge.attestations_in(db, area)]
    for row in log.at(db, [place for place in places if place not in written]):
        fanout.add(stream, row.position, row.record.id, BACKLOG)

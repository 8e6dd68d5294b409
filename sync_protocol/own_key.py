"""A node's own key: how long it has been in use, and when the node takes another one by itself.

A key is meant for the `key_days` of the node's admission. In the last tenth of that time the node changes it, when
nothing else is under way; at a share of that tenth that each key has of its own, so that stations admitted on one day
do not change on one day. Where it is never quiet it changes all the same shortly before the end. It never does while
the rotation before has not been acknowledged, nor with a key that the roster does not know.

The age of a key is told by the clock of this computer, which may be wrong: a clock that runs ahead changes the key
early, which harms nobody, and one that runs behind is corrected by the time that the node ran.
"""

from __future__ import annotations

from typing import NamedTuple

from shared_models.records import Position
from shared_models.roster import Member
from shared_models.signing import digest
from shared_models.trust import key_mark
from sync_protocol.node import Node
from sync_protocol.store import chains, listening, receipts
from sync_protocol.store.database import Connection
from sync_protocol.store.log import DamagedRecord, Log

DAY_MS = 24 * 3600 * 1000
QUIET_FROM, QUIET_SHARE, IN_ANY_CASE = 0.90, 0.05, 0.97
"""Shares of a key's time: from where it is changed at the next quiet moment, how far that is spread, and from where
nobody waits for a quiet moment."""


class Age(NamedTuple):
    """`since_ms` = when the key was taken, by the clock of that time, 0 where that is not kept; `ms` = how old it is by
    now; `left_days` = for how many days it may still be used, a begun one included, 0 or less once that is over."""

    since_ms: int
    ms: int
    left_days: int


def age_of(log: Log, db: Connection, member: Member, now_ms: int) -> Age:
    """Of the present key of `member`, this node itself, as far as the roster knows it."""
    since_ms = key_since_ms(log, db, member)
    by_clock = max(0, now_ms - since_ms) if since_ms else 0
    ms = max(by_clock, listening.own_key_ms(db, key_mark(member.public, member.node)))
    return Age(since_ms, ms, -((ms - member.key_days * DAY_MS) // DAY_MS))


def key_since_ms(log: Log, db: Connection, member: Member) -> int:
    """When a member took its present key, by its own clock; 0 where nothing of it is kept here, or it is damaged."""
    first = Position(member.node, chains.first(db, member.node), 1)
    place = member.past[-1].ended if member.past else first
    try:
        rows = log.chain_rows(db, (place.node, place.incarnation), place.seq - 1, 1)
    except DamagedRecord:  # the check of the log names it
        return 0
    return rows[0].record.header.hlc[0] if rows else 0


def begins_at(public: bytes) -> float:
    """The share of its time from which a key is changed at the next quiet moment."""
    return QUIET_FROM + QUIET_SHARE * int.from_bytes(digest(public)[:2]) / 65536


def is_due(node: Node, *, parent: bool) -> bool:
    """Whether the node should take another key now. `parent` says whether there is a hub above it."""
    member = node.member
    if member.revoked or member.public != node.keys.public or node.waiting_to_fold():
        return False
    with node.read() as db:
        used = age_of(node.log, db, member, node.now()).ms / (max(1, member.key_days) * DAY_MS)
        end, acknowledged = node.log.journal_end(db).position, receipts.standing(db).journal
        changed = node.log.journal_place_of(db, member.past[-1].ended) if member.past else 0
    if parent and changed > acknowledged:
        return False
    quiet = not parent or acknowledged >= end
    return used >= IN_ANY_CASE or (quiet and used >= begins_at(member.public))

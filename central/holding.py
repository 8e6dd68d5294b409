"""Held records: kept and acknowledged, without effect, until somebody entitled rules on each.

A record is held that its node wrote after it was revoked, or lapsed, or with a key of the past, or on a chain on which
two records claim one place. A citizen's application is never thrown away because a clerk left or a laptop was stolen;
nor does it count by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from shared_models import cases
from shared_models.records import PUBLIC, Draft, Record
from shared_models.refusals import Refusal
from shared_models.roster import Member
from sync_protocol.commands import View
from sync_protocol.core.mandating import Mandates
from sync_protocol.core.trusting import Trust
from sync_protocol.node import Node
from sync_protocol.store import holding
from sync_protocol.store.database import Connection
from sync_protocol.store.holding import RATIFIED, REJECTED, Fork
from sync_protocol.store.log import Row

REASON_MAX = 500
AT_ONCE_MAX = 500
"""So many records are ruled on in one transaction."""
REVOKED, FORKED, LAPSED, PAST_KEY = "revoked", "forked", "lapsed", "past_key"
CLERK_REVOKED, UNMANDATED = "clerk_revoked", "unmandated"


class HeldRecord(NamedTuple):
    """A record that waits for a ruling. `member` wrote it; `why` is one of FORKED, REVOKED, LAPSED, PAST_KEY,
    CLERK_REVOKED, UNMANDATED; `number` is the case that it is about, "" for another subject; `applicant` and `item` as
    an acceptance names them, "" otherwise."""

    record: Record
    member: Member
    why: str
    number: str
    applicant: str
    item: str


class Rule(NamedTuple):
    """What somebody says of one held record: `verdict` is RATIFIED or REJECTED."""

    id: str
    verdict: str
    reason: str
    actor: str

    def decide(self, view: View) -> Sequence[Draft]:
        if self.verdict not in (RATIFIED, REJECTED):
            raise Refusal("central.ruling_missing")
        check_reason(self.reason)
        known = holding.ruling(view.db, self.id)
        if known is not None and (known.verdict == RATIFIED or self.verdict == REJECTED):
            raise Refusal("central.held_ruled")
        body = {"id": self.id, "reason": self.reason.strip()}
        return [Draft(self.verdict, f"held/{self.id}", body, PUBLIC, view.me.area, actor=self.actor)]


class HeldNode(msgspec.Struct, frozen=True):
    """A node of which `count` records wait for a ruling."""

    node: str
    name: str
    area: str
    count: int


class RatifyAll(NamedTuple):
    """Ratifies what one node's held records hold, up to AT_ONCE_MAX of them, oldest first, each by a record of its own.
    `seen` = how many waited when the person looked: of more than that nobody has heard."""

    node: str
    seen: int
    reason: str
    actor: str

    def decide(self, view: View) -> Sequence[Draft]:
        check_reason(self.reason)
        waiting = holding.waiting_by_node(view.db).get(self.node, 0)
        if not waiting:
            raise Refusal("central.held_unknown")
        if waiting != self.seen:
            raise Refusal("central.held_changed", count=waiting)
        body, area = {"reason": self.reason.strip()}, view.me.area
        return [
            Draft(RATIFIED, f"held/{identity}", {**body, "id": identity}, PUBLIC, area, actor=self.actor)
            for identity in holding.waiting_of(view.db, self.node, AT_ONCE_MAX)
        ]


def check_reason(reason: str) -> None:
    """Raises Refusal central.reason_missing, text_too_long."""
    if not reason.strip():
        raise Refusal("central.reason_missing")
    if len(reason) > REASON_MAX:
        raise Refusal("central.text_too_long", most=REASON_MAX)


def held_by_node(node: Node, db: Connection) -> list[HeldNode]:
    """The nodes in this hub's area of which records wait for a ruling, by area."""
    area, roster = node.member.area, node.roster
    found = [(roster.member(name), count) for name, count in holding.waiting_by_node(db).items()]
    held = [
        HeldNode(member.node, member.name, member.area, count)
        for member, count in found
        if member is not None and member.area.startswith(area)
    ]
    return sorted(held, key=lambda each: (each.area, each.node))


def ratify_all(node: Node, asked: RatifyAll) -> int:
    """How many were ratified. Raises Refusal central.held_unknown, held_changed, reason_missing, text_too_long."""
    member = node.roster.member(asked.node)
    if member is None or not member.area.startswith(node.member.area):
        raise Refusal("central.held_unknown")
    return len(node.write(asked))


def held_records(node: Node, db: Connection, limit: int = 200) -> list[HeldRecord]:
    """What waits for a ruling at this hub, oldest first: all that lies in its area, the roster's records left out."""
    area, roster = node.member.area, node.roster
    found = []
    for row in node.log.at(db, holding.positions(db, limit)):
        header, member = row.record.header, roster.member(row.record.header.node)
        if member is not None and header.area.startswith(area) and not header.kind.startswith("roster."):
            found.append(_held(node, db, row, member))
    return found


def proven_forks(node: Node, db: Connection) -> list[tuple[str, Fork]]:
    """(name of the place, fork) of every node in this hub's area whose key was used twice."""
    roster, area = node.roster, node.member.area
    members = [(roster.member(fork.node), fork) for fork in holding.forks(db)]
    return [(member.name, fork) for member, fork in members if member and member.area.startswith(area)]


def rule(node: Node, asked: Rule) -> None:
    """Raises Refusal central.held_unknown, held_ruled, ruling_missing, reason_missing, text_too_long."""
    with node.read() as db:
        place = holding.position_of(db, asked.id)
        rows = node.log.at(db, [place]) if place is not None else []
    if not any(row.record.header.area.startswith(node.member.area) for row in rows):
        raise Refusal("central.held_unknown")
    node.write(asked)


def _why(node: Node, db: Connection, record: Record, member: Member) -> str:
    known, header = node.log.known(db), record.header
    trust = Trust(known.record_at)
    if trust.ends(member, header):
        return LAPSED
    if trust.ends_clerk(member, header):
        return CLERK_REVOKED
    return PAST_KEY if Mandates(known.desks, known.openings_of).counts(header) else UNMANDATED


def _held(node: Node, db: Connection, row: Row, member: Member) -> HeldRecord:
    record = row.record
    header = record.header
    forked = any((each.node, each.incarnation) == (header.node, header.incarnation) for each in holding.forks(db))
    kind, _, number = header.subject.partition("/")
    applicant, item = _application(record) if header.kind in cases.FIRST else ("", "")
    why = FORKED if forked else REVOKED if member.revoked else _why(node, db, record, member)
    return HeldRecord(record, member, why, number if kind == "case" else "", applicant, item)


def _application(record: Record) -> tuple[str, str]:
    """Name of the resident and of the item; empty where the body is not what an application is."""
    try:
        value = record.value()
        return str(value["resident"]["name"]), str(value["item"]["name"])
    except (ValueError, LookupError, TypeError):
        return "", ""

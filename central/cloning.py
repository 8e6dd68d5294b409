"""A node that runs twice: what a hub knows of the two, and how a person closes the alarm.

Nothing decides by itself which of them goes on. What both wrote is kept: whoever is answerable stops one of the
machines, or revokes the node where its key may be in the wrong hands, and then says here what was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from central.holding import REASON_MAX
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from shared_models.roster import Member
from sync_protocol.commands import View
from sync_protocol.node import Node
from sync_protocol.store import clones
from sync_protocol.store.clones import Alarm
from sync_protocol.store.database import Connection


class Twin(NamedTuple):
    """One of the two: `opened_ms` = when it began by its own clock, `last_ms` = its last record that arrived (0 =
    none did), `records` = how many are here."""

    incarnation: str
    opened_ms: int
    last_ms: int
    records: int


class Cloned(NamedTuple):
    """An open alarm with the member that it is about."""

    alarm: Alarm
    member: Member
    twins: tuple[Twin, Twin]


class CloseAlarm(NamedTuple):
    """`goes_on` is one of the two incarnations, "" where neither does."""

    alarm: str
    goes_on: str
    reason: str
    actor: str

    def decide(self, view: View) -> Sequence[Draft]:
        alarm = clones.open_alarm(view.db, self.alarm)
        member = view.roster.member(alarm.node) if alarm else None
        if alarm is None or member is None or not member.area.startswith(view.me.area):
            raise Refusal("clones.unknown")
        if self.goes_on not in ("", alarm.one, alarm.other):
            raise Refusal("clones.goes_on")
        if not self.reason.strip():
            raise Refusal("central.reason_missing")
        if len(self.reason) > REASON_MAX:
            raise Refusal("central.text_too_long", most=REASON_MAX)
        body = {"alarm": alarm.id, "goes_on": self.goes_on, "reason": self.reason.strip()}
        subject = clones.subject_of(alarm.node)
        return [Draft(clones.CLOSED, subject, body, PUBLIC, member.area, actor=self.actor)]


def cloned(node: Node, db: Connection) -> list[Cloned]:
    """The open alarms about nodes below this hub, oldest first."""
    roster, me = node.roster, node.member
    found = []
    for alarm in clones.open_alarms(db):
        member = roster.member(alarm.node)
        if member is not None and member.node != me.node and member.area.startswith(me.area):
            found.append(
                Cloned(alarm, member, (_twin(node, db, alarm, alarm.one), _twin(node, db, alarm, alarm.other)))
            )
    return found


def _twin(node: Node, db: Connection, alarm: Alarm, incarnation: str) -> Twin:
    chain = alarm.node, incarnation
    head = node.log.known(db).head_of(chain).seq
    first, last = (node.log.chain_rows(db, chain, after, 1) for after in (0, head - 1)) if head else ([], [])
    times = [rows[0].record.header.hlc[0] if rows else 0 for rows in (first, last)]
    return Twin(incarnation, times[0], times[1], head)

"""A hub notices that two processes of a child are alive at once, and writes it down for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from sync_protocol.commands import View
from sync_protocol.store import clones


class RaiseAlarm(NamedTuple):
    """`node` runs in both incarnations. Says nothing where that alarm is open already."""

    node: str
    one: str
    other: str

    def decide(self, view: View) -> Sequence[Draft]:
        member = view.roster.member(self.node)
        if member is None:
            raise Refusal("roster.unknown_node", node=self.node)
        pair = sorted((self.one, self.other))
        if any(pair == [alarm.one, alarm.other] for alarm in clones.open_alarms(view.db, self.node)):
            return []
        body = {"incarnations": pair, "node": self.node}
        return [Draft(clones.CLONED, clones.subject_of(self.node), body, PUBLIC, member.area)]

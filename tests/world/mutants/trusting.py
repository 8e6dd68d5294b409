"""Nodes that go on trusting a key that they should not."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from shared_models.records import Record
from shared_models.roster import Member, Roster
from sync_protocol.core.trusting import Signed, Trust
from sync_protocol.core.verdicts import Examination, Outcome, Verdict
from sync_protocol.node import Node
from tests.world.mutants import Mutant
from tests.world.mutants.judging import Judging
from tests.world.places import Parts


class _Forgiving(Examination):
    """Looks at every record as if nobody had ever been revoked."""

    def _judge(self, record: Record) -> Verdict:
        member = self.roster.member(record.header.node)
        if member is None or not member.revoked:
            return super()._judge(record)
        kept = self.roster
        self.roster = _with(self.roster, member)
        verdict = super()._judge(record)
        self.roster = kept
        return verdict


def _with(roster: Roster, member: Member) -> Roster:
    return replace(roster, members={**roster.members, member.node: replace(member, revoked=False)})


class TrustsTheRevoked(Judging):
    examination = _Forgiving


class _Thawing(Examination):
    """Goes on in a chain of which two branches are kept."""

    def _judge(self, record: Record) -> Verdict:
        verdict = super()._judge(record)
        if verdict.outcome is Outcome.HELD:
            return verdict._replace(outcome=Outcome.ACCEPTED)
        return verdict


class LetsForksCount(Judging):
    examination = _Thawing


class StaysInTheFork(Node):
    """Does not begin a fresh incarnation when it hears that its chain is frozen."""

    def leave_fork(self, journal: int) -> None:
        return


class _AnyTime(Trust):
    """Takes what an old key signs, whenever it did."""

    def signed(self, record: Record, member: Member) -> Signed:
        said = super().signed(record, member)
        return Signed.WELL if said is Signed.IN_THE_PAST else said


class _Forgetful(Examination):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._trust = _AnyTime(self._trust._record_at)


class TrustsOldKeys(Judging):
    examination = _Forgetful


MUTANTS = {
    "an old key counts after its rotation": Mutant(Parts(node=TrustsOldKeys), ("old key",)),
    "what a revoked node writes counts": Mutant(Parts(node=TrustsTheRevoked), ("another verdict",)),
    "what is held counts": Mutant(Parts(node=LetsForksCount), ("another verdict", "fork")),
    "a node stays in a chain that is frozen": Mutant(Parts(node=StaysInTheFork), ("fork", "not quiet")),
}

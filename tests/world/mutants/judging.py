"""Nodes that judge wrongly what they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from shared_models.records import Record
from shared_models.roster import Roster
from sync_protocol.core.verdicts import Examination, Outcome, Verdict, usable
from sync_protocol.node import Node
from sync_protocol.store.database import Connection
from sync_protocol.store.log import ABOVE
from tests.world.mutants import Mutant
from tests.world.places import Parts

T = TypeVar("T")


class Judging(Node):
    """A node whose records are judged by another examination."""

    examination: type[Examination] = Examination
    holes = False

    def _judge(
        self, db: Connection, records: Sequence[Record], source: str, roster: Roster
    ) -> tuple[list[Verdict], Examination]:
        dense = source != ABOVE and not self.holes
        examination = self.examination(roster, self.log.known(db), dense=dense)
        verdicts = examination.run(records)
        good = Examination(roster, self.log.known(db), dense=dense)
        good.run([verdict.record for verdict in (verdicts if source == ABOVE else usable(verdicts))])
        return verdicts, good


class _Unsigned(Examination):
    def _signed(self, verdicts: list[Verdict]) -> list[Verdict]:
        return verdicts


class SkipsTheLastSignature(Judging):
    examination = _Unsigned


class _Anywhere(Examination):
    """Looks at every record as if its author had been granted everything."""

    def _judge(self, record: Record) -> Verdict:
        member = self.roster.member(record.header.node)
        if member is None:
            return super()._judge(record)
        kept = self.roster
        granted = msgspec.structs.replace(member, area="", families=(record.header.kind.split(".", 1)[0],))
        self.roster = msgspec.structs.replace(kept, members={**kept.members, member.node: granted})
        verdict = super()._judge(record)
        self.roster = kept
        return verdict


class GrantsEverything(Judging):
    examination = _Anywhere


class TakesHoles(Judging):
    holes = True


class _AnyBody(Examination):
    def _judge(self, record: Record) -> Verdict:
        verdict = super()._judge(record)
        if verdict.code == "sync.bad_body":
            self._chain((record.header.node, record.header.incarnation)).grow(record)
            return Verdict(record, Outcome.ACCEPTED)
        return verdict


class TakesAnyBody(Judging):
    examination = _AnyBody


MUTANTS = {
    "the last signature is not checked": Mutant(Parts(node=SkipsTheLastSignature), ("forged",)),
    "a record outside its grant is taken": Mutant(
        Parts(node=GrantsEverything), ("forged", "another verdict", "set aside")
    ),
    "a journal with a hole is taken": Mutant(Parts(node=TakesHoles), ("hole below a receipt",)),
    "a body is not compared with its hash": Mutant(Parts(node=TakesAnyBody), ("body", "set aside", "fold")),
}

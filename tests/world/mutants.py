"""Products that are broken on purpose: each hands the world one whole part that breaks one promise.

A mutation is worth something only if a checker names it; `CAUGHT_BY` says which.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from shared_models import cases
from shared_models.records import Record
from shared_models.roster import Roster
from sync_protocol.child_side import ChildSide, Flow
from sync_protocol.core.messages import Entries, Mark, Message, Pull, ReceiptGiven, Reset
from sync_protocol.core.verdicts import Examination, Outcome, Verdict, usable
from sync_protocol.node import Intake, Node
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import case_files, receipts, streams
from sync_protocol.store.case_files import Card
from sync_protocol.store.database import Connection
from sync_protocol.store.log import ABOVE, Incarnation, Log
from sync_protocol.store.projector import SLICE, Projector
from sync_protocol.store.receipts import SignedReceipt
from tests.world.places import CutDatabase, Parts, copy_database

T = TypeVar("T")


class OneIncarnation(Node):
    """Goes on in the same incarnation after every start: a restored node writes its positions again."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.incarnation = base64.b32encode(hashlib.sha256(self.name.encode()).digest()[:10]).decode().lower()


class SyncsLater(CutDatabase):
    """Says that a write is durable while the disk has only every fourth one."""

    writes = 0

    def write(self, act: Callable[[Connection], T]) -> T:
        result = super().write(act)
        self.writes += 1
        if self.writes % 4 == 1:
            copy_database(self.path, self.survives())
        return result

    def survives(self) -> Path:
        return self.path.with_name("synced") / "tongban.db"


class KeepsAllButTheLast(Node):
    """Takes in a batch, loses its last record, and says that all is kept."""

    def take_in(
        self,
        records: Sequence[Record],
        source: str,
        also: Callable[[Connection, Intake], None] | None = None,
        before: Callable[[Connection], None] | None = None,
    ) -> Intake:
        if source == ABOVE or len(records) < 2 or also is None:
            return super().take_in(records, source, also, before)
        told, last = also, Verdict(records[-1], Outcome.ACCEPTED)

        def all_kept(db: Connection, intake: Intake) -> None:
            if intake.kept == len(records) - 1:
                intake = Intake([*intake.verdicts, last], len(records))
            told(db, intake)

        intake = super().take_in(records[:-1], source, all_kept, before)
        return intake if intake.refused else Intake([*intake.verdicts, last], len(records))


class Judging(Node):
    """A node whose records are judged by another examination."""

    examination: type[Examination] = Examination
    holes = False

    def _judge(self, db: Connection, records: Sequence[Record], source: str) -> tuple[list[Verdict], Roster]:
        dense = source != ABOVE and not self.holes
        examination = self.examination(self._roster_in(db), self.log.known(db), dense=dense)
        verdicts = examination.run(records)
        good = Examination(self._roster_in(db), self.log.known(db), dense=dense)
        good.run([verdict.record for verdict in (verdicts if source == ABOVE else usable(verdicts))])
        return verdicts, good.roster


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


class _NoTree(Log):
    def incarnations(self, db: Connection, node: str) -> list[Incarnation]:
        return []


class HandsNothingBack(Node):
    """A hub that does not notice that a child was restored."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.log = _NoTree(self.vault)
        self._projector = Projector(self.log, self.vault, self.name, self._rooted, hub=bool(named["hub"]))


class Retelling(Node):
    """A node that changes its cards after every fold."""

    def fold(self, limit: int = SLICE) -> int:
        count = super().fold(limit)
        if count:
            self.database.write(self._retell)
        return count

    def _retell(self, db: Connection) -> None:
        numbers = [row[0] for row in db.execute("SELECT number FROM case_file WHERE conflict = 1 ORDER BY number")]
        cards = case_files.load_all(db, self.vault, numbers)
        case_files.save(db, self.vault, {number: self.retold(card) for number, card in cards.items()})

    def retold(self, card: Card) -> Card:
        raise NotImplementedError


class DropsTheOther(Retelling):
    """Keeps what stands and forgets what contradicts it."""

    def retold(self, card: Card) -> Card:
        card.case = msgspec.structs.replace(card.case, conflicts=(), pending={})
        return card


class TrustsClocks(Retelling):
    """Lets the later clock win, and calls the conflict settled by it."""

    def retold(self, card: Card) -> Card:
        at = {event.id: (event.ms, event.kind) for event in card.case.events}
        for conflict in card.case.open_conflicts:
            later = max(conflict.standing, conflict.contradicting, key=lambda each: at[each])
            status = next((new for (_, kind), new in cases.MOVES.items() if kind == at[later][1]), card.case.status)
            settled = tuple(msgspec.structs.replace(each, settled=later) for each in card.case.conflicts)
            card.case = msgspec.structs.replace(card.case, status=status, course=later, conflicts=settled)
        return card


class SkipsAnEntry(ParentSide):
    """Leaves the first of several entries out of an answer and moves the cursor over it."""

    def _pull(self, message: Pull) -> list[Message]:
        return [
            Entries(each.stream, each.entries[1:], each.end)
            if isinstance(each, Entries) and len(each.entries) > 1 else each
            for each in super()._pull(message)
        ]  # fmt: skip


class DeliversToEverybody(ParentSide):
    """Gives a child the stream of another child."""

    def streams(self, roster: Roster) -> tuple[tuple[str, str], ...]:
        others = [each.node for each in roster.children(self._node.name)]
        return tuple((name, f"node/{others[0]}" if name == "node" else stream) for name, stream in
                     super().streams(roster))  # fmt: skip


class SaysTheCityHasIt(ParentSide):
    """Signs that the city holds what only this hub holds."""

    def _sign(self, db: Connection, entry: Any) -> SignedReceipt:
        node = self._node
        receipt = receipts.sign_receipt(
            node.keys, node.name, self._child.node, entry, entry.position, node.now()
        )  # fmt: skip
        receipts.give(db, self._child.node, receipt)
        return receipt


class ForgetsReceipts(ChildSide):
    """Believes a receipt and does not keep it."""

    def _receipt(self, message: ReceiptGiven) -> bool:
        return False


class NeverGoesBack(ChildSide):
    """Does not go back when its hub was restored."""

    def _rewind(self, mark: Mark) -> bool:
        return False


class IgnoresResets(ChildSide):
    """Keeps a cursor that was taken from another history."""

    def follow(self, wait_ms: int = 0) -> Flow:
        flow = super().follow(wait_ms)
        request = next(flow, None)
        while request is not None:
            answers = yield request
            try:
                request = flow.send([each for each in answers if not isinstance(each, Reset)])
            except StopIteration:
                return


class MovesCursorFirst(ChildSide):
    """Notes that it has read what it has still to keep."""

    def _entries(self, message: Entries) -> None:
        cursor = streams.Cursor(*message.end)
        self._node.database.write(lambda db: streams.move_cursor(db, message.stream, cursor))
        super()._entries(message)


class Mutant(NamedTuple):
    """`stormy`: it shows only where places are restored often."""

    parts: Parts
    caught_by: tuple[str, ...]
    stormy: bool = False


MUTANTS: dict[str, Mutant] = {
    "a sequence number is used again": Mutant(
        Parts(node=OneIncarnation), ("position reused", "honest accused", "receipt")
    ),
    "a write is acknowledged before it is durable": Mutant(Parts(database=SyncsLater), ("durable",)),
    "a receipt covers a record that was not kept": Mutant(Parts(node=KeepsAllButTheLast), ("acknowledged lost",)),
    "the last signature is not checked": Mutant(Parts(node=SkipsTheLastSignature), ("forged",)),
    "a record outside its grant is taken": Mutant(Parts(node=GrantsEverything), ("forged",)),
    "a journal with a hole is taken": Mutant(Parts(node=TakesHoles), ("hole below a receipt",)),
    "a body is not compared with its hash": Mutant(Parts(node=TakesAnyBody), ("body", "set aside", "fold")),
    "a restored node is not handed its own records": Mutant(Parts(node=HandsNothingBack), ("own tail",)),
    "a concurrent value is dropped": Mutant(Parts(node=DropsTheOther), ("fold", "conflict dropped")),
    "a clock decides between two facts": Mutant(Parts(node=TrustsClocks), ("fold", "conflict dropped")),
    "an entry of a stream is skipped": Mutant(Parts(parent_side=SkipsAnEntry), ("stream entry lost", "set aside")),
    "a case is delivered beyond its grant": Mutant(
        Parts(parent_side=DeliversToEverybody), ("beyond its grant", "not quiet")
    ),
    "a receipt speaks for the city": Mutant(Parts(parent_side=SaysTheCityHasIt), ("speaks for the city",)),
    "receipts are forgotten": Mutant(Parts(child_side=ForgetsReceipts), ("not quiet",)),
    "a child never goes back for a restored hub": Mutant(Parts(child_side=NeverGoesBack), ("not quiet",), stormy=True),
    "a reset of a stream is ignored": Mutant(Parts(child_side=IgnoresResets), ("not quiet",), stormy=True),
    "a cursor moves before the records are kept": Mutant(
        Parts(child_side=MovesCursorFirst), ("stream entry lost", "set aside")
    ),
}

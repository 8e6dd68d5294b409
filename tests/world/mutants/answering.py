"""Parents that answer wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from shared_models.roster import Roster
from sync_protocol.core.messages import Entries, Message, Pull, Reset
from sync_protocol.parent_side import Answer, ParentSide
from sync_protocol.store import receipts, streams
from sync_protocol.store.database import Connection
from sync_protocol.store.receipts import SignedReceipt
from tests.world.mutants import Mutant
from tests.world.places import Parts

T = TypeVar("T")


class Retold(ParentSide):
    """Says something else of its streams than it should."""

    def _streams(self, db: Connection, roster: Roster, message: Pull, names: Sequence[str], answer: Answer) -> None:
        before = len(answer.messages)
        super()._streams(db, roster, message, names, answer)
        answer.messages[before:] = [self.retold(db, message, each) for each in answer.messages[before:]]

    def retold(self, db: Connection, question: Pull, answer: Message) -> Message:
        raise NotImplementedError


class SkipsAnEntry(Retold):
    """Leaves the first of several entries out of an answer and moves the cursor over it."""

    def retold(self, db: Connection, question: Pull, answer: Message) -> Message:
        if isinstance(answer, Entries) and len(answer.entries) > 1:
            return Entries(answer.stream, answer.entries[1:], answer.end)
        return answer


class GoesBackTooLittle(Retold):
    """Names the latest place that a child offers, though it be of another history."""

    def retold(self, db: Connection, question: Pull, answer: Message) -> Message:
        if not isinstance(answer, Reset):
            return answer
        end = streams.head(db, dict(self.streams(self._node.roster))[answer.stream]).position
        offered = question.earlier.get(answer.stream, [])
        return Reset(answer.stream, max((each for each in offered if each[0] <= end), default=(0, "")))


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


MUTANTS = {
    "a child goes on where histories have parted": Mutant(
        Parts(parent_side=GoesBackTooLittle),
        ("case differs", "not quiet", "stream entry lost"),
        stormy=True,
        known=(611,),
    ),
    "an entry of a stream is skipped": Mutant(
        Parts(parent_side=SkipsAnEntry), ("stream entry lost", "set aside", "honest accused")
    ),
    "a case is delivered beyond its grant": Mutant(
        Parts(parent_side=DeliversToEverybody), ("beyond its grant", "not quiet", "case differs")
    ),
    "a receipt speaks for the city": Mutant(Parts(parent_side=SaysTheCityHasIt), ("speaks for the city",)),
}

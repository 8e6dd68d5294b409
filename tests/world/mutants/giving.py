"""Hubs that give a pulled case too long, or take it back too early."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from sync_protocol.core.messages import Entries, Message, Pull
from sync_protocol.node import Node
from sync_protocol.store.database import Connection
from sync_protocol.store.dropping import DROP
from sync_protocol.store.projector import SLICE
from tests.world.mutants import Mutant
from tests.world.mutants.answering import Retold
from tests.world.places import Parts

T = TypeVar("T")


class GoesOnDelivering(Node):
    """Says that a case is dropped, and goes on giving what is new of it."""

    def fold(self, limit: int = SLICE) -> int:
        count = super().fold(limit)
        if count:
            self.database.write(self._forget_releases)
        return count

    def _forget_releases(self, db: Connection) -> None:
        db.execute(
            "INSERT OR IGNORE INTO interest SELECT subject, child, 'pulled' FROM pull"
            " WHERE released = 1 AND child != ''"
        )


class TakesBackAtOnce(Retold):
    """Says `drop` behind what it gives because of a pull that stands."""

    def retold(self, db: Connection, question: Pull, answer: Message) -> Message:
        if not isinstance(answer, Entries) or not answer.entries or answer.entries[-1].reason != "pulled":
            return answer
        *others, last = answer.entries
        return Entries(answer.stream, [*others, msgspec.structs.replace(last, reason=DROP)], answer.end)


MUTANTS = {
    "a case is delivered after its release": Mutant(
        Parts(node=GoesOnDelivering), ("beyond its grant", "kept after release")
    ),
    "a body goes while its case is still held": Mutant(
        Parts(parent_side=TakesBackAtOnce), ("body gone", "case differs")
    ),
}

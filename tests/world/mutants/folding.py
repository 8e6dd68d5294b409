"""Nodes that fold wrongly what they keep."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from shared_models import cases
from sync_protocol.node import Node
from sync_protocol.store import case_files
from sync_protocol.store.case_files import Card
from sync_protocol.store.database import Connection
from sync_protocol.store.log import Incarnation, Log
from sync_protocol.store.projector import SLICE, Projector
from tests.world.mutants import Mutant
from tests.world.places import Parts

T = TypeVar("T")


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


MUTANTS = {
    "a restored node is not handed its own records": Mutant(Parts(node=HandsNothingBack), ("own tail",)),
    "a concurrent value is dropped": Mutant(Parts(node=DropsTheOther), ("fold", "conflict dropped")),
    "a clock decides between two facts": Mutant(Parts(node=TrustsClocks), ("fold", "conflict dropped")),
}

"""Witnesses that look away, and a hub that signs as if it had never been away."""

from __future__ import annotations

from typing import Any, TypeVar

from shared_models.roster import Member
from sync_protocol.audit import Auditor
from sync_protocol.child_side import ChildSide
from sync_protocol.core.checkpoints import Checkpoint, Cosigned, Signed
from sync_protocol.core.contradictions import Proof
from sync_protocol.core.messages import CosignedStatement, Message, Present, Proven
from sync_protocol.node import Node
from sync_protocol.parent_side import ParentSide
from sync_protocol.store.database import Connection
from sync_protocol.store.witnessing import Witnessed
from sync_protocol.witness import Witness
from tests.world.mutants import Mutant
from tests.world.places import Parts

T = TypeVar("T")


class _LooksAway(Witness):
    """Cosigns every tree, whether it goes on from the last one or not."""

    def _contradiction(self, signed: Signed, checkpoint: Checkpoint) -> Proof | None:
        return None

    def _judge(self, db: Connection, signed: Signed, checkpoint: Checkpoint, base: Witnessed | None) -> Cosigned | str:
        return self._cosign(db, signed, checkpoint)


class CosignsAnything(ParentSide):
    def __init__(self, node: Node, child: Member, *rest: Any, **named: Any) -> None:
        super().__init__(node, child, *rest, **named)
        self._witness = _LooksAway(node, child)

    def answer(self, message: Message) -> list[Message]:
        return self._witness.answer(message) if isinstance(message, Present) else super().answer(message)


class _Believes(Auditor):
    """Takes what its parent shows as it is."""

    def _proven(self, asked: list[Any], given: CosignedStatement, proven: Proven) -> bool:
        return False


class Believing(ChildSide):
    def __init__(self, node: Node, parent: str, parent_key: bytes, *rest: Any, **named: Any) -> None:
        super().__init__(node, parent, parent_key, *rest, **named)
        self.auditor = _Believes(node, parent, parent_key, self._clock)


class OneEpoch(Node):
    """Signs receipts in the epoch of the process before, whatever was restored."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.epoch = f"epoch-{self.name}"


MUTANTS = {
    "a checkpoint is cosigned that does not go on": Mutant(Parts(parent_side=CosignsAnything), ("witness",)),
    "a child does not look at what it is shown": Mutant(Parts(child_side=Believing), ("witness",)),
    "a restored hub signs in its old epoch": Mutant(
        Parts(node=OneEpoch), ("honest accused", "witness", "not quiet"), stormy=True
    ),
}

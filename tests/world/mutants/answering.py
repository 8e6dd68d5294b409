"""Parents that answer wrongly."""

from __future__ import annotations

from typing import Any, TypeVar

from shared_models.roster import Roster
from sync_protocol.core.messages import Entries, Message, Pull
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import receipts
from sync_protocol.store.database import Connection
from sync_protocol.store.receipts import SignedReceipt
from tests.world.mutants import Mutant
from tests.world.places import Parts

T = TypeVar("T")


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


MUTANTS = {
    "an entry of a stream is skipped": Mutant(Parts(parent_side=SkipsAnEntry), ("stream entry lost", "set aside")),
    "a case is delivered beyond its grant": Mutant(
        Parts(parent_side=DeliversToEverybody), ("beyond its grant", "not quiet")
    ),
    "a receipt speaks for the city": Mutant(Parts(parent_side=SaysTheCityHasIt), ("speaks for the city",)),
}

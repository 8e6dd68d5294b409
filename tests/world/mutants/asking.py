"""Children that hear wrongly."""

from __future__ import annotations

from typing import TypeVar

from sync_protocol.child_side import ChildSide
from sync_protocol.core.frames import Flow
from sync_protocol.core.messages import Entries, ReceiptGiven, Reset, Rewind
from sync_protocol.store import streams
from tests.world.mutants import Mutant
from tests.world.places import Parts

T = TypeVar("T")


class ForgetsReceipts(ChildSide):
    """Believes a receipt and does not keep it."""

    def _receipt(self, message: ReceiptGiven) -> bool:
        return False


class NeverGoesBack(ChildSide):
    """Does not go back when its hub was restored."""

    def _rewind(self, rewind: Rewind) -> bool:
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


class ReadsAgain(ChildSide):
    """Goes back to the start of the catalogue after the third question, once."""

    asked = 0

    def follow(self, wait_ms: int = 0) -> Flow:
        yield from super().follow(wait_ms)
        self.asked += 1
        if self.asked == 3:
            self._node.database.write(lambda db: streams.move_cursor(db, "catalogue", streams.START))


MUTANTS = {
    "a cursor goes back by itself": Mutant(Parts(child_side=ReadsAgain), ("cursor",)),
    "receipts are forgotten": Mutant(Parts(child_side=ForgetsReceipts), ("not quiet",)),
    "a child never goes back for a restored hub": Mutant(
        Parts(child_side=NeverGoesBack), ("not quiet", "case differs"), stormy=True, known=(611,)
    ),
    "a reset of a stream is ignored": Mutant(Parts(child_side=IgnoresResets), ("not quiet", "own tail"), stormy=True),
    "a cursor moves before the records are kept": Mutant(
        Parts(child_side=MovesCursorFirst), ("stream entry lost", "set aside")
    ),
}

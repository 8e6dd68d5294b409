"""Files that are taken for what they are not, or for sent before they have arrived."""

from __future__ import annotations

from functools import partial

from sync_protocol.child_side import ChildSide, Flow
from sync_protocol.store.attachments import AttachmentRow, Attachments
from tests.world.mutants import Mutant
from tests.world.places import Parts


class TakesAnyFile(Attachments):
    """Does not compare a file with its name."""

    def _is_true(self, row: AttachmentRow) -> bool:
        return True


class SentAtOnce(ChildSide):
    """Notes that a file is sent, and sends it."""

    def _send(self, store: Attachments, row: AttachmentRow, end: int) -> Flow:
        self._node.database.write(partial(store.mark_sent, name=row.hash))
        yield from super()._send(store, row, end)


MUTANTS = {
    "a file is not compared with its name": Mutant(Parts(attachments=TakesAnyFile), ("another file",)),
    "a file counts as sent before it has arrived": Mutant(Parts(child_side=SentAtOnce), ("file lost",)),
}

"""Files that are taken for what they are not, or for sent before they have arrived."""

from __future__ import annotations

from functools import partial
from typing import Any

from sync_protocol.child_side import ChildSide
from sync_protocol.core.frames import Flow
from sync_protocol.node import Node
from sync_protocol.sending_files import FileSender
from sync_protocol.store.attachments import AttachmentRow, Attachments
from tests.world.mutants import Mutant
from tests.world.places import Parts


class TakesAnyFile(Attachments):
    """Does not compare a file with its name."""

    def _is_true(self, row: AttachmentRow) -> bool:
        return True


class SentAtOnce(FileSender):
    """Notes that a file is sent, and sends it."""

    def _send(self, store: Attachments, row: AttachmentRow, end: int) -> Flow:
        self._node.database.write(partial(store.mark_sent, name=row.hash))
        yield from super()._send(store, row, end)


class Hasty(ChildSide):
    """A child with such a sender."""

    def __init__(self, node: Node, *rest: Any, **named: Any) -> None:
        super().__init__(node, *rest, **named)
        self.files = SentAtOnce(node, self.files._attachments, self.files._clock)


MUTANTS = {
    "a file is not compared with its name": Mutant(Parts(attachments=TakesAnyFile), ("another file",)),
    "a file counts as sent before it has arrived": Mutant(Parts(child_side=Hasty), ("file lost",)),
}

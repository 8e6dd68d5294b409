"""Nodes that break their log: positions, durability, what a receipt covers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from shared_models.records import Record
from sync_protocol.core.verdicts import Outcome, Verdict
from sync_protocol.node import Intake, Node
from sync_protocol.store.database import Connection
from sync_protocol.store.log import ABOVE
from tests.world.disk import Disk
from tests.world.mutants import Mutant
from tests.world.places import Parts

T = TypeVar("T")


class OneIncarnation(Node):
    """Goes on in the same incarnation after every start: a restored node writes its positions again."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.incarnation = base64.b32encode(hashlib.sha256(self.name.encode()).digest()[:10]).decode().lower()


class DoesNotSync(Disk):
    """Leaves it to SQLite when a commit is written to the disk for good."""

    def _writable(self) -> Connection:
        connection = super()._writable()
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection


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


MUTANTS = {
    "a sequence number is used again": Mutant(
        Parts(node=OneIncarnation), ("position reused", "honest accused", "receipt")
    ),
    "a write is acknowledged before it is durable": Mutant(Parts(disk=DoesNotSync), ("durable",)),
    "a receipt covers a record that was not kept": Mutant(Parts(node=KeepsAllButTheLast), ("acknowledged lost",)),
}

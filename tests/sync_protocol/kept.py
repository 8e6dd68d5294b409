"""What a log knows, as the simplest thing that keeps records and answers the questions of an examination."""

from __future__ import annotations

from shared_models.records import Position, Record
from sync_protocol.core.incarnations import Origin, origin_of
from sync_protocol.core.verdicts import NO_HEAD, Chain, Head, Known


class Kept:
    """Records by chain and number."""

    def __init__(self, *kept: Record) -> None:
        self.records = {((record.header.node, record.header.incarnation), record.header.seq): record for record in kept}

    def head_of(self, chain: Chain) -> Head:
        head = NO_HEAD
        while (record := self.records.get((chain, head.seq + 1))) is not None:
            head = Head(record.header.seq, record.id)
        return head

    def id_at(self, chain: Chain, seq: int) -> str | None:
        record = self.records.get((chain, seq))
        return record.id if record else None

    def last_of(self, chain: Chain) -> int:
        return max((seq for held, seq in self.records if held == chain), default=0)

    def openings_of(self, node: str) -> dict[str, Origin]:
        opened = {chain: origin_of(each) for (chain, seq), each in self.records.items() if seq == 1}
        return {name: origin for (writer, name), origin in opened.items() if writer == node and origin is not None}

    def record_at(self, position: Position) -> Record | None:
        return self.records.get(((position.node, position.incarnation), position.seq))

    @property
    def known(self) -> Known:
        return Known(self.head_of, self.id_at, self.last_of, openings_of=self.openings_of, record_at=self.record_at)

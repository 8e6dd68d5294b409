"""What the world has seen: every record at its position, every journal, every receipt. Kept apart from the product.

It reads the databases by SQL of its own and computes every hash itself; what a node says of itself is not asked.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from sync_protocol.core.messages import ReceiptGiven
from tests.world.places import Place

START = base64.urlsafe_b64encode(bytes(32)).rstrip(b"=").decode()


class Broken(Exception):
    """A promise is broken: `checker` names which."""

    def __init__(self, checker: str, what: str) -> None:
        super().__init__(f"{checker}: {what}")
        self.checker = checker


class Seen(NamedTuple):
    """What the ledger keeps of a record: its place in its chain, what it is about, and its header."""

    id: str
    node: str
    incarnation: str
    seq: int
    header: dict[str, Any]

    @property
    def subject(self) -> str:
        return str(self.header["subject"])

    @property
    def kind(self) -> str:
        return str(self.header["kind"])


class Promise(NamedTuple):
    """A receipt: hub and child by node name, the hash of the place in the journal, and how far the city holds it."""

    hub: str
    child: str
    journal: int
    hash: str
    upstream: int


@dataclass
class Shelf:
    """What one place holds, as far as it was read. `sources` = id -> from where it came."""

    generation: int = 0
    writes: int = 0
    """How many the process had tried when this was read."""
    record: int = 0
    journal: int = 0
    ids: set[str] = field(default_factory=set)
    sources: dict[str, str] = field(default_factory=dict)


class Ledger:
    def __init__(self) -> None:
        self.records: dict[str, Seen] = {}
        self.positions: dict[tuple[str, str, int], str] = {}
        self.links: dict[str, tuple[str, str]] = {}
        """Running hash of a journal -> (hash before it, id of the record there)."""
        self.shelves: dict[str, Shelf] = {}
        self.promises: list[Promise] = []
        self.promised: dict[str, set[str]] = {}
        """Name of a hub -> the ids that it ever signed for."""
        self.twins: set[str] = set()
        """Ids of records that stolen keys put beside true ones: kept as proof, and without effect."""
        self.false: set[str] = set()
        """Ids that hostile hands made: no node may ever keep one."""

    # ------------------------------------------------------------ looking

    def look(self, place: Place) -> Shelf:
        """Reads what is new at a place. What stood there before a power cut must stand there still."""
        shelf = self.shelves.setdefault(place.name, Shelf())
        if (shelf.generation, shelf.writes) == place.stamp:
            return shelf
        before: set[str] = set()
        if shelf.generation != place.generation:
            before = shelf.ids
            shelf = self.shelves[place.name] = Shelf(place.generation)
        with place.node.read() as db:
            for row in db.execute(_RECORDS, (shelf.record,)).fetchall():
                self._record(place, shelf, row)
            for row in db.execute(_JOURNAL, (shelf.journal,)).fetchall():
                self._journal(db, shelf, row)
        shelf.writes = place.disk.writes
        if lost := before - shelf.ids:
            raise Broken("durable", f"{place.name} lost {self.told(lost)} in a power cut")
        return shelf

    def restored(self, place: Place, ids: frozenset[str]) -> None:
        """An older copy stands at this place now: only what was in it must be there."""
        self.shelves[place.name].ids = set(ids)

    def _record(self, place: Place, shelf: Shelf, row: tuple[Any, ...]) -> None:
        position, identity, source, header_bytes, node, incarnation, seq = row
        header_bytes = bytes(header_bytes)
        if identity in self.false:
            raise Broken("forged", f"{place.name} keeps {identity}, which hostile hands made")
        if identity not in self.records:
            if _text(hashlib.sha256(header_bytes).digest()) != identity:
                raise Broken("identity", f"{place.name} keeps a record under another id")
            header = msgspec.json.decode(header_bytes)
            incarnation = header["incarnation"]  # the branch of a fork is kept under a name of its own
            self.records[identity] = Seen(identity, node, incarnation, seq, header)
            place_in_chain = (node, incarnation, seq)
            known = identity if identity in self.twins else self.positions.setdefault(place_in_chain, identity)
            if known != identity:
                raise Broken("position reused", f"{place.name}: {identity} stands where {known} stands")
        shelf.record = position
        shelf.ids.add(identity)
        shelf.sources[identity] = source

    def _journal(self, db: Any, shelf: Shelf, row: tuple[Any, ...]) -> None:
        position, identity, running = row
        old = db.execute("SELECT hash FROM journal WHERE position = ?", (position - 1,)).fetchone()
        if (old is None) != (position == 1):
            raise Broken("journal", f"no place {position - 1} before {position}")
        self.link(_text(bytes(old[0])) if old else START, identity, _text(bytes(running)))
        shelf.journal = position

    def link(self, before: str, identity: str, after: str = "") -> str:
        """Notes that a journal goes on from a hash with a record; gives the hash behind it."""
        running = hashlib.sha256(base64.urlsafe_b64decode(before + "=") + identity.encode()).digest()
        if after and after != _text(running):
            raise Broken("journal", f"the running hash at {identity} is wrong")
        self.links[_text(running)] = (before, identity)
        return _text(running)

    # ------------------------------------------------------------ receipts

    def receipt(self, hub: Place, answer: ReceiptGiven) -> Promise:
        """Notes a receipt that was given, whoever got it."""
        said = msgspec.json.decode(bytes(answer.payload))
        promise = Promise(hub.site.name, said["child"], said["journal"], said["hash"], said["upstream"])
        self.promises.append(promise)
        return promise

    def covered(self, promise: Promise) -> list[str]:
        """The ids of the journal that a receipt speaks of, first to last."""
        found: list[str] = []
        here = promise.hash
        while here != START:
            if here not in self.links:
                raise Broken("receipt", f"{promise.hub} signed for a journal that nobody has: {promise}")
            here, identity = self.links[here]
            found.append(identity)
        if len(found) != promise.journal:
            raise Broken("receipt", f"{promise.hub} signed for {promise.journal} places of {len(found)}")
        return found[::-1]

    def told(self, ids: set[str]) -> str:
        """Some records as a person reads them."""
        names = [
            f"{seen.kind} {seen.subject} ({seen.node[:4]} {seen.incarnation[:4]}:{seen.seq})"
            for seen in (self.records[each] for each in sorted(ids) if each in self.records)
        ]
        return f"{len(ids)} record(s): {'; '.join(names[:4])}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


_RECORDS = (
    "SELECT record.position, record.id, record.source, record.header, chain.node, chain.incarnation, record.seq"
    " FROM record JOIN chain ON chain.number = record.chain WHERE record.position > ? ORDER BY record.position"
)
_JOURNAL = (
    "SELECT journal.position, record.id, journal.hash FROM journal JOIN record ON record.position = journal.record"
    " WHERE journal.position > ? ORDER BY journal.position"
)

"""Writers of records for tests: chains with true positions and signatures, made from seeds alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from shared_models import canonical
from shared_models.records import PAYLOAD_TYPE, PERSONAL, PUBLIC, Clock, Draft, Position, Record, record_of, seal_record
from shared_models.roster import ADMITTED, FAMILIES, Member, Roster, admission
from shared_models.signing import KeyPair, digest, name_of_key, pae, text_of
from shared_models.trust import REKEYED, rekeying

CITY_AREA, DISTRICT_AREA, STATION_AREA, OTHER_AREA = "5116", "511602", "511602001001", "511603"
START_MS = 1_795_000_000_000


def pair(name: str) -> KeyPair:
    """A key pair that is always the same for one name."""
    return KeyPair.from_seed(digest(f"tongban test key {name}".encode()))


@dataclass
class Writer:
    """One chain of one node. `write` gives the next record of it. `name` where the key is not the node's first."""

    keys: KeyPair
    area: str
    incarnation: str = "one"
    seq: int = 0
    head: str = ""
    ms: int = START_MS
    written: list[Record] = field(default_factory=list)
    name: str = ""

    @property
    def node(self) -> str:
        return self.name or name_of_key(self.keys.public)

    def rekey(self, fresh: KeyPair, chains: Mapping[str, int] | None = None) -> Record:
        """Its last record: the node goes on under another key, and says how far its other chains go."""
        body = rekeying(self.node, text_of(self.keys.public), fresh, chains or {})
        return self.control(REKEYED, f"node/{self.node}", body)

    def write(
        self,
        kind: str = "case.noted",
        subject: str = "case/1",
        body: Mapping[str, Any] | None = None,
        *,
        area: str | None = None,
        parents: Sequence[str] = (),
        body_class: str = PERSONAL,
        actor: str = "clerk-1",
    ) -> Record:
        self.ms += 1000
        draft = Draft(kind, subject, dict(body or {}), body_class, area if area is not None else self.area,
                      tuple(parents), actor)  # fmt: skip
        position = Position(self.node, self.incarnation, self.seq + 1)
        salt = digest(f"{self.node}{self.incarnation}{self.seq}".encode())[:16]
        record = seal_record(self.keys, draft, position, self.head, Clock(self.ms, 0), 1, salt)
        self.seq, self.head = record.header.seq, record.id
        self.written.append(record)
        return record

    def control(self, kind: str, subject: str, body: Mapping[str, Any]) -> Record:
        return self.write(kind, subject, body, body_class=PUBLIC)

    def admit(self, member: Member) -> Record:
        return self.control(ADMITTED, f"roster/{member.node}", admission(member))

    def run(self, count: int) -> list[Record]:
        return [self.write(subject=f"case/{self.seq}") for _ in range(count)]


def member_of(keys: KeyPair, tier: str, area: str, parent: str = "", name: str = "站") -> Member:
    """A member with everything that its tier may be granted."""
    return Member(name_of_key(keys.public), text_of(keys.public), tier, area, name, parent, FAMILIES[tier])


def city_roster(root: KeyPair, *members: Member) -> Roster:
    """A roster in which the root knows `members`, without asking who admitted them."""
    rooted = Roster.rooted(root.public, CITY_AREA)
    return msgspec.structs.replace(rooted, members=rooted.members | {member.node: member for member in members})


def with_signature(record: Record, signature: bytes) -> Record:
    return msgspec.structs.replace(record, signature=signature)


def with_body(record: Record, body: bytes | None) -> Record:
    return msgspec.structs.replace(record, body=body)


def resigned(record: Record, keys: KeyPair, **changes: Any) -> Record:
    """The record with other header fields, signed again by `keys`: what a liar with a good key would send."""
    value = {**msgspec.json.decode(record.header_bytes), **changes}
    header = canonical.encode(value)
    return record_of(header, keys.sign(pae(PAYLOAD_TYPE, header)), record.body)


def flipped(data: bytes, place: int, bit: int = 1) -> bytes:
    """`data` with one bit turned over."""
    place %= len(data)
    return data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]

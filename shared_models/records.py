"""Record = header + body; ids; signatures; the clock that orders what is shown.

The header is small, signed, kept for ever and holds no personal data. The body is canonical JSON; a personal body
carries 16 random bytes (`salt`), so that its hash tells nothing once the body is erased. Header bytes are kept as
they were signed and never encoded again; fields that this version does not know survive in them.

- id        = SHA-256 of the header bytes, base64url (43 characters)
- signature = Ed25519 over the DSSE v1 pre-authentication encoding of the header bytes
- prev      = id of the record before it in the chain of the same incarnation; for the first one the head that the
              incarnation continues from, or "" for the very first record of a node
- parents   = ids of the heads of the same subject that the writer knew
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import msgspec

from shared_models import canonical
from shared_models.signing import SUITE, KeyPair, fingerprint, pae, text_of, verify

FORMAT_VERSION = 1
PAYLOAD_TYPE = "application/vnd.tongban.record+json;version=1"

HEADER_BYTES_MAX = 8 * 1024
BODY_BYTES_MAX = 512 * 1024
PARENTS_MAX = 64
TEXT_MAX = 128
ID_LENGTH = 43
SALT_BYTES = 16

PUBLIC = "public"
PERSONAL = "personal"


class NotARecord(ValueError):
    """Header bytes that are no header: not canonical, or a field missing, of a wrong type or out of its limits."""


BRANCH = "~"
"""Stands in no name of an incarnation: a log names the branches of a fork with it."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MAX)]
Text = Annotated[str, msgspec.Meta(max_length=TEXT_MAX)]
Id = Annotated[str, msgspec.Meta(min_length=ID_LENGTH, max_length=ID_LENGTH)]
Number = Annotated[int, msgspec.Meta(ge=0, le=canonical.INTEGER_MAX)]


class BodyClaim(msgspec.Struct, frozen=True, gc=False, rename={"kind": "class"}):
    """What a header says of its body: class (`public` or `personal`), SHA-256 (base64url), size in bytes."""

    kind: str
    hash: Id
    size: Annotated[int, msgspec.Meta(ge=0, le=BODY_BYTES_MAX)]


class Header(msgspec.Struct, frozen=True, gc=False):
    """The signed part of a record. `hlc` = (milliseconds since 1970 UTC, counter). See docs/protocol.md."""

    actor: Text
    area: Text
    body: BodyClaim
    catalogue: Number
    hlc: tuple[Number, Number]
    incarnation: Name
    kind: Name
    node: Name
    parents: Annotated[tuple[Id, ...], msgspec.Meta(max_length=PARENTS_MAX)]
    prev: Text
    seq: Annotated[int, msgspec.Meta(ge=1, le=canonical.INTEGER_MAX)]
    subject: Name
    suite: int
    version: int


class Position(NamedTuple):
    """Where a record stands: which node, which incarnation, which number in that chain (from 1)."""

    node: str
    incarnation: str
    seq: int


class Record(msgspec.Struct, frozen=True, gc=False, eq=False):
    """A record as it rests and travels. `body` is None where it was erased or not handed on; `body_hash` is its
    SHA-256 where whoever read it has worked that out already, and "" where nobody has."""

    header_bytes: bytes
    signature: bytes
    body: bytes | None
    header: Header
    id: str
    body_hash: str = ""

    def __eq__(self, other: object) -> bool:
        """Two records are the same where their three parts are: the rest follows from these."""
        if not isinstance(other, Record):
            return NotImplemented
        return self._parts == other._parts

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def _parts(self) -> tuple[bytes, bytes, bytes | None]:
        return self.header_bytes, self.signature, self.body

    def bare(self) -> Record:
        """The record without its body."""
        return Record(self.header_bytes, self.signature, None, self.header, self.id)

    @property
    def position(self) -> Position:
        return Position(self.header.node, self.header.incarnation, self.header.seq)

    def value(self) -> dict[str, Any]:
        """The body as a value. Raises canonical.NotCanonical; KeyError-free callers check `kind` first."""
        if self.body is None:
            raise canonical.NotCanonical("the body of this record was erased")
        value = canonical.decode(self.body)
        if not isinstance(value, dict):
            raise canonical.NotCanonical("a body must be an object")
        return value


class Draft(NamedTuple):
    """A record that nobody has signed yet: what `decide` gives and `write` seals."""

    kind: str
    subject: str
    body: dict[str, Any]
    body_class: str
    area: str
    parents: tuple[str, ...] = ()
    actor: str = ""


_header_decoder = msgspec.json.Decoder(Header)
_header_encoder = msgspec.json.Encoder(order="sorted")


def header_of(data: bytes) -> Header:
    """The header in `data`. Raises NotARecord with a reason."""
    if len(data) > HEADER_BYTES_MAX:
        raise NotARecord(f"a header has at most {HEADER_BYTES_MAX} bytes, this one {len(data)}")
    try:
        header = _header_decoder.decode(data)
        if _header_encoder.encode(header) != data:  # fields of a later version, or not canonical: the long way tells
            canonical.decode(data)
    except (ValueError, RecursionError) as error:
        raise NotARecord(str(error)) from None
    if header.version != FORMAT_VERSION or header.suite != SUITE:
        raise NotARecord(f"format version {header.version}, suite {header.suite}: not known here")
    if len(header.prev) != ID_LENGTH and (header.prev or header.seq > 1):
        raise NotARecord("every record but the first of a node names the one before it")
    if BRANCH in header.incarnation:
        raise NotARecord(f"the name of an incarnation holds no {BRANCH}")
    if header.body.kind not in (PUBLIC, PERSONAL):
        raise NotARecord("a body is public or personal")
    return header


def record_of(header_bytes: bytes, signature: bytes, body: bytes | None, body_hash: str = "") -> Record:
    """A record from its three parts, unverified; `body_hash` = SHA-256 of this body, where it is known. Raises
    NotARecord."""
    return Record(header_bytes, signature, body, header_of(header_bytes), fingerprint(header_bytes), body_hash)


def record_kept(header_bytes: bytes, signature: bytes, body: bytes | None, identity: str) -> Record:
    """A record that was judged when it came, from its parts. Raises NotARecord where its header is not the one that
    `identity` names any more; one that is needs no second look at its form."""
    if fingerprint(header_bytes) != identity:
        raise NotARecord("the header changed since it was kept")
    try:
        return Record(header_bytes, signature, body, _header_decoder.decode(header_bytes), identity)
    except ValueError as error:
        raise NotARecord(str(error)) from None


def body_is_true(record: Record) -> bool:
    """Whether the body is the one that the header names (an absent body cannot be told and counts as true)."""
    if record.body is None:
        return True
    claim = record.header.body
    return len(record.body) == claim.size and (record.body_hash or fingerprint(record.body)) == claim.hash


def signature_is_good(record: Record, key: bytes) -> bool:
    """Whether the record's own signature is good under the 32-byte key."""
    return verify(key, pae(PAYLOAD_TYPE, record.header_bytes), record.signature)


def is_signed_by_one_of(record: Record, keys: Sequence[bytes]) -> bool:
    """Whether the record's own signature is good under one of these 32-byte keys."""
    return any(signature_is_good(record, key) for key in keys)


AHEAD_MS_MAX = 60_000


class Clock(NamedTuple):
    """A hybrid logical clock: never runs backwards, stays close to the wall clock. Decides no winner."""

    ms: int
    counter: int

    def tick(self, now_ms: int) -> Clock:
        """The next reading for something written now."""
        return Clock(now_ms, 0) if now_ms > self.ms else Clock(self.ms, self.counter + 1)

    def saw(self, other: Sequence[int], now_ms: int) -> Clock:
        """After a record from elsewhere; a reading more than a minute ahead of our wall clock is not followed, or one
        wrong clock would date what everybody else writes."""
        seen = Clock(other[0], other[1])
        return max(self, seen) if seen.ms <= now_ms + AHEAD_MS_MAX else self


def seal_record(
    pair: KeyPair, draft: Draft, position: Position, prev: str, clock: Clock, catalogue: int, salt: bytes
) -> Record:
    """Header, body, hash and signature for `draft` at `position`. `salt` (16 bytes) enters a personal body.

    Raises NotARecord where the draft breaks a limit, canonical.NotCanonical where the body has no canonical form.
    """
    body = draft.body
    if draft.body_class == PERSONAL:
        body = {**body, "salt": text_of(salt)}
    body_bytes = canonical.encode(body)
    header = Header(
        actor=draft.actor,
        area=draft.area,
        body=BodyClaim(draft.body_class, fingerprint(body_bytes), len(body_bytes)),
        catalogue=catalogue,
        hlc=(clock.ms, clock.counter),
        incarnation=position.incarnation,
        kind=draft.kind,
        node=position.node,
        parents=tuple(sorted(draft.parents)),
        prev=prev,
        seq=position.seq,
        subject=draft.subject,
        suite=SUITE,
        version=FORMAT_VERSION,
    )
    header_bytes = _header_encoder.encode(header)
    header_of(header_bytes)  # nothing is signed that a reader would refuse
    signature = pair.sign(pae(PAYLOAD_TYPE, header_bytes))
    return Record(header_bytes, signature, body_bytes, header, fingerprint(header_bytes))

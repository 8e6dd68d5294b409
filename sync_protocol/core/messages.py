"""What child and parent say to each other. One message = one frame; `type` names it.

`Hello … Proof` opens a session: both sides prove their node key over both nonces. Afterwards the child asks and the
parent answers, any number of times. Records travel with their header and body verbatim: the bytes in the frame are the
bytes that were signed, but for the two hashes that a shortened header leaves out (see `shortening`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from shared_models.records import Record, record_of
from shared_models.signing import bytes_of, fingerprint, text_of
from sync_protocol.core import shortening
from sync_protocol.core.checkpoints import Cosigned, Signed

RECORDS_MAX = 1000
AUDIT_LEAVES_MAX = 32
NULL = msgspec.Raw(b"null")

PLACE_MAX = 2**53 - 1
Number = Annotated[int, msgspec.Meta(ge=0, le=PLACE_MAX)]
Mark = tuple[Number, Annotated[str, msgspec.Meta(max_length=64)]]
"""(position, hash or mark): a place in a journal or stream."""


class Message(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    """The base of all messages."""


class WireRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record as it travels: header and body verbatim, the signature in base64url. `body` is null where erased;
    `short` says what its header leaves out."""

    header: msgspec.Raw
    signature: str
    body: msgspec.Raw = NULL
    short: int = shortening.WHOLE

    @classmethod
    def of(cls, record: Record) -> WireRecord:
        return cls.of_parts(record.header_bytes, record.signature, record.body)

    @classmethod
    def of_parts(cls, header: bytes, signature: bytes, body: bytes | None) -> WireRecord:
        return cls(msgspec.Raw(header), text_of(signature), NULL if body is None else msgspec.Raw(body))

    @classmethod
    def shortened(cls, header: bytes, signature: bytes, body: bytes | None, before: str = "") -> WireRecord:
        """A record with as little of its header as a reader needs who has just read the record with the id `before`."""
        header, short = shortening.shorten(header, body, before)
        return cls(msgspec.Raw(header), text_of(signature), NULL if body is None else msgspec.Raw(body), short)

    def record(self, before: str = "") -> Record:
        """The record, which stands in its message behind the one named `before`. Raises NotARecord, ValueError."""
        raw = bytes(self.body)
        body, body_hash = (None, "") if raw == b"null" else (raw, fingerprint(raw))
        header = shortening.restore(bytes(self.header), self.short, body_hash, before)
        return record_of(header, bytes_of(self.signature), body, body_hash)


def records_in(wire: Iterable[WireRecord]) -> Iterator[Record]:
    """The records of one message, in order. Raises NotARecord, ValueError at the first that is none."""
    before = ""
    for each in wire:
        record = each.record(before)
        yield record
        before = record.id


class Hello(Message, frozen=True, tag="hello"):
    """Child: who I am, which protocol versions I speak (lowest, highest), a fresh nonce (base64url, 16 bytes).
    `knows` = mark of the parent's key that I know (`trust.key_mark`)."""

    node: str
    nonce: str
    versions: tuple[Number, Number] = (1, 1)
    knows: str = ""


class Challenge(Message, frozen=True, tag="challenge"):
    """Parent: who I am, my nonce, the version chosen, and my signature over what opens the session, under the key that
    the child knows. `knows` = mark of the child's key that I know."""

    node: str
    nonce: str
    signature: str
    version: Number = 1
    knows: str = ""


class Proof(Message, frozen=True, tag="proof"):
    """Child: my signature over the same, and over the incarnation in which I answer ("" in version 1)."""

    signature: str
    incarnation: str = ""


class Welcome(Message, frozen=True, tag="welcome"):
    """Parent: the session is open; `session` names it in later requests."""

    session: str


class Push(Message, frozen=True, tag="push"):
    """Child: records of my journal that follow `base` (position, running hash in base64url)."""

    base: Mark
    records: list[WireRecord]


class Pull(Message, frozen=True, tag="pull"):
    """Child: what stands for me. `cursors` by class of stream; `journal` and `upstream` of the receipt that I hold;
    `wait_ms` = how long to hold the answer while nothing is new; `room` = bytes of records that the line can bear in
    one answer (0 = as many as the parent likes). `earlier` = places that I have passed in streams whose cursor is not
    known to the parent, the latest first. `lacks` asks which files of my cases the parent lacks, behind this name."""

    cursors: dict[str, Mark]
    journal: Mark = (0, "")
    upstream: Number = 0
    wait_ms: Number = 0
    catalogue: Number = 0
    room: Number = 0
    earlier: dict[str, list[Mark]] = {}
    lacks: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class ReceiptGiven(Message, frozen=True, tag="receipt"):
    """Parent: signed word of how far your journal is held."""

    payload: msgspec.Raw
    signature: str


class Refused(Message, frozen=True, tag="refused"):
    """Parent: the record at this place of your journal is not taken in; `code` names the sentence."""

    journal: Number
    id: str
    code: str


class StreamedRecord(msgspec.Struct, frozen=True):
    """An entry of a stream: why it comes, and the record."""

    reason: str
    record: WireRecord


class Entries(Message, frozen=True, tag="entries"):
    """Parent: entries of a stream after your cursor; `end` = the cursor after them."""

    stream: str
    entries: list[StreamedRecord]
    end: Mark


class Reset(Message, frozen=True, tag="reset"):
    """Parent: your cursor of this stream is of another history; go back to this place, the last of those that you
    offered which is of mine."""

    stream: str
    cursor: Mark = (0, "")


class Rewind(Message, frozen=True, tag="rewind"):
    """Parent: I do not know the place that you push from; this is the last one I know, and these are some before it,
    each about twice as far back as the one before, with the first characters of their hashes."""

    journal: Mark
    earlier: list[Mark] = []


class Idle(Message, frozen=True, tag="idle"):
    """Parent: nothing new."""


class Lacking(Message, frozen=True, tag="lacking"):
    """Parent: files of your cases that are not whole here, in the order of their names; whoever holds one may send it,
    though it was sent before."""

    files: list[str]


class Piece(Message, frozen=True, tag="piece"):
    """Child: bytes of an attachment from `offset`, a piece of it or a part of one; `data` is base64url. An empty one
    asks how much is held; with `give`, also for so many bytes from `offset` at most."""

    hash: str
    size: Number
    media_type: str
    offset: Number
    data: str = ""
    give: Number = 0


class Have(Message, frozen=True, tag="have"):
    """Parent: how many bytes of an attachment are held; `wanted` is false for one that no record here names;
    `final` is false while records that might name it are not folded yet. `data` = the bytes that were asked for,
    which begin at `begins`."""

    hash: str
    offset: Number
    wanted: bool = True
    final: bool = True
    data: str = ""
    begins: Number = 0


class Fault(Message, frozen=True, tag="fault"):
    """Either side: this cannot go on; `code` names the sentence, `after_ms` when to come back (0 = as you like);
    with `sync.version`, `versions` says which I speak."""

    code: str
    after_ms: Number = 0
    versions: tuple[Number, Number] = (0, 0)


class Statement(msgspec.Struct, frozen=True):
    """Something signed, verbatim; the signature in base64url."""

    payload: msgspec.Raw
    signature: str

    @classmethod
    def of(cls, signed: Signed) -> Statement:
        return cls(msgspec.Raw(signed.payload), text_of(signed.signature))

    @property
    def signed(self) -> Signed:
        """Raises ValueError."""
        return Signed(bytes(self.payload), bytes_of(self.signature))


class CosignedStatement(msgspec.Struct, frozen=True):
    """A checkpoint of a log of receipts, and the witness's cosignature."""

    checkpoint: Statement
    cosignature: Statement

    @classmethod
    def of(cls, cosigned: Cosigned) -> CosignedStatement:
        return cls(Statement.of(cosigned.checkpoint), Statement.of(cosigned.cosignature))

    @property
    def cosigned(self) -> Cosigned:
        """Raises ValueError."""
        return Cosigned(self.checkpoint.signed, self.cosignature.signed)


class ShownLeaf(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands in the log: at the place `log` the leaf hash `leaf` with its audit `path`. Where that epoch ended
    before, `opening` is the leaf by which the next one began, and leaf and path are those of the opening."""

    log: tuple[str, Number]
    leaf: str
    path: Annotated[list[str], msgspec.Meta(max_length=128)]
    opening: msgspec.Raw = NULL


class Present(Message, frozen=True, tag="checkpoint"):
    """Child, a hub: the checkpoint of my log of receipts, and the one before it with your cosignature, if there is.
    Where I lost what you cosigned of an epoch that I know, `left` shows where my log left it."""

    checkpoint: Statement
    base: CosignedStatement | None = None
    left: ShownLeaf | None = None


class CosignedGiven(Message, frozen=True, tag="cosigned"):
    """Parent, as the witness: the last checkpoint of your log that I cosigned: this one, or the one to go on from."""

    given: CosignedStatement


class Inconsistent(Message, frozen=True, tag="inconsistent"):
    """Parent, as the witness: I do not cosign this; `code` names the sentence."""

    code: str


class Audit(Message, frozen=True, tag="audit"):
    """Child: show me these leaves of your log of receipts, (epoch, number) each."""

    leaves: Annotated[list[tuple[str, Number]], msgspec.Meta(max_length=AUDIT_LEAVES_MAX)]


class Proven(Message, frozen=True, tag="proven"):
    """Parent: the last checkpoint that the witness cosigned, and what its tree shows of the leaves asked for; a place
    that lies behind it is left out, one of an epoch that this log does not know is `unknown`."""

    given: CosignedStatement | None = None
    leaves: Annotated[list[ShownLeaf], msgspec.Meta(max_length=AUDIT_LEAVES_MAX)] = []
    unknown: Annotated[list[tuple[str, Number]], msgspec.Meta(max_length=AUDIT_LEAVES_MAX)] = []


AnyMessage = (
    Hello | Challenge | Proof | Welcome | Push | Pull | ReceiptGiven | Refused | Entries | Reset | Rewind | Idle
    | Lacking | Piece | Have | Present | CosignedGiven | Inconsistent | Audit | Proven | Fault
)  # fmt: skip

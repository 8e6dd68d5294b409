"""What the city's root signs, as two small files: a request that a hub writes, an answer that goes back to it.

The root key rests on a machine without network. A hub writes what it wants signed into a *request*; there it is shown
in words and signed; the *answer* holds the root's record. Nothing here reads a file, a clock or randomness.

A request is the canonical object `{"request": {…}, "signature": …}`: the fields of `Request`, and the hub's own
signature over them, which proves that whoever asks holds the key. An answer is the canonical object of `Answer`. Each
record of the root opens a chain of its own, so that no copy of a hub, however old, can make the root sign one place
twice.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from shared_models import canonical, texts
from shared_models.records import (
    PUBLIC,
    Clock,
    Draft,
    NotARecord,
    Position,
    Record,
    body_is_true,
    record_of,
    seal_record,
    signature_is_good,
)
from shared_models.refusals import Refusal
from shared_models.roster import ADMITTED, CITY, FAMILIES, REVOKED, Member, admission
from shared_models.signing import KEY_SIZE, SUITE, KeyPair, bytes_of, name_of_key, pae, text_of, verify

REQUEST_TYPE = "application/vnd.tongban.root-request+json;version=1"
FILE_BYTES_MAX = 64 * 1024
VERSION = 1
Deed = Literal["admit", "revoke"]
ADMIT: Deed = "admit"
REVOKE: Deed = "revoke"


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the root is asked to do. `node`, `key` and `name` are the hub that it is about; `by` is the key of the hub
    that asks (the same for an admission). `incarnation` and `seq` = the last position trusted, for a revocation.
    `prev` = id of the root's last record that the asker knows; `root` = name of the root, "" where none is known yet.
    `words` = the same in sentences, Chinese and English."""

    by: str
    city: str
    does: Deed
    incarnation: str
    key: str
    name: str
    node: str
    prev: str
    root: str
    seq: int
    suite: int
    time: int
    version: int
    words: tuple[str, str] = ("", "")


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The root's record, in three parts (base64url), under the root's public key."""

    body: str
    header: str
    root_key: str
    signature: str
    version: int


class Signing(NamedTuple):
    """Who signs, when, and 16 random characters that name the record's own chain."""

    root: KeyPair
    now_ms: int
    incarnation: str


def in_words(request: Request) -> tuple[str, str]:
    """What the root is asked to sign, in Chinese and in English."""
    values = {name: getattr(request, name) for name in ("name", "city", "node", "seq")}
    one, two = (texts.sentence(f"root.asked_{request.does}", language, **values) for language in texts.LANGUAGES)
    return one, two


def request_bytes(request: Request, asker: KeyPair) -> bytes:
    """The file of a request, signed by the hub that asks."""
    worded = msgspec.structs.replace(request, words=in_words(request))
    value = msgspec.to_builtins(worded)
    signature = asker.sign(pae(REQUEST_TYPE, canonical.encode(value)))
    return canonical.encode({"request": value, "signature": text_of(signature)})


def request_in(data: bytes) -> Request:
    """The request in a file. Raises Refusal root.not_a_request, root.request_changed."""
    try:
        value = canonical.decode(data.strip())
        signature = bytes_of(value["signature"])
        request = msgspec.convert(value["request"], Request)
        public = bytes_of(request.key)
        asker = bytes_of(request.by)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise Refusal("root.not_a_request") from None
    if request.version != VERSION or request.suite != SUITE or not request.name.isprintable():
        raise Refusal("root.not_a_request")
    genuine = verify(asker, pae(REQUEST_TYPE, canonical.encode(value["request"])), signature)
    named = len(public) == KEY_SIZE and name_of_key(public) == request.node
    if not genuine or not named or request.words != in_words(request):
        raise Refusal("root.request_changed")
    return request


def sign(request: Request, by: Signing) -> Answer:
    """The root's answer. Raises Refusal root.other_root, root.not_a_request."""
    if request.root and request.root != name_of_key(by.root.public):
        raise Refusal("root.other_root", asked=request.root, root=name_of_key(by.root.public))
    position = Position(name_of_key(by.root.public), by.incarnation, 1)
    try:
        record = seal_record(by.root, _draft(request), position, request.prev, Clock(by.now_ms, 0), 0, bytes(16))
    except (NotARecord, ValueError):
        raise Refusal("root.not_a_request") from None
    header, signature, body = record.header_bytes, record.signature, record.body or b""
    return Answer(text_of(body), text_of(header), text_of(by.root.public), text_of(signature), VERSION)


def _draft(request: Request) -> Draft:
    subject = f"roster/{request.node}"
    if request.does == ADMIT:
        member = Member(request.node, request.key, CITY, request.city, request.name, "", FAMILIES[CITY])
        return Draft(ADMITTED, subject, admission(member), PUBLIC, request.city)
    body: dict[str, Any] = {"node": request.node, "incarnation": request.incarnation, "seq": request.seq}
    return Draft(REVOKED, subject, body, PUBLIC, request.city)


def answer_bytes(answer: Answer) -> bytes:
    return canonical.encode(msgspec.to_builtins(answer))


def answer_in(data: bytes) -> Answer:
    """The answer in a file. Raises Refusal root.not_an_answer."""
    try:
        answer = msgspec.convert(canonical.decode(data.strip()), Answer)
        good = answer.version == VERSION and len(bytes_of(answer.root_key)) == KEY_SIZE
    except ValueError:
        good = False
    if not good:
        raise Refusal("root.not_an_answer")
    return answer


def record_in(answer: Answer) -> Record:
    """The root's record, which is good under the root's key. Raises Refusal root.not_an_answer, root.answer_changed."""
    try:
        record = record_of(bytes_of(answer.header), bytes_of(answer.signature), bytes_of(answer.body))
    except (NotARecord, ValueError):
        raise Refusal("root.not_an_answer") from None
    root = bytes_of(answer.root_key)
    if record.header.node != name_of_key(root) or not signature_is_good(record, root) or not body_is_true(record):
        raise Refusal("root.answer_changed")
    return record

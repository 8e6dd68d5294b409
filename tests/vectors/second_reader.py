"""A second reader: checks an export of Tongban, and opens a bundle, by docs/protocol.md alone.

    python second_reader.py EXPORT.jsonl ROOT_KEY CITY

ROOT_KEY is the city's root key in base64url and CITY its division code: both stand in every invitation. Nothing of
Tongban is imported. Besides the standard library it needs PyNaCl, of which it uses single functions: Ed25519's verify,
and for a bundle those that open a box.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import sys
from typing import Any

from nacl.bindings import (
    crypto_box_open,
    crypto_secretbox_open,
    crypto_sign_ed25519_sk_to_curve25519,
    crypto_sign_open,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import CryptoError

RECORD_TYPE = "application/vnd.tongban.record+json;version=1"
BUNDLE_TYPE = "application/vnd.tongban.bundle+json;version=1"
RANKS = {"root": 0, "city": 1, "district": 2, "station": 3}
FAMILIES = {
    "root": {"roster"},
    "city": {"roster", "calendar", "catalogue", "attestation", "case", "node"},
    "district": {"roster", "attestation", "case", "node"},
    "station": {"case", "node"},
}


class NotProven(Exception):
    """A line is not what it says. The text names what is wrong."""


# ---------------------------------------------------------------- primitives


def good(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature holds."""
    try:
        crypto_sign_open(signature + message, key)
    except (CryptoError, ValueError, TypeError):
        return False
    return len(signature) == 64


def url_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def url_bytes(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if url_text(data) != text:
        raise NotProven("a text is not base64url in its one form")
    return data


def standard_bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def name_of_key(key: bytes) -> str:
    return base64.b32encode(hashlib.sha256(key).digest()[:10]).decode().lower()


def encoding_to_sign(payload: bytes, payload_type: str = RECORD_TYPE) -> bytes:
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def canonical_object(data: bytes) -> dict[str, Any]:
    """The object in canonical bytes."""
    value = json.loads(data.decode(), parse_float=_refuse, parse_constant=_refuse, object_pairs_hook=_once)
    if not isinstance(value, dict):
        raise NotProven("not an object")
    _small(value, 0)
    if json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() != data:
        raise NotProven("not in canonical form")
    return value


def _refuse(text: str) -> Any:
    raise NotProven(f"a number that is no plain integer: {text[:20]}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs) or not all(key.isascii() for key in value):
        raise NotProven("a key twice, or one that is not ASCII")
    return value


def _small(value: Any, depth: int) -> None:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        raise NotProven("a number of 2^53 or more")
    if isinstance(value, dict | list):
        if depth == 32:
            raise NotProven("nested too deep")
        for inner in value.values() if isinstance(value, dict) else value:
            _small(inner, depth + 1)


# ---------------------------------------------------------------- envelopes


class Envelope:
    """Header, signature and body of a line, a certificate or a voucher; nothing of it is proven yet."""

    def __init__(self, line: dict[str, Any]) -> None:
        if line["payloadType"] != RECORD_TYPE:
            raise NotProven("not the payload type of a record")
        (signature,) = line["signatures"]
        self.header_bytes = standard_bytes(line["payload"])
        self.header = canonical_object(self.header_bytes)
        self.id = url_text(hashlib.sha256(self.header_bytes).digest())
        self.signature = standard_bytes(signature["sig"])
        self.body = None if line["body"] is None else standard_bytes(line["body"])
        if signature["keyid"] != self.header["node"]:
            raise NotProven("the signature is said to be of another node than the author")
        if (self.header["version"], self.header["suite"]) != (1, 1):
            raise NotProven("another format version or suite")

    def is_signed_by(self, key: bytes) -> bool:
        return good(key, encoding_to_sign(self.header_bytes), self.signature)

    def check_body(self) -> None:
        if self.body is None:
            return
        claim = self.header["body"]
        if len(self.body) != claim["size"] or url_text(hashlib.sha256(self.body).digest()) != claim["hash"]:
            raise NotProven("the body is not the one that was signed")
        canonical_object(self.body)


class Author:
    """Who may write: name, key, tier, area and the families of kinds."""

    def __init__(self, key: bytes, tier: str, area: str, families: set[str]) -> None:
        self.name = name_of_key(key)
        self.key = key
        self.tier = tier
        self.area = area
        self.families = families

    def check(self, envelope: Envelope) -> None:
        """Whether this author may have written that record; says nothing of the signature."""
        header = envelope.header
        if header["node"] != self.name:
            raise NotProven("the author is not the one that the certificates lead to")
        if header["kind"].split(".")[0] not in self.families:
            raise NotProven("the author may not write this kind")
        if not header["area"].startswith(self.area):
            raise NotProven("the author may not write in this area")

    def admits(self, certificate: Envelope) -> Author:
        """The node that a certificate of this author admits."""
        self.check(certificate)
        if certificate.header["kind"] != "roster.admitted" or not certificate.is_signed_by(self.key):
            raise NotProven("a certificate that its author did not sign")
        certificate.check_body()
        if certificate.body is None:
            raise NotProven("a certificate without its body")
        body = canonical_object(certificate.body)
        admitted = Author(url_bytes(body["key"]), body["tier"], body["area"], set(body["families"]))
        if admitted.name != body["node"]:
            raise NotProven("a name that is not the name of its key")
        if RANKS.get(admitted.tier, 0) <= RANKS[self.tier] or not admitted.area.startswith(self.area):
            raise NotProven("an admission beyond what its author holds")
        if not admitted.families <= FAMILIES[admitted.tier]:
            raise NotProven("more kinds than the tier may have")
        return admitted


def _is_vouched(envelope: Envelope, vouchers: list[dict[str, Any]], key: bytes) -> bool:
    """Whether later records of the same chain, each naming the one before it, end in a good signature."""
    before = envelope
    for voucher in map(Envelope, vouchers):
        mine = [before.header[name] for name in ("node", "incarnation")]
        same = [voucher.header[name] for name in ("node", "incarnation")]
        if mine != same or voucher.header["seq"] != before.header["seq"] + 1 or voucher.header["prev"] != before.id:
            return False
        before = voucher
    return before is not envelope and before.is_signed_by(key)


def check_line(line: dict[str, Any], root_key: bytes, city: str) -> Envelope:
    """The record of a line, proven. Raises NotProven."""
    try:
        author = Author(root_key, "root", city, FAMILIES["root"])
        for certificate in map(Envelope, line["certificates"]):
            author = author.admits(certificate)
        envelope = Envelope(line)
        author.check(envelope)
        if not envelope.is_signed_by(author.key) and not _is_vouched(envelope, line["vouchers"], author.key):
            raise NotProven("the signature is not good, and nothing vouches for it")
        envelope.check_body()
    except (KeyError, TypeError, ValueError, binascii.Error, RecursionError) as error:
        raise NotProven(f"malformed: {type(error).__name__}") from None
    return envelope


# ---------------------------------------------------------------- bundles


def _cut(data: bytes, place: int, size: int) -> bytes:
    if place + size > len(data):
        raise NotProven("cut short")
    return data[place : place + size]


def open_head(part: bytes, receiver_seed: bytes, sender_key: bytes) -> tuple[dict[str, Any], int]:
    """The head of a part, and where its chunks begin."""
    own, secret = crypto_sign_seed_keypair(receiver_seed)
    if part[:9] != b"TONGBAN\x01\x01" or _cut(part, 9, 16).decode("latin-1") != name_of_key(own):
        raise NotProven("no bundle of version 1 and suite 1 for this receiver")
    size = int.from_bytes(_cut(part, 25, 2), "big")
    sealed = _cut(part, 27, size)
    try:
        plain = crypto_box_open(sealed[56:], sealed[32:56], sealed[:32], crypto_sign_ed25519_sk_to_curve25519(secret))
    except (CryptoError, ValueError, TypeError):
        raise NotProven("the envelope does not open") from None
    head = canonical_object(plain[64:])
    if not good(sender_key, encoding_to_sign(plain[64:], BUNDLE_TYPE), plain[:64]):
        raise NotProven("the head is not signed by the sender")
    if (head["version"], head["suite"], head["receiver"]) != (1, 1, name_of_key(own)):
        raise NotProven("the head is for another receiver, or of another form")
    if head["sender"] != name_of_key(sender_key):
        raise NotProven("the head names another sender")
    return head, 27 + size


def read_bundle(parts: list[bytes], receiver_seed: bytes, sender_key: bytes) -> tuple[list[bytes], str]:
    """The frames of a bundle up to its first fault, and what the fault is: "" where the end was reached."""
    frames: list[bytes] = []
    try:
        opened = [(*open_head(part, receiver_seed, sender_key), part) for part in parts]
        number = None
        for head, place, part in sorted(opened, key=lambda each: int(each[0]["part"])):
            if number not in (None, head["first"]):
                raise NotProven("a part is missing")
            number = int(head["first"])
            while place < len(part):
                size = int.from_bytes(_cut(part, place, 4), "big")
                box = _cut(part, place + 4, size)
                try:
                    frame = crypto_secretbox_open(box, number.to_bytes(24, "big"), url_bytes(head["key"]))
                except CryptoError:
                    raise NotProven(f"chunk {number} was changed") from None
                if not frame:
                    return frames, ""
                frames.append(frame)
                number, place = number + 1, place + 4 + size
    except NotProven as fault:
        return frames, str(fault)
    return frames, "there is no end"


def main(path: str, root_key: str, city: str) -> int:
    proven = refused = 0
    with open(path, encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                envelope = check_line(json.loads(text), url_bytes(root_key), city)
            except NotProven as error:
                refused += 1
                print(f"line {number}: not proven: {error}")
                continue
            proven += 1
            header = envelope.header
            print(f"line {number}: {envelope.id} {header['kind']} {header['subject']} by {header['node']}")
    print(f"{proven} proven, {refused} not")
    return 1 if refused else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))

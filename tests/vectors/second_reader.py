"""A second reader: checks an export of Tongban by docs/protocol.md alone.

    python second_reader.py EXPORT.jsonl ROOT_KEY CITY

ROOT_KEY is the city's root key in base64url and CITY its division code: both stand in every invitation. Nothing of
Tongban is imported. Besides the standard library it needs PyNaCl, of which it uses one function: Ed25519's verify.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import sys
from typing import Any

from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError

RECORD_TYPE = "application/vnd.tongban.record+json;version=1"
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


def encoding_to_sign(payload: bytes) -> bytes:
    kind = RECORD_TYPE.encode()
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
